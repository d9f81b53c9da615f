/**
 * Which monitor of a machine this tab looks at, so that the choice outlives a session and a reload of the page. Kept for as
 * long as the tab is.
 */
import { MONITOR_NAME_MAX } from '~/wire/limits'

const PLACE = 'farol.monitors'

/** Machines remembered; the one chosen longest ago goes first. */
const KEPT_MAX = 100

export function keptMonitor(machineId: string): string | null {
  return read().find(([id]) => id === machineId)?.[1] ?? null
}

export function keepMonitor(machineId: string, monitor: string | null): void {
  const others = read().filter(([id]) => id !== machineId)
  const kept = monitor === null ? others : [...others, [machineId, monitor]]
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept.slice(-KEPT_MAX)))
  } catch {
    // Without storage a reload shows all monitors.
  }
}

/** Machines and monitors, the newest choice last. */
function read(): [string, string][] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(PLACE) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isChoice) : []
  } catch {
    return []
  }
}

function isChoice(entry: unknown): entry is [string, string] {
  if (!Array.isArray(entry)) return false
  const [id, name] = entry as unknown[]
  return typeof id === 'string' && typeof name === 'string' && name.length <= MONITOR_NAME_MAX
}
