/**
 * Which action is possible in which state: one place, so that a button, a menu and a shortcut agree.
 * The server decides in the end (`machines`, `sessions` and `enrollment` in crates/server); this only spares people a
 * request that is bound to fail.
 */
import type { EnrollmentToken, Machine, Session } from './types'

export type ConnectVerdict = 'yes' | 'offline' | 'noScreen'

/** Whether a session with the machine can be asked for, and if not, why. */
export function canConnect(machine: Pick<Machine, 'presence' | 'capabilities'>): ConnectVerdict {
  if (machine.presence.status !== 'online') return 'offline'
  return machine.capabilities.includes('screen') ? 'yes' : 'noScreen'
}

export const canEnd = (session: Pick<Session, 'state'>): boolean => session.state !== 'ended'

export type TokenState = 'active' | 'expired' | 'usedUp' | 'revoked'

/** What a token is good for; `now` in milliseconds since the epoch. */
export function tokenState(token: EnrollmentToken, now: number): TokenState {
  if (token.revoked_at) return 'revoked'
  if (typeof token.max_uses === 'number' && token.uses >= token.max_uses) return 'usedUp'
  return new Date(token.expires_at).getTime() <= now ? 'expired' : 'active'
}

export const canRevoke = (token: EnrollmentToken, now: number): boolean =>
  tokenState(token, now) === 'active'
