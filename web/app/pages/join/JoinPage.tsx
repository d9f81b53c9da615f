/**
 * The public page for people with a support code. They have no account and may never have seen this product: one field, then who
 * helps them, a warning, what happens next in three sentences, and the program for their computer.
 */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState, type SubmitEvent } from 'react'

import { lookAtSupportCode } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { useTitle } from '~/components/PageHeader'
import { useProblemText } from '~/components/problem-text'
import { RequestId } from '~/components/ProblemNotice'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { codeState, symbolsOf } from '~/support-code'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { CodeField } from './CodeField'
import { thisComputer } from './platform'
import { Ready } from './Ready'

/** Why the last code or download was refused, in this page's words. The id is for a log; a wrong code stands in none. */
function Refusal({ error, problem }: { error: unknown; problem: string | null }) {
  const t = useMessages()
  const text = useProblemText()
  if (error) {
    const failed = asProblem(error)
    const { title, detail } = text(failed)
    return (
      <Notice tone="danger" title={title}>
        {detail && <p>{detail}</p>}
        {failed.code !== 'code_unknown' && <RequestId id={failed.requestId} />}
      </Notice>
    )
  }
  if (!problem) return null
  const known = byCode(t.codes.problem, problem) ?? t.codes.problem.internal
  return (
    <Notice tone="danger" title={known.title}>
      {known.detail}
    </Notice>
  )
}

export function JoinPage() {
  const { join: t } = useMessages()
  const fromAddress = useSecret('code')
  const problem = useSecret('problem')
  // What was typed since the page got the code in its address, if it did; a newer address wins.
  const [typed, setTyped] = useState<{ since: string | null; symbols: string } | null>(null)
  const [sent, setSent] = useState(false)
  const [computer] = useState(thisComputer)
  const look = useMutation({ mutationFn: lookAtSupportCode })
  const { mutate, reset } = look
  const code = typed?.since === fromAddress ? typed.symbols : symbolsOf(fromAddress ?? '')
  const state = codeState(code)

  const change = (symbols: string) => {
    setTyped({ since: fromAddress, symbols })
    setSent(false)
    reset()
    forgetSecret('problem')
    // Complete and without a slip: nothing is gained by another click.
    if (codeState(symbols) === 'right') mutate(symbols)
  }
  useEffect(() => {
    const symbols = symbolsOf(fromAddress ?? '')
    if (codeState(symbols) === 'right') mutate(symbols)
  }, [fromAddress, mutate])
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setSent(true)
    if (state === 'right' && !look.isPending) mutate(code)
  }

  useTitle(t.title)
  const slip = { right: null, mistyped: t.mistyped, unfinished: sent ? t.unfinished : null }
  return (
    <SignedOutLayout>
      {look.data ? (
        <Ready code={code} joining={look.data} computer={computer} onOther={() => change('')} />
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <div>
            <h1 className="text-2xl font-bold tracking-tight">{t.title}</h1>
            <p className="mt-1 text-ink-2">{t.intro}</p>
          </div>
          <Refusal error={look.error} problem={problem} />
          <CodeField value={code} onChange={change} error={slip[state]} />
          <Button look="primary" size="lg" type="submit" pending={look.isPending}>
            {look.isPending ? t.looking : t.submit}
          </Button>
        </form>
      )}
    </SignedOutLayout>
  )
}
