/** Asks who is signed in to prove it again, for whatever was refused for want of that (see `api/step-up.ts`). */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'

import { prove, startProof } from '~/api/factors'
import { stepUp } from '~/api/step-up'
import type { ProofAsked } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { ProofForm } from '~/components/ProofForm'
import { useMessages } from '~/i18n'
import { Dialog } from '~/ui/lib/Dialog'
import { Skeleton } from '~/ui/lib/Skeleton'

function Asking() {
  const { common } = useMessages()
  // What is there stays while it is asked anew.
  const [asked, setAsked] = useState<ProofAsked | null>(null)
  const start = useMutation({ mutationFn: startProof, onSuccess: setAsked })
  const { mutate: ask } = start
  useEffect(() => ask(), [ask])
  if (start.isError) return <ProblemNotice error={start.error} onRetry={() => ask()} />
  if (!asked) {
    return (
      <p role="status" className="flex flex-col gap-2">
        <span className="sr-only">{common.loading}</span>
        <Skeleton className="w-40" />
        <Skeleton className="w-64" />
      </p>
    )
  }
  return (
    <ProofForm
      kinds={asked.kinds}
      passkey={asked.passkey?.options ?? null}
      prove={(proof) => prove(asked.passkey?.token ?? null, proof)}
      onProved={() => stepUp.settle(true)}
      // A question to a passkey is good for one answer.
      onFailed={() => ask()}
    />
  )
}

export function StepUpDialog() {
  const { stepUp: t } = useMessages().proof
  const asking = useSyncExternalStore(stepUp.subscribe, stepUp.getSnapshot)
  // Nobody is left to ask when the shell goes.
  useEffect(() => () => stepUp.settle(false), [])
  return (
    <Dialog
      open={asking}
      onClose={() => stepUp.settle(false)}
      title={t.title}
      description={t.description}
    >
      <Asking />
    </Dialog>
  )
}
