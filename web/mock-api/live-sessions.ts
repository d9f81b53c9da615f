/** Sessions that are opened against the mock API: what the server would do with them, step by step. */
import { permittedRights } from '~/api/can'
import type { Machine, Right, Session, SessionRequest, StartedSession } from '~/api/types'

import { type MockDb, owner } from './db'
import { MockProblem, notFound } from './problem'
import { blankSession } from './session-data'

/** Two keys, so that one can be another than before. */
export const MACHINE_KEY = 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s'
export const OTHER_KEY = 'zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0'

export function findSession(db: MockDb, id: string): Session {
  const session = db.sessions.find((candidate) => candidate.id === id)
  if (!session) throw notFound('session')
  return session
}

/** Tells every open console of a session that changed. */
export function tell(db: MockDb, session: Session): void {
  const machine = db.machines.find(({ id }) => id === session.machine_id)
  if (machine) {
    const { id, technician, rights, state, connected_at } = session
    const others = machine.sessions.filter((summary) => summary.id !== id)
    machine.sessions =
      state === 'ended' ? others : [...others, { id, technician, rights, state, connected_at }]
  }
  db.publish(
    'sessions',
    `session:${session.id}`,
    'machines',
    `machine:${session.machine_id}`,
    'audit',
  )
}

/** The way into a session. */
export const enter = (session: Session): StartedSession => ({
  session,
  relay: { path: '/api/relay', grant: session.id, expires_at: new Date().toISOString() },
  machine_key: MACHINE_KEY,
  machine_words: 'words-that-nobody-should-believe',
})

/** Roles allow every one of `rights` on the machine. */
function requireRights(machine: Machine, rights: readonly Right[]): void {
  const permitted = permittedRights(machine)
  const missing = rights.find((right) => !permitted.includes(right))
  if (missing)
    throw new MockProblem(403, 'forbidden', `None of your roles allows this here (“${missing}”).`)
}

export function openSession(
  db: MockDb,
  machine: Machine,
  { rights, reason }: SessionRequest,
): StartedSession {
  requireRights(machine, rights)
  if (db.viewer === 'reason' && !reason?.trim())
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
      fields: [{ field: 'reason', code: 'required', detail: 'Your role asks why.' }],
    })
  if (machine.presence.status === 'offline')
    throw new MockProblem(409, 'machine_offline', 'The machine is not connected now.')
  if (db.viewer === 'forbidden' && rights.includes('control'))
    throw new MockProblem(
      403,
      'access_never',
      'The rule for the site Main never allows technicians to control.',
    )
  const asks = db.viewer === 'asks'
  const session: Session = {
    ...blankSession,
    id: db.nextId(),
    machine_id: machine.id,
    machine_name: machine.name,
    technician: owner,
    rights: asks ? [] : rights,
    rights_asked: asks ? rights : [],
    state: asks ? 'waiting_for_consent' : 'requested',
    requested_at: new Date().toISOString(),
    reason: reason?.trim() ?? null,
  }
  db.sessions.unshift(session)
  tell(db, session)
  return enter(session)
}

export function resumeSession(db: MockDb, id: string): StartedSession {
  const session = findSession(db, id)
  if (session.end !== null)
    throw new MockProblem(410, 'session_over', 'The session is over.', { end: session.end })
  if (db.viewer === 'interrupted')
    throw new MockProblem(409, 'machine_offline', 'The machine is not connected now.')
  session.resumes += 1
  return enter(session)
}

export function endSession(db: MockDb, id: string, end: Session['end']): void {
  const session = findSession(db, id)
  session.state = 'ended'
  session.ended_at = new Date().toISOString()
  session.end = end
  tell(db, session)
  for (const guest of db.sessions)
    if (guest.guest_of === id && guest.state !== 'ended')
      endSession(db, guest.id, { reason: 'host_left', by: null, detail: null })
}

/** Both ends are there. */
export function connected(db: MockDb, id: string): Session {
  const session = findSession(db, id)
  session.state = 'active'
  session.connected_at ??= new Date().toISOString()
  session.interrupted_at = null
  tell(db, session)
  return session
}

/** The connection broke. */
export function interrupted(db: MockDb, id: string): void {
  const session = findSession(db, id)
  session.state = 'interrupted'
  session.interrupted_at = new Date().toISOString()
  tell(db, session)
}

/** The person at the machine says yes or no, or nothing. */
export function answer(
  db: MockDb,
  id: string,
  outcome: 'allowed' | 'refused' | 'timed_out' | 'nobody_to_ask',
): void {
  const session = findSession(db, id)
  const machine = db.machines.find((candidate) => candidate.id === session.machine_id)
  const by = machine?.users[0]?.name ?? null
  session.consent = { by, at: new Date().toISOString(), outcome }
  if (outcome === 'allowed') {
    session.state = 'requested'
    session.rights = session.rights_asked
    session.rights_asked = []
    tell(db, session)
    return
  }
  const reason = outcome === 'nobody_to_ask' ? outcome : `consent_${outcome}`
  const person = outcome === 'refused' && by !== null ? { kind: 'end_user', name: by } : null
  endSession(db, id, { reason, by: person, detail: null })
}

export function askRights(db: MockDb, id: string, rights: Right[]): Session {
  const session = findSession(db, id)
  const machine = db.machines.find((candidate) => candidate.id === session.machine_id)
  if (machine) requireRights(machine, rights)
  session.rights_asked = rights.filter((right) => !session.rights.includes(right))
  tell(db, session)
  return session
}

/** What was asked for in a session that runs is agreed to, or not. */
export function settleRights(db: MockDb, id: string, agreed: boolean): void {
  const session = findSession(db, id)
  if (agreed) session.rights = [...session.rights, ...session.rights_asked]
  session.rights_asked = []
  tell(db, session)
}

export function takeBack(db: MockDb, id: string, right: Right): void {
  const session = findSession(db, id)
  session.rights = session.rights.filter((other) => other !== right)
  tell(db, session)
}
