/** Deletes a role, or says who has it still. */
import { useMutation } from '@tanstack/react-query'

import { deleteRole } from '~/api/actions'
import type { Role } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

export function DeleteRoleDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const { roles: t } = useMessages()
  const toast = useToast()
  const remove = useMutation({
    mutationFn: () => deleteRole(role),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.removed({ role: role.name }) })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle({ role: role.name })}
      action={t.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      <p>{t.removeBody}</p>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </ConfirmDialog>
  )
}
