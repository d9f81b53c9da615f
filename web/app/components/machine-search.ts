/** Which machines of a list are shown where one is chosen, and in which order. Pure. */
import type { Machine } from '~/api/types'

import { matcher } from './search'

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
