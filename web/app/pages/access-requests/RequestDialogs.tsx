/** Deciding about a request, withdrawing one, and ending what was approved. */
import { useMutation } from '@tanstack/react-query'

import { approveAccess, refuseAccess, withdrawAccess } from '~/api/actions'
import type { AccessRequest } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useI18n, useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { permissionNames } from './words'

interface AboutRequest {
  request: AccessRequest
  onClose: () => void
}

export function ApproveDialog({ request, onClose }: AboutRequest) {
  const { messages, format } = useI18n()
  const t = messages.accessRequests
  const toast = useToast()
  const { account_name: name, machine_name: machine, reason } = request
  const approve = useMutation({
    mutationFn: (note: string) => approveAccess(request.id, note),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.deciding.approved({ name }) })
      onClose()
    },
  })
  const what = permissionNames(messages, request.permissions)
  const life = format.duration(request.duration_seconds)
  return (
    <ReasonDialog
      title={t.deciding.approveTitle({ name, machine })}
      label={t.deciding.note}
      hint={t.deciding.noteHint}
      field="note"
      action={t.approve}
      look="primary"
      onConfirm={approve.mutate}
      pending={approve.isPending}
      error={approve.error}
      onClose={onClose}
    >
      <p>{t.deciding.approveBody({ what, life })}</p>
      <p className="mt-1">{t.deciding.says({ name, reason })}</p>
    </ReasonDialog>
  )
}

export function RefuseDialog({ request, onClose }: AboutRequest) {
  const { accessRequests: t } = useMessages()
  const toast = useToast()
  const { account_name: name, machine_name: machine, reason } = request
  const refuse = useMutation({
    mutationFn: (note: string) => refuseAccess(request.id, note),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.deciding.refused })
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={t.deciding.refuseTitle({ name, machine })}
      label={t.deciding.note}
      hint={t.deciding.noteHint}
      field="note"
      action={t.refuse}
      onConfirm={refuse.mutate}
      pending={refuse.isPending}
      error={refuse.error}
      onClose={onClose}
    >
      <p>{t.deciding.says({ name, reason })}</p>
    </ReasonDialog>
  )
}

/** Takes back what waits, or ends what was approved. */
export function WithdrawDialog({ request, onClose }: AboutRequest) {
  const { accessRequests: t } = useMessages()
  const toast = useToast()
  const onError = useProblemToast()
  const { account_name: name, machine_name: machine, state } = request
  const waits = state === 'waiting'
  const words = waits ? t.withdrawing : t.ending
  const withdraw = useMutation({
    mutationFn: () => withdrawAccess(request.id),
    onSuccess: () => toast({ tone: 'ok', title: words.done }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={words.title({ name, machine })}
      action={waits ? t.withdraw : t.end}
      onConfirm={() => withdraw.mutate()}
      pending={withdraw.isPending}
    >
      {words.body}
    </ConfirmDialog>
  )
}
