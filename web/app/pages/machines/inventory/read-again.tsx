/** Asking a machine's agent to read everything again, and what became of that. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { useEffect, useState } from 'react'

import { refreshInventory } from '~/api/actions'
import { canReadAgain } from '~/api/inventory'
import { machineInventoryQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { Button } from '~/ui/lib/Button'

import { useWords } from './use-words'

/** What does not come within this is not waited for. */
const WAIT_MS = 60_000

interface Asked {
  /** What was there when it was asked: when each section had been delivered. */
  before: string
  late: boolean
}

type Stage = 'idle' | 'waiting' | 'done' | 'late'

/** Done is when any section was delivered anew: the agent keeps those to itself that are as they were. */
function useReadAgain(machine: Machine) {
  const { data } = useQuery(machineInventoryQuery(machine.id))
  const onError = useProblemToast()
  const [asked, setAsked] = useState<Asked | null>(null)
  const received = (data?.sections ?? []).map((part) => part.received_at).join(' ')
  const ask = useMutation({
    mutationFn: () => refreshInventory(machine.id),
    onMutate: () => setAsked({ before: received, late: false }),
    onError: (problem) => {
      setAsked(null)
      onError(problem)
    },
  })
  const stage: Stage =
    asked === null ? 'idle' : asked.before !== received ? 'done' : asked.late ? 'late' : 'waiting'
  useEffect(() => {
    if (stage !== 'waiting') return
    const timer = setTimeout(
      () => setAsked((now) => (now === null ? now : { ...now, late: true })),
      WAIT_MS,
    )
    return () => clearTimeout(timer)
  }, [stage])
  return { stage, ask: () => ask.mutate(), anything: received !== '' }
}

/** Stands above the parts of the page, so that waiting goes on while somebody looks at another one. */
export function ReadAgain({ machine }: { machine: Machine }) {
  const { t } = useWords()
  const { stage, ask, anything } = useReadAgain(machine)
  const verdict = canReadAgain(machine)
  // Where there is nothing yet, the page itself says what has to happen first.
  if (verdict === 'notAllowed' || (verdict !== 'yes' && !anything)) return null
  const cannot = verdict === 'yes' ? undefined : t.readAgain[verdict]
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Button
        size="sm"
        onClick={cannot ? undefined : ask}
        pending={stage === 'waiting' && !cannot}
        aria-disabled={cannot ? true : undefined}
        title={cannot}
      >
        {(stage !== 'waiting' || cannot) && <RotateCw aria-hidden size={13} />}
        {t.readAgain.button}
      </Button>
      <span role="status" className="text-sm text-ink-2">
        {cannot ?? (stage === 'idle' ? '' : t.readAgain[stage])}
      </span>
    </div>
  )
}
