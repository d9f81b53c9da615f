/** Blocks a machine, after saying what that ends; and lets it in again. */
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { blockMachine, unblockMachine } from '~/api/actions'
import { machineQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useMessages } from '~/i18n'
import { useToast } from '~/ui/lib/Toast'

export function BlockDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages().identity.block
  const toast = useToast()
  const queryClient = useQueryClient()
  const { id, name } = machine
  const block = useMutation({
    mutationFn: (reason: string) => blockMachine(id, reason),
    onSuccess: (blocked) => {
      queryClient.setQueryData(machineQuery(id).queryKey, blocked)
      toast({ tone: 'ok', title: t.done({ name }) })
      onClose()
    },
  })
  return (
    <ReasonDialog
      title={t.title({ name })}
      label={t.reason}
      hint={t.reasonHint}
      action={t.action}
      onConfirm={block.mutate}
      pending={block.isPending}
      error={block.error}
      onClose={onClose}
    >
      <ul className="list-disc space-y-1 pl-5">
        {t.says.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </ReasonDialog>
  )
}

/** Lets the machine in again; nothing is lost by it, so nobody is asked. */
export function useUnblock(machine: Machine): { unblock: () => void; pending: boolean } {
  const t = useMessages().identity.block
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const { id, name } = machine
  const unblock = useMutation({
    mutationFn: () => unblockMachine(id),
    onSuccess: (unblocked) => {
      queryClient.setQueryData(machineQuery(id).queryKey, unblocked)
      toast({ tone: 'ok', title: t.undone({ name }) })
    },
    onError,
  })
  return { unblock: () => unblock.mutate(), pending: unblock.isPending }
}
