/** One decision for all that are selected: clones of an image come by the dozen. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, CirclePlus } from 'lucide-react'
import { useState } from 'react'

import { approveQuarantined, refuseQuarantined } from '~/api/actions'
import type { QuarantineEntry } from '~/api/types'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { mayBeKnown } from './rules'

type Decision = { as: 'new' } | { refuse: string }

/** Decides one after the other and goes on past those that fail, such as those somebody else was faster with. */
function useBulk(entries: readonly QuarantineEntry[], onDone: () => void) {
  const t = useMessages().quarantine.bulk
  const toast = useToast()
  const queryClient = useQueryClient()
  const [done, setDone] = useState(0)
  const mutation = useMutation({
    mutationFn: async (decision: Decision) => {
      let failed = 0
      for (const [index, { id }] of entries.entries()) {
        setDone(index)
        const decided =
          'as' in decision
            ? approveQuarantined(id, { as: 'new' })
            : refuseQuarantined(id, decision.refuse)
        await decided.catch(() => {
          failed += 1
        })
      }
      return { failed, count: entries.length - failed }
    },
    onSuccess: async ({ failed, count }, decision) => {
      const title = 'as' in decision ? t.approved({ count }) : t.refused({ count })
      if (count > 0) toast({ tone: 'ok', title })
      if (failed > 0) toast({ tone: 'danger', title: t.failed({ count: failed }) })
      onDone()
      await queryClient.invalidateQueries({ queryKey: ['quarantine'] })
    },
  })
  return { decide: mutation.mutate, pending: mutation.isPending, done }
}

interface BulkBarProps {
  entries: readonly QuarantineEntry[]
  onClear: () => void
}

export function BulkBar({ entries, onClear }: BulkBarProps) {
  const t = useMessages().quarantine
  const format = useFormat()
  const [dialog, setDialog] = useState<'approve' | 'refuse' | null>(null)
  const close = () => setDialog(null)
  const { decide, pending, done } = useBulk(entries, () => {
    close()
    onClear()
  })
  const count = entries.length
  const known = entries.filter(mayBeKnown).length
  const progress = pending && (
    <p role="status">{t.bulk.progress({ done: format.number(done), all: format.number(count) })}</p>
  )
  return (
    <div className="mb-3 flex min-h-10 flex-wrap items-center gap-2 rounded-lg border border-line bg-surface px-3 py-1.5">
      <span role="status" className="mr-2 text-sm font-semibold">
        {t.selected({ count })}
      </span>
      <Button size="sm" onClick={() => setDialog('approve')}>
        <CirclePlus aria-hidden size={13} />
        {t.bulk.approve}
      </Button>
      <Button size="sm" look="dangerQuiet" onClick={() => setDialog('refuse')}>
        <Ban aria-hidden size={13} />
        {t.bulk.refuse}
      </Button>
      <Button size="sm" look="quiet" className="ml-auto" onClick={onClear}>
        {t.clearSelection}
      </Button>
      {dialog === 'approve' && (
        <ConfirmDialog
          open
          onClose={close}
          title={t.bulk.approveTitle({ count })}
          action={t.bulk.approve}
          look="primary"
          pending={pending}
          onConfirm={() => decide({ as: 'new' })}
        >
          <p>{t.bulk.approveSays}</p>
          {known > 0 && <p className="text-warn-text">{t.bulk.looksKnown({ count: known })}</p>}
          {progress}
        </ConfirmDialog>
      )}
      {dialog === 'refuse' && (
        <ReasonDialog
          title={t.bulk.refuseTitle({ count })}
          label={t.refuse.reason}
          hint={t.refuse.reasonHint}
          action={t.bulk.refuse}
          pending={pending}
          error={null}
          onConfirm={(refuse) => decide({ refuse })}
          onClose={close}
        >
          <p>{t.bulk.refuseSays}</p>
          {progress}
        </ReasonDialog>
      )}
    </div>
  )
}
