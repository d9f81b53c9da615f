/** Revokes a token, after saying what that means. */
import { useMutation } from '@tanstack/react-query'

import { revokeEnrollmentToken } from '~/api/actions'
import type { EnrollmentToken } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

interface RevokeTokenDialogProps {
  token: EnrollmentToken
  onClose: () => void
}

export function RevokeTokenDialog({ token, onClose }: RevokeTokenDialogProps) {
  const { enrollment: t } = useMessages()
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = token
  const revoke = useMutation({
    mutationFn: () => revokeEnrollmentToken(id),
    onSuccess: () => toast({ tone: 'ok', title: t.revoked({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.revokeTitle({ name })}
      action={t.revoke}
      onConfirm={() => revoke.mutate()}
      pending={revoke.isPending}
    >
      {t.revokeBody}
    </ConfirmDialog>
  )
}
