/** Merges two records of one machine: which one stays, what becomes of the other, and why it may not be possible. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { mergeMachines } from '~/api/actions'
import { canMerge } from '~/api/can'
import type { Machine } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Choices } from '~/ui/lib/Choices'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { ProblemNotice } from './ProblemNotice'

/** The two, the one that was enrolled first in front. */
export const byAge = (a: Machine, b: Machine): [Machine, Machine] =>
  new Date(a.enrolled_at).getTime() <= new Date(b.enrolled_at).getTime() ? [a, b] : [b, a]

interface MergeDialogProps {
  machines: readonly [Machine, Machine]
  onClose: () => void
  /** Called with the machine that stays. */
  onMerged?: (stays: Machine) => void
}

export function MergeDialog({ machines, onClose, onMerged }: MergeDialogProps) {
  const { identity, common } = useMessages()
  const t = identity.merge
  const format = useFormat()
  const toast = useToast()
  const queryClient = useQueryClient()
  const [older, newer] = byAge(...machines)
  const [staysId, setStaysId] = useState(older.id)
  const [stays, goes] = staysId === older.id ? [older, newer] : [newer, older]
  const verdict = canMerge(stays, goes)
  // Records of one machine often have one name.
  const called = (machine: Machine) =>
    older.name === newer.name
      ? t.named({ name: machine.name, time: format.dateTime(machine.enrolled_at) })
      : machine.name
  const merge = useMutation({
    mutationFn: () => mergeMachines(stays.id, goes.id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.done({ goes: called(goes), stays: called(stays) }) })
      onMerged?.(stays)
      onClose()
      await queryClient.invalidateQueries({ queryKey: ['machines'] })
    },
  })
  const option = (machine: Machine) => {
    const time = format.dateTime(machine.enrolled_at)
    const says = machine === older ? t.older({ time }) : t.newer({ time })
    return { value: machine.id, label: machine.name, says }
  }
  const footer = (
    <>
      <Button onClick={onClose}>{common.cancel}</Button>
      <Button
        look="primary"
        pending={merge.isPending}
        disabled={verdict !== 'yes'}
        onClick={() => merge.mutate()}
      >
        {t.action}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={t.title} footer={footer}>
      <div className="flex flex-col gap-4">
        <Choices
          label={t.stays}
          value={staysId}
          onChange={setStaysId}
          options={[option(older), option(newer)]}
        />
        {verdict === 'yes' ? (
          <p className="text-sm text-ink-2">
            {t.says({ stays: called(stays), goes: called(goes) })}
          </p>
        ) : (
          <Notice tone="warn">{t.cannot[verdict]}</Notice>
        )}
        {merge.isError && <ProblemNotice error={merge.error} />}
      </div>
    </Dialog>
  )
}
