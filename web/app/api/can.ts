/**
 * Which action is possible in which state: one place, so that a button, a menu and a shortcut agree.
 * The server decides in the end (`machines`, `sessions` and `enrollment` in crates/server); this only spares people a
 * request that is bound to fail.
 */
import type { EnrollmentToken, EnrollmentTokenState, Machine, Session } from './types'

export type ConnectVerdict = 'yes' | 'offline' | 'noScreen'

/** Whether a session with the machine can be asked for, and if not, why. */
export function canConnect(machine: Pick<Machine, 'presence' | 'capabilities'>): ConnectVerdict {
  if (machine.presence.status !== 'online') return 'offline'
  return machine.capabilities.includes('screen') ? 'yes' : 'noScreen'
}

export const canEnd = (session: Pick<Session, 'state'>): boolean => session.state !== 'ended'

/** What a token is good for at `now`, in milliseconds since the epoch; its time may have ended since it was read. */
export const tokenState = (
  token: Pick<EnrollmentToken, 'state' | 'expires_at'>,
  now: number,
): EnrollmentTokenState =>
  token.state === 'active' && new Date(token.expires_at).getTime() <= now ? 'expired' : token.state

/** One that is used up still lets its machines find their records again, so it can be revoked too. */
export const canRevoke = (state: EnrollmentTokenState): boolean =>
  state === 'active' || state === 'used_up'

/** More time or more uses bring a token back, but not one that was revoked. */
export const canChange = (state: EnrollmentTokenState): boolean => state !== 'revoked'
