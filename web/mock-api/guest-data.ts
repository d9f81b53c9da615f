/** Invitations and guests of the mock API: what the server would do with them. */
import type { GuestInvitation, GuestOpening, Invitation, Right, Session } from '~/api/types'

import { idOf, iso, marina, MINUTE, theo } from './data'
import { type MockDb, organization, owner } from './db'
import { endSession, enter, findSession, tell } from './live-sessions'
import { MockProblem, notFound } from './problem'
import { blankSession, HOST_SESSION } from './session-data'

/** An invitation with what the server keeps hashed only. */
export interface MockInvitation extends Invitation {
  secret: string
}

const OPEN_MAX = 10
const NAME_MAX = 64

const blank = {
  state: 'open' as const,
  accepted_at: null,
  guest: null,
  revoked_at: null,
}

/** One of each kind. Two are good: `watch`, and `control`. */
export function someInvitations(now: number): MockInvitation[] {
  const made = (at: number, more: Partial<MockInvitation>): MockInvitation => ({
    ...blank,
    id: idOf(9, at),
    session_id: HOST_SESSION,
    rights: ['view'],
    created_at: iso(now - at * MINUTE),
    created_by: marina.name,
    expires_at: iso(now + 42 * MINUTE),
    secret: `secret-${at}`,
    ...more,
  })
  const guest = { name: 'Rui Prado', session_id: idOf(3, 793) }
  return [
    made(2, { secret: 'control', rights: ['view', 'control'] }),
    made(3, { secret: 'watch', created_by: theo.name }),
    made(12, { state: 'accepted', accepted_at: iso(now - 9 * MINUTE), guest }),
    made(20, { state: 'revoked', revoked_at: iso(now - 19 * MINUTE) }),
    made(80, { state: 'expired', expires_at: iso(now - 20 * MINUTE) }),
  ]
}

/** What the API shows of an invitation. */
function shown({ secret: _, ...invitation }: MockInvitation): Invitation {
  return invitation
}

export function invitationsOf(db: MockDb, sessionId: string): Invitation[] {
  const over = findSession(db, sessionId).state === 'ended'
  return db.invitations
    .filter(({ session_id: id }) => id === sessionId)
    .map(shown)
    .map((one) => (over && one.state === 'open' ? { ...one, state: 'expired' } : one))
}

export function invite(db: MockDb, sessionId: string, rights: Right[], minutes: number) {
  const session = findSession(db, sessionId)
  if (session.state !== 'active')
    throw new MockProblem(409, 'conflict', 'The session is not connected now.')
  const open = db.invitations.filter(
    (one) => one.session_id === sessionId && one.state === 'open',
  ).length
  if (open >= OPEN_MAX)
    throw new MockProblem(409, 'too_many_invitations', 'Too many invitations are open.')
  if (rights.some((right) => !session.rights.includes(right)))
    throw new MockProblem(403, 'forbidden', 'The session may not do this itself.')
  const id = db.nextId()
  const invitation: MockInvitation = {
    ...blank,
    id,
    session_id: sessionId,
    rights,
    created_at: iso(Date.now()),
    created_by: owner.name,
    expires_at: iso(Date.now() + minutes * MINUTE),
    secret: `made-${id.slice(-4)}`,
  }
  db.invitations.unshift(invitation)
  db.publish(`session:${sessionId}`, 'audit')
  return { invitation: shown(invitation), secret: invitation.secret }
}

export function revoke(db: MockDb, sessionId: string, id: string): void {
  const invitation = db.invitations.find((one) => one.id === id && one.session_id === sessionId)
  if (!invitation) throw notFound('invitation')
  const { guest } = invitation
  invitation.state = 'revoked'
  invitation.revoked_at = iso(Date.now())
  if (guest && db.sessions.some((one) => one.id === guest.session_id && one.state !== 'ended')) {
    const by = { kind: 'technician', name: owner.name }
    endSession(db, guest.session_id, { reason: 'invitation_revoked', by, detail: null })
  }
  db.publish(`session:${sessionId}`, 'audit')
}

/** Wrong, used, revoked and expired are one and the same to a stranger. */
function goodOne(db: MockDb, secret: string): MockInvitation {
  if (secret === 'busy')
    throw new MockProblem(429, 'too_many_attempts', 'Too many wrong secrets.', { retryAfter: 60 })
  const found = db.invitations.find((one) => one.secret === secret && one.state === 'open')
  if (!found || Date.parse(found.expires_at) <= Date.now())
    throw new MockProblem(404, 'invitation_not_valid', 'This invitation does not work.')
  return found
}

export function lookAt(db: MockDb, secret: string): GuestInvitation {
  const { created_by: inviter, rights, expires_at, session_id: id } = goodOne(db, secret)
  const { machine_name } = findSession(db, id)
  return { inviter, organization: organization.name, machine_name, rights, expires_at }
}

/** Somebody comes with an invitation. */
export function accept(db: MockDb, secret: string, name: string): GuestOpening {
  const invitation = goodOne(db, secret)
  if (name.trim() === '' || Array.from(name).length > NAME_MAX) {
    const fields = [{ field: 'name', code: 'required', detail: 'Say who you are.' }]
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
  }
  const host = findSession(db, invitation.session_id)
  const machine = db.machines.find(({ id }) => id === host.machine_id)
  if (machine?.presence.status !== 'online')
    throw new MockProblem(409, 'machine_offline', 'The machine is not connected now.')
  const asks = db.viewer === 'asks'
  const session: Session = {
    ...blankSession,
    id: db.nextId(),
    machine_id: host.machine_id,
    machine_name: host.machine_name,
    guest_of: host.id,
    technician: { id: null, name: name.trim() },
    rights: asks ? [] : invitation.rights,
    rights_asked: asks ? invitation.rights : [],
    state: asks ? 'waiting_for_consent' : 'requested',
    requested_at: iso(Date.now()),
  }
  db.sessions.unshift(session)
  invitation.state = 'accepted'
  invitation.accepted_at = session.requested_at
  invitation.guest = { name: session.technician.name, session_id: session.id }
  const key = `key-of-${session.id}`
  db.guestKeys[key] = session.id
  tell(db, session)
  db.publish(`session:${host.id}`)
  return { opening: enter(session), key }
}

/** The session that a guest's key speaks for. */
export function sessionOfGuest(db: MockDb, headers: Headers): Session {
  const key = headers.get('Authorization')?.replace(/^Bearer /, '') ?? ''
  const id = db.guestKeys[key]
  if (id === undefined) throw new MockProblem(401, 'guest_key_invalid', 'The key is not valid.')
  return findSession(db, id)
}
