/** On the page of a machine: what was asked for there or lent, or the way to ask for more. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Hourglass } from 'lucide-react'

import { accessRequestState } from '~/api/can'
import { accessRequestsQuery, effectivePermissionsQuery, meQuery } from '~/api/queries'
import type { AccessRequest, Machine } from '~/api/types'
import { useNow } from '~/components/clock'
import { useI18n } from '~/i18n'

import { AskButton } from './AskButton'
import { toAskFor } from './form'

/** The person's own requests for the machine that wait or count. */
function useOpenRequests(machineId: string): AccessRequest[] {
  const { data: me } = useSuspenseQuery(meQuery)
  const { data = [] } = useQuery(accessRequestsQuery)
  const now = useNow()
  const open = ['waiting', 'approved']
  return data.filter(
    (one) =>
      one.account_id === me.account.id &&
      one.machine_id === machineId &&
      open.includes(accessRequestState(one, now)),
  )
}

/** Nothing where the person may do everything that can be asked for, and while that is not known. */
export function MoreAccess({ machine }: { machine: Machine }) {
  const { messages, format } = useI18n()
  const t = messages.accessRequests.machine
  const { data: me } = useSuspenseQuery(meQuery)
  const own = useQuery(effectivePermissionsQuery(me.account.id, { machine: machine.id })).data
  const requests = useOpenRequests(machine.id)
  const left = toAskFor(own)
  if (requests.length === 0 && left.length === 0) return null
  return (
    <section
      aria-label={t.label}
      className="mb-4 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-2"
    >
      {requests.map(({ id, expires_at: end }) => (
        <Link
          key={id}
          to="/access-requests"
          className="inline-flex items-center gap-1.5 underline underline-offset-2"
        >
          <Hourglass aria-hidden size={14} className="shrink-0 text-ink-3" />
          {end ? t.approved({ when: format.dateTime(end) }) : t.waiting}
        </Link>
      ))}
      {left.length > 0 && <AskButton machine={machine} look="quiet" />}
    </section>
  )
}
