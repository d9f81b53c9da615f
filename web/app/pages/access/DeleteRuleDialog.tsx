/** Deletes a rule, after saying what that means. */
import { useMutation } from '@tanstack/react-query'

import { deleteAccessRule } from '~/api/actions'
import type { AccessRule } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { ruleName } from './words'

interface DeleteRuleDialogProps {
  rule: AccessRule
  onClose: () => void
}

export function DeleteRuleDialog({ rule, onClose }: DeleteRuleDialogProps) {
  const { access: t } = useMessages()
  const toast = useToast()
  const onError = useProblemToast()
  const remove = useMutation({
    mutationFn: () => deleteAccessRule(rule),
    onSuccess: () => toast({ tone: 'ok', title: t.removed }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle}
      action={t.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      {t.removeBody({ rule: ruleName(t, rule) })}
    </ConfirmDialog>
  )
}
