/**
 * What remains when a page throws: a failed request is explained like everywhere else, a fault of the console says so.
 * The rest of the console, remote sessions included, goes on.
 */
import { useRouter } from '@tanstack/react-router'
import { CircleAlert } from 'lucide-react'

import { ApiProblem } from '~/api/problem'
import { EmptyState } from '~/components/EmptyState'
import { useTitle } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

export function ErrorPage({ error, reset }: { error: unknown; reset: () => void }) {
  const { shell } = useMessages()
  const router = useRouter()
  useTitle(shell.crashed.title)
  const retry = () => {
    reset()
    void router.invalidate()
  }
  if (error instanceof ApiProblem) {
    return (
      <div className="mx-auto max-w-[560px] px-4 py-14">
        <ProblemNotice error={error} onRetry={retry} />
      </div>
    )
  }
  return (
    <EmptyState
      icon={<CircleAlert aria-hidden size={22} />}
      title={shell.crashed.title}
      action={<Button onClick={() => location.reload()}>{shell.crashed.reload}</Button>}
    >
      <p>{shell.crashed.body}</p>
      <details className="mt-4 text-left">
        <summary className="cursor-pointer text-ink-3">{shell.crashed.details}</summary>
        <pre className="mt-2 max-h-60 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
          {error instanceof Error ? (error.stack ?? error.message) : String(error)}
        </pre>
      </details>
    </EmptyState>
  )
}
