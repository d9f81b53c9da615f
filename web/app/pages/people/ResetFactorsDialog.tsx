/** Taking all second factors from somebody who lost them, after saying what that means. */
import { useMutation } from '@tanstack/react-query'

import { resetFactors } from '~/api/factors'
import type { Person } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

interface ResetFactorsDialogProps {
  person: Person
  onClose: () => void
}

export function ResetFactorsDialog({ person, onClose }: ResetFactorsDialogProps) {
  const { resetting: t } = useMessages().people
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = person
  const reset = useMutation({
    mutationFn: () => resetFactors(id),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => reset.mutate()}
      pending={reset.isPending}
    >
      {t.body.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </ConfirmDialog>
  )
}
