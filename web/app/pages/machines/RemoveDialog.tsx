/** Removes a machine, after saying what goes and what stays. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { removeMachine } from '~/api/actions'
import { machineQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

export function RemoveDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages()
  const toast = useToast()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const toastProblem = useProblemToast()
  const { id, name } = machine
  const remove = useMutation({
    mutationFn: () => removeMachine(id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.machines.removed({ name }) })
      await navigate({ to: '/machines' })
      queryClient.removeQueries({ queryKey: machineQuery(id).queryKey })
    },
    onError: (problem) => {
      toastProblem(problem)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.machines.removeTitle({ name })}
      action={t.machines.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      <ul className="list-disc space-y-1 pl-5">
        {t.machines.removeWhat.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p>{t.machines.removeBack}</p>
    </ConfirmDialog>
  )
}
