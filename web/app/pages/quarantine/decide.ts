/** The decisions about one installation, with what is said after each. */
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { approveQuarantined, refuseQuarantined } from '~/api/actions'
import { becomesNewByItself } from '~/api/can'
import type { Machine, QuarantineEntry } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { useToast } from '~/ui/lib/Toast'

/** Says it, and goes back to those that still wait. */
function useSaid(): (title: string) => Promise<void> {
  const toast = useToast()
  const navigate = useNavigate()
  return async (title) => {
    toast({ tone: 'ok', title })
    await navigate({ to: '/quarantine' })
  }
}

export function useApproveNew(entry: QuarantineEntry) {
  const t = useMessages().quarantine.asNew
  const said = useSaid()
  const onError = useProblemToast()
  const name = entry.hostname
  return useMutation({
    mutationFn: () => approveQuarantined(entry.id, { as: 'new' }),
    onSuccess: () => said(becomesNewByItself(entry) ? t.doneCopy({ name }) : t.done({ name })),
    onError,
  })
}

export function useApproveAs(entry: QuarantineEntry) {
  const t = useMessages().quarantine.asMachine
  const said = useSaid()
  const onError = useProblemToast()
  return useMutation({
    mutationFn: (machine: Machine) =>
      approveQuarantined(entry.id, { as: 'machine', machine_id: machine.id }),
    onSuccess: (_, machine) => said(t.done({ name: entry.hostname, machine: machine.name })),
    onError,
  })
}

export function useRefuse(entry: QuarantineEntry) {
  const t = useMessages().quarantine.refuse
  const said = useSaid()
  return useMutation({
    mutationFn: (reason: string) => refuseQuarantined(entry.id, reason),
    onSuccess: () => said(t.done({ name: entry.hostname })),
  })
}
