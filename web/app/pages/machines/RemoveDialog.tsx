/** Removes a machine, after saying what goes and what stays. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { removeMachine } from '~/api/actions'
import { hasHelpdeskAgent } from '~/api/can'
import { machineQuery, machineRemovalQuery } from '~/api/queries'
import type { Machine, MachineRemoval } from '~/api/types'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Skeleton } from '~/ui/lib/Skeleton'
import { useToast } from '~/ui/lib/Toast'

function List({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <section>
      <h3 className="font-semibold text-ink">{title}</h3>
      <ul className="list-disc space-y-1 pl-5">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  )
}

function WhatGoes({ machine, removal }: { machine: Machine; removal: MachineRemoval }) {
  const t = useMessages().identity.removal
  const { records, keys, online, open_sessions, kept_sessions } = removal
  const { helpdesk_reports, inventory_sections, end_user_logins } = removal
  const goes = [
    t.records({ count: records }),
    ...(records > 1 ? [t.mergesFinal({ count: records - 1 })] : []),
    keys > 0 ? t.keys({ count: keys }) : t.noKeys,
    t.recognition,
    ...(hasHelpdeskAgent(machine) ? [t.helpdesk] : []),
    ...(online ? [t.online] : []),
    ...(open_sessions > 0 ? [t.sessions({ count: open_sessions })] : []),
    ...(helpdesk_reports > 0 ? [t.reports({ count: helpdesk_reports })] : []),
    ...(inventory_sections > 0 ? [t.sections({ count: inventory_sections })] : []),
    ...(end_user_logins > 0 ? [t.logins({ count: end_user_logins })] : []),
  ]
  const stays = [
    ...(kept_sessions > 0 ? [t.keptSessions({ count: kept_sessions })] : []),
    t.keptAudit,
  ]
  return (
    <>
      <List title={t.goes} lines={goes} />
      <List title={t.stays} lines={stays} />
    </>
  )
}

export function RemoveDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages()
  const toast = useToast()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const toastProblem = useProblemToast()
  const { id, name } = machine
  const removal = useQuery(machineRemovalQuery(id))
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
      // Nobody decides before it was said what is lost.
      disabled={!removal.isSuccess || removal.isFetching}
    >
      {removal.data && !removal.isFetching && <WhatGoes machine={machine} removal={removal.data} />}
      {removal.isFetching && (
        <p role="status" className="flex flex-col gap-2">
          <span className="sr-only">{t.common.loading}</span>
          <Skeleton className="w-56" />
          <Skeleton className="w-40" />
        </p>
      )}
      {removal.isError && (
        <ProblemNotice error={removal.error} onRetry={() => void removal.refetch()} />
      )}
      <p>{t.machines.removeBack}</p>
    </ConfirmDialog>
  )
}
