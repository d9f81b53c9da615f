/** The records that were merged into a machine, also by way of another of them, and taking a merge back. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'

import { undoMerge } from '~/api/actions'
import { canUndoMerge } from '~/api/can'
import type { MachineIdentity, MergedRecord } from '~/api/types'
import { useNow } from '~/components/clock'
import { useProblemToast } from '~/components/ProblemNotice'
import { useFormat, useI18n, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { facts, Section } from './identity-parts'

type Records = readonly MergedRecord[]

/** Those that were merged into a record, and into these. */
const under = (id: string, records: Records): MergedRecord[] =>
  records
    .filter(({ merged_into }) => merged_into === id)
    .flatMap((record) => [record, ...under(record.id, records)])

interface UndoDialogProps {
  machineId: string
  record: MergedRecord
  /** What goes with it. */
  others: Records
  onClose: () => void
}

function UndoDialog({ machineId, record, others, onClose }: UndoDialogProps) {
  const { messages, locale } = useI18n()
  const t = messages.identity
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const { name } = record
  const names = new Intl.ListFormat(locale).format(others.map((other) => other.name))
  const undo = useMutation({
    mutationFn: () => undoMerge(record),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.undone({ name }) })
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['machine', machineId] }),
        queryClient.invalidateQueries({ queryKey: ['machines'] }),
      ])
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.undoTitle({ name })}
      action={t.undo}
      onConfirm={() => undo.mutate()}
      pending={undo.isPending}
      look="primary"
    >
      <p>{t.undoSays}</p>
      {others.length > 0 && <p>{t.undoTakes({ names })}</p>}
    </ConfirmDialog>
  )
}

interface MergedRecordsProps {
  identity: MachineIdentity
  mayManage: boolean
}

export function MergedRecords({ identity, mayManage }: MergedRecordsProps) {
  const t = useMessages().identity
  const format = useFormat()
  const now = useNow()
  const [undoing, setUndoing] = useState<MergedRecord | null>(null)
  const { machine_id: machineId, merged: records } = identity
  const when = ({ merged_at, merged_into }: MergedRecord) => {
    const time = format.dateTime(merged_at)
    const into = records.find(({ id }) => id === merged_into)
    return into ? t.mergedIntoAt({ into: into.name, time }) : t.mergedAt({ time })
  }
  return (
    <Section id="merged" title={t.merged} hint={t.mergedHint}>
      <ul className={facts}>
        {records.length === 0 && <li className="px-4 py-2 text-ink-3">{t.noMerged}</li>}
        {records.map((record) => {
          const possible = canUndoMerge(record, now)
          return (
            <li
              key={record.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 first:border-t-0"
            >
              <span className="min-w-0 font-semibold break-words">{record.name}</span>
              <span className="text-ink-3">
                {when(record)} ·{' '}
                {possible ? t.undoUntil({ time: format.dateTime(record.undo_until) }) : t.final}
              </span>
              {possible && mayManage && (
                <Button
                  size="sm"
                  className="ml-auto"
                  aria-label={t.undoLabel({ name: record.name })}
                  onClick={() => setUndoing(record)}
                >
                  <Undo2 aria-hidden size={13} />
                  {t.undo}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {undoing && (
        <UndoDialog
          machineId={machineId}
          record={undoing}
          others={under(undoing.id, records)}
          onClose={() => setUndoing(null)}
        />
      )}
    </Section>
  )
}
