/** Asks a machine's agent for a new key. */
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { rotateMachineKey } from '~/api/actions'
import { machineIdentityQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

export function NewKeyDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages().identity
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const rotate = useMutation({
    mutationFn: () => rotateMachineKey(machine.id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.newKeyAsked })
      await queryClient.invalidateQueries(machineIdentityQuery(machine.id))
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.newKeyTitle({ name: machine.name })}
      action={t.newKey}
      onConfirm={() => rotate.mutate()}
      pending={rotate.isPending}
      look="primary"
    >
      <ul className="list-disc space-y-1 pl-5">
        {t.newKeySays.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {machine.presence.status === 'offline' && <p>{t.newKeyOffline}</p>}
    </ConfirmDialog>
  )
}
