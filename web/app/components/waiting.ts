/**
 * How many wait for a person: in quarantine, with a support code, for more access, and jobs that fail. For badges and the heads of
 * pages.
 */
import { useQuery } from '@tanstack/react-query'

import { accessRequestState, mayForServer } from '~/api/can'
import {
  accessRequestsQuery,
  failingJobsQuery,
  meQuery,
  quarantineCountsQuery,
  supportQueueQuery,
} from '~/api/queries'
import { useFormat } from '~/i18n'

import { useNow } from './clock'
import { useMay } from './may'

/** The number in quarantine as text; null while nobody waits or it is not known yet. */
export function useWaiting(): string | null {
  const format = useFormat()
  const { data } = useQuery(quarantineCountsQuery)
  return data && data.waiting > 0 ? format.number(data.waiting) : null
}

/** The people with a support code whom nobody has taken, as text; null while there are none or it is not known yet. */
export function useWaitingPeople(): string | null {
  const format = useFormat()
  const mayAnswer = useMay()('support.answer')
  const { data = [] } = useQuery({ ...supportQueueQuery, enabled: mayAnswer })
  const count = data.filter((person) => !person.taken_by).length
  return count > 0 ? format.number(count) : null
}

/** The server's background jobs that fail, as text; null while there are none, it is not known yet, or it is not theirs to know. */
export function useFailingJobs(): string | null {
  const format = useFormat()
  const { data: me } = useQuery(meQuery)
  const enabled = me !== undefined && mayForServer(me, 'server.manage')
  const { data = [] } = useQuery({ ...failingJobsQuery, enabled })
  return data.length > 0 ? format.number(data.length) : null
}

/** The access requests about which the person may decide, as text; null while there are none or it is not known yet. */
export function useRequestsToDecide(): string | null {
  const format = useFormat()
  const now = useNow()
  const { data = [] } = useQuery(accessRequestsQuery)
  const count = data.filter(
    (one) => one.may_decide && accessRequestState(one, now) === 'waiting',
  ).length
  return count > 0 ? format.number(count) : null
}
