/** Which machines of a list are shown, and in which order. Pure. */
import { isBlocked } from '~/api/can'
import type { Machine } from '~/api/types'

import { matcher } from './search'

export type Show = 'all' | 'online' | 'offline' | 'blocked'

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** By name, numbers inside names by value: "PC 2" before "PC 10". */
export const sorted = (machines: readonly Machine[]): Machine[] =>
  machines.toSorted((a, b) => byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))

/** Those that match every word of the query in any of their facts. */
export function searched(machines: readonly Machine[], query: string): Machine[] {
  const matches = matcher(query)
  return machines.filter((machine) => {
    const { name, hostname, os, users, address, agent_version, sessions } = machine
    const people = users.map((user) => user.name)
    const technicians = sessions.map((session) => session.technician.name)
    return matches(
      name,
      hostname,
      os.name,
      os.version,
      address,
      agent_version,
      ...people,
      ...technicians,
    )
  })
}

export const shown = (machines: readonly Machine[], show: Show): Machine[] =>
  machines.filter((machine) => {
    if (show === 'all') return true
    return show === 'blocked' ? isBlocked(machine) : machine.presence.status === show
  })
