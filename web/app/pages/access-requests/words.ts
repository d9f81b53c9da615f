/** Access requests as words, and the order in which they are read. Pure. */
import { accessRequestState } from '~/api/can'
import type { AccessRequest, AccessRequestState, Permission } from '~/api/types'
import { PERMISSIONS } from '~/components/permissions'
import type { Messages } from '~/i18n'
import type { Format } from '~/i18n/format'

/** “See the screen, Control the screen” */
export const permissionNames = (t: Messages, permissions: readonly Permission[]): string =>
  PERMISSIONS.filter((one) => permissions.includes(one))
    .map((one) => t.permissions[one].name)
    .join(', ')

/** Behind the state: until when, by whom, and what they said. */
export function stateLines(
  { messages, format }: { messages: Messages; format: Format },
  request: AccessRequest,
  now: number,
): string[] {
  const t = messages.accessRequests
  const { decided_by_name: decider, ended_by_name: ender, note, expires_at: end } = request
  const state = accessRequestState(request, now)
  const by = decider === null ? [] : [t.decidedBy({ name: decider })]
  const said = note === '' ? [] : [t.note({ note })]
  switch (state) {
    case 'waiting':
      return [t.lapses({ when: format.relative(request.lapses_at, now) })]
    case 'approved':
      return [...(end ? [t.until({ when: format.dateTime(end) })] : []), ...by, ...said]
    case 'refused':
      return [...by, ...said]
    case 'withdrawn':
      return ender === null ? [] : [t.endedBy({ name: ender })]
    case 'ended':
      return decider === null ? [t.lapsed] : [...by, ...said]
  }
}

const isOver = (state: AccessRequestState): boolean => state !== 'waiting' && state !== 'approved'

export interface Sorted {
  /** Those that wait for the reader. */
  toDecide: AccessRequest[]
  /** The others that wait or count: what waits first. */
  open: AccessRequest[]
  over: AccessRequest[]
}

/** Newest first within each, as the server gives them; of those to decide about, who waits longest is first. */
export function sortedRequests(requests: readonly AccessRequest[], now: number): Sorted {
  const stateOf = (one: AccessRequest) => accessRequestState(one, now)
  const isToDecide = (one: AccessRequest) => one.may_decide && stateOf(one) === 'waiting'
  const others = requests.filter((one) => !isToDecide(one))
  return {
    toDecide: requests.filter(isToDecide).toReversed(),
    open: [
      ...others.filter((one) => stateOf(one) === 'waiting'),
      ...others.filter((one) => stateOf(one) === 'approved'),
    ],
    over: others.filter((one) => isOver(stateOf(one))),
  }
}
