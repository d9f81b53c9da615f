/** One decision for all that are selected: clones of an image come by the dozen. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, CirclePlus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'

import { approveQuarantined, refuseQuarantined } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import type { QuarantineEntry } from '~/api/types'
import { useProblemText } from '~/components/problem-text'
import { RequestId } from '~/components/ProblemNotice'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { mayBeKnown } from './rules'

type Decision = { as: 'new' } | { refuse: string }

interface Asked {
  entries: readonly QuarantineEntry[]
  decision: Decision
}

interface Result {
  decided: number
  failed: number
  /** Not asked for any more, because somebody said stop. */
  left: number
  /** What was wrong with the first that failed. */
  problem: ApiProblem | null
}

const decideOne = ({ id }: QuarantineEntry, decision: Decision) =>
  'as' in decision ? approveQuarantined(id, { as: 'new' }) : refuseQuarantined(id, decision.refuse)

/** What became of it, in as many toasts as there are kinds of outcome. */
function useTold(): (result: Result, decision: Decision) => void {
  const t = useMessages().quarantine.bulk
  const toast = useToast()
  const textOf = useProblemText()
  return ({ decided, failed, left, problem }, decision) => {
    const title = 'as' in decision ? t.approved({ count: decided }) : t.refused({ count: decided })
    const rest = left > 0 ? t.left({ count: left }) : undefined
    if (decided > 0 || left > 0) toast({ tone: 'ok', title, body: rest })
    if (!problem) return
    const text = textOf(problem)
    const body = (
      <>
        <p>
          {t.first({ problem: text.title })} <code className="font-mono">{problem.code}</code>
        </p>
        {text.detail && <p>{text.detail}</p>}
        <RequestId id={problem.requestId} />
      </>
    )
    toast({ tone: 'danger', title: t.failed({ count: failed }), body })
  }
}

/**
 * Decides one after the other and goes on past those that fail, such as those somebody else was faster with. `stop` lets the
 * one that is asked for finish and asks for no other.
 */
function useBulk(onDone: (result: Result) => void) {
  const told = useTold()
  const queryClient = useQueryClient()
  const [done, setDone] = useState(0)
  const running = useRef<AbortController>(null)
  const stop = () => running.current?.abort()
  // Whoever leaves the page does not see what is decided any more.
  useEffect(() => () => running.current?.abort(), [])
  const mutation = useMutation({
    mutationFn: async ({ entries, decision }: Asked) => {
      const { signal } = (running.current = new AbortController())
      setDone(0)
      const result: Result = { decided: 0, failed: 0, left: entries.length, problem: null }
      for (const entry of entries) {
        if (signal.aborted) break
        await decideOne(entry, decision).then(
          () => (result.decided += 1),
          (error: unknown) => {
            result.failed += 1
            result.problem ??= asProblem(error)
          },
        )
        result.left -= 1
        setDone(entries.length - result.left)
      }
      return result
    },
    onSuccess: async (result, { decision }) => {
      told(result, decision)
      onDone(result)
      await queryClient.invalidateQueries({ queryKey: ['quarantine'] })
    },
  })
  return { decide: mutation.mutate, pending: mutation.isPending, done, stop }
}

interface BulkBarProps {
  /** Those that are selected. The bar stays in place while there are none, as long as it is at work. */
  entries: readonly QuarantineEntry[]
  onClear: () => void
}

interface Open {
  how: 'approve' | 'refuse'
  /** Those that the dialog speaks of, whatever happens to the list behind it. */
  entries: readonly QuarantineEntry[]
}

export function BulkBar({ entries, onClear }: BulkBarProps) {
  const t = useMessages().quarantine
  const format = useFormat()
  const [open, setOpen] = useState<Open | null>(null)
  const { decide, pending, done, stop } = useBulk(({ left }) => {
    setOpen(null)
    // Those that are left stay selected.
    if (left === 0) onClear()
  })
  const close = () => {
    stop()
    setOpen(null)
  }
  if (entries.length === 0 && !open && !pending) return null
  const meant = open?.entries ?? entries
  const count = meant.length
  const known = meant.filter(mayBeKnown).length
  const progress = pending && (
    <p role="status">{t.bulk.progress({ done: format.number(done), all: format.number(count) })}</p>
  )
  return (
    <div className="mb-3 flex min-h-10 flex-wrap items-center gap-2 rounded-lg border border-line bg-surface px-3 py-1.5">
      <span role="status" className="mr-2 text-sm font-semibold">
        {t.selected({ count: entries.length })}
      </span>
      <Button size="sm" pending={pending} onClick={() => setOpen({ how: 'approve', entries })}>
        <CirclePlus aria-hidden size={13} />
        {t.bulk.approve}
      </Button>
      <Button
        size="sm"
        look="dangerQuiet"
        pending={pending}
        onClick={() => setOpen({ how: 'refuse', entries })}
      >
        <Ban aria-hidden size={13} />
        {t.bulk.refuse}
      </Button>
      <Button size="sm" look="quiet" className="ml-auto" onClick={onClear}>
        {t.clearSelection}
      </Button>
      {open?.how === 'approve' && (
        <ConfirmDialog
          open
          onClose={close}
          title={t.bulk.approveTitle({ count })}
          action={t.bulk.approve}
          look="primary"
          pending={pending}
          onConfirm={() => decide({ entries: meant, decision: { as: 'new' } })}
        >
          <p>{t.bulk.approveSays}</p>
          {known > 0 && <p className="text-warn-text">{t.bulk.looksKnown({ count: known })}</p>}
          {progress}
        </ConfirmDialog>
      )}
      {open?.how === 'refuse' && (
        <ReasonDialog
          title={t.bulk.refuseTitle({ count })}
          label={t.refuse.reason}
          hint={t.refuse.reasonHint}
          action={t.bulk.refuse}
          pending={pending}
          error={null}
          onConfirm={(refuse) => decide({ entries: meant, decision: { refuse } })}
          onClose={close}
        >
          <p>{t.bulk.refuseSays}</p>
          {progress}
        </ReasonDialog>
      )}
    </div>
  )
}
