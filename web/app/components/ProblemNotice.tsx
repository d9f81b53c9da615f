/** A failed request: what happened, what to do, and the request id that the server's log knows it by. */
import { RotateCw } from 'lucide-react'

import { asProblem } from '~/api/problem'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { useProblemText } from './problem-text'

/** The request id with a button to copy it; nothing when no server answered. */
export function RequestId({ id }: { id: string | null }) {
  const t = useMessages()
  if (!id) return null
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-ink-2">
      {t.shell.requestId}
      <code className="font-mono break-all select-all">{id}</code>
      <CopyButton text={id} label={t.shell.copyRequestId} />
    </p>
  )
}

interface ProblemNoticeProps {
  error: unknown
  onRetry?: () => void
}

export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  const t = useMessages()
  const problem = asProblem(error)
  const { title, detail } = useProblemText()(problem)
  const retry = onRetry && (
    <Button size="sm" onClick={onRetry}>
      <RotateCw aria-hidden size={13} />
      {t.common.retry}
    </Button>
  )
  return (
    <Notice tone="danger" title={title} actions={retry}>
      {detail && <p>{detail}</p>}
      <RequestId id={problem.requestId} />
    </Notice>
  )
}

/** Shows a failure that belongs to no form, such as a menu action. */
export function useProblemToast(): (error: unknown) => void {
  const toast = useToast()
  const text = useProblemText()
  return (error) => {
    const problem = asProblem(error)
    const { title, detail } = text(problem)
    const body = (
      <>
        {detail && <p>{detail}</p>}
        <RequestId id={problem.requestId} />
      </>
    )
    toast({ tone: 'danger', title, body })
  }
}
