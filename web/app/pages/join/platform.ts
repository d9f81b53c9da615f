/** On what kind of computer this page is open, as far as the browser says. Pure but for `thisComputer`. */
import type { OneTimeAgent } from '~/api/types'

export type System = 'windows' | 'macos' | 'linux'

export type Computer =
  { kind: 'phone' } | { kind: 'unknown' } | { kind: 'computer'; system: System; arm: boolean }

interface Says {
  userAgent: string
  /** A tablet may claim to be a desktop computer, but it is touched with several fingers. */
  touchPoints: number
}

export function computerOf({ userAgent, touchPoints }: Says): Computer {
  if (/android|iphone|ipad|ipod|mobile/i.test(userAgent)) return { kind: 'phone' }
  const arm = /aarch64|arm64/i.test(userAgent)
  if (/windows/i.test(userAgent)) return { kind: 'computer', system: 'windows', arm }
  if (/macintosh/i.test(userAgent)) {
    return touchPoints > 1 ? { kind: 'phone' } : { kind: 'computer', system: 'macos', arm }
  }
  if (/linux|x11|cros/i.test(userAgent)) return { kind: 'computer', system: 'linux', arm }
  return { kind: 'unknown' }
}

export const thisComputer = (): Computer =>
  computerOf({ userAgent: navigator.userAgent, touchPoints: navigator.maxTouchPoints })

/**
 * The agent for this computer; null when there is none. Few browsers tell the processor: where they do not, the common one of
 * the system it is.
 */
export function agentFor(
  computer: Computer,
  downloads: readonly OneTimeAgent[],
): OneTimeAgent | null {
  if (computer.kind !== 'computer') return null
  const { system } = computer
  const wanted = computer.arm ? 'aarch64' : 'x86_64'
  const fitting = downloads.filter((agent) => agent.system === system)
  return fitting.find(({ arch }) => arch === wanted) ?? (computer.arm ? null : fitting[0]) ?? null
}
