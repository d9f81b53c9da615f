/** History of sessions, two that run now, and what happened in each. */
import type { EndReason, Machine, Right, Session, SessionEvent } from '~/api/types'

import { HOUR, idOf, iso, marina, MINUTE, theo } from './data'

const control: Right[] = ['view', 'control', 'clipboard']
const view: Right[] = ['view']

const endings: EndReason[] = [
  'technician_ended',
  'technician_ended',
  'expired',
  'technician_ended',
  'agent_restarted',
  'no_answer',
  'end_user_ended',
  'login_ended',
  'consent_refused',
  'technician_ended',
  'consent_timed_out',
  'agent_refused',
]

/** Ends of sessions that never were connected. */
const never = new Set<EndReason>([
  'no_answer',
  'agent_refused',
  'consent_refused',
  'consent_timed_out',
])

const outcomes: Partial<Record<EndReason, string>> = {
  consent_refused: 'refused',
  consent_timed_out: 'timed_out',
}

/** What a new session is before anything happened in it. */
export const blankSession = {
  rights_asked: [] as Right[],
  consent: null as Session['consent'],
  connected_at: null,
  interrupted_at: null,
  ended_at: null,
  end: null,
  resumes: 0,
  bytes_to_viewer: 0,
  bytes_to_agent: 0,
  figures: null,
  timeline: null,
  guest_of: null as string | null,
  reason: null as string | null,
} satisfies Partial<Session>

/** A session that runs, into which somebody was invited. */
export const HOST_SESSION = idOf(3, 899)

/** History, and two sessions that run now; the machines are told about those. */
export function someSessions(machines: Machine[], now: number): Session[] {
  const running = [8, 16].map((at, index): Session => {
    const machine = machines[at]!
    const connected = iso(now - (index * 34 + 7) * MINUTE)
    const session: Session = {
      ...blankSession,
      id: idOf(3, 900 - index),
      machine_id: machine.id,
      machine_name: machine.name,
      technician: index === 0 ? theo : marina,
      rights: index === 0 ? view : control,
      state: index === 0 ? 'active' : 'interrupted',
      requested_at: connected,
      connected_at: connected,
      interrupted_at: index === 0 ? null : iso(now - 20_000),
      resumes: index * 2,
      bytes_to_viewer: 48_300_000 + index * 310_000_000,
      bytes_to_agent: 92_000 + index * 810_000,
    }
    const { id, technician, rights, state } = session
    machine.sessions.push({ id, technician, rights, state, connected_at: connected })
    return session
  })
  const past = Array.from({ length: 64 }, (_, index) => pastSession(machines, now, index))
  return [...running, ...withGuest(past)]
}

/** One of them was that of a guest of another. */
function withGuest(past: Session[]): Session[] {
  const [host, at] = [past[4]!, 7]
  const guest: Session = {
    ...past[at]!,
    machine_id: host.machine_id,
    machine_name: host.machine_name,
    guest_of: host.id,
    technician: { id: null, name: 'Rui Prado' },
    rights: view,
  }
  return past.with(at, guest)
}

function pastSession(machines: Machine[], now: number, index: number): Session {
  const machine = machines[(index * 7 + 8) % machines.length]!
  const reason = endings[index % endings.length]!
  const connected = !never.has(reason)
  const start = now - (index * 3.7 + 1.2) * HOUR
  const asked = index % 4 === 0 || outcomes[reason] !== undefined
  const person = machine.users[0]?.name ?? 'reception'
  return {
    ...blankSession,
    id: idOf(3, 800 - index),
    machine_id: machine.id,
    machine_name: machine.name,
    technician: index % 3 === 1 ? theo : marina,
    rights: index % 5 === 2 ? view : control,
    state: 'ended',
    consent: asked
      ? { by: person, at: iso(start + 11_000), outcome: outcomes[reason] ?? 'allowed' }
      : null,
    requested_at: iso(start),
    connected_at: connected ? iso(start + 12_700) : null,
    ended_at: iso(start + (connected ? ((index * 13) % 71) + 0.6 : 0.3) * MINUTE),
    end: { reason, by: endedBy(reason, person), detail: null },
    resumes: index % 6 === 0 ? 2 : 0,
    bytes_to_viewer: connected ? 1_900_000 * ((index * 17) % 190) + 51_200 : 0,
    bytes_to_agent: connected ? 8_100 * ((index * 11) % 57) + 900 : 0,
    figures: connected
      ? {
          pictures: 70 * ((index * 17) % 190) + 12,
          picture_delay: { p50_us: 18_000 + index * 400, p95_us: 61_000 + index * 900 },
          round_trip: { p50_us: 9_400 + index * 300, p95_us: 31_000 + index * 700 },
          copied_to_viewer: { times: index % 4, bytes: (index % 4) * 310 },
          copied_to_agent: { times: index % 3, bytes: (index % 3) * 95 },
        }
      : null,
  }
}

function endedBy(reason: EndReason, person: string): NonNullable<Session['end']>['by'] {
  if (reason === 'technician_ended') return { kind: 'technician', name: marina.name }
  if (reason === 'end_user_ended' || reason === 'consent_refused')
    return { kind: 'end_user', name: person }
  return null
}

/** The session with a story that fits its figures. */
export function withTimeline(session: Session): Session {
  const { technician, rights, consent, connected_at: connected, ended_at: ended, end } = session
  const events: SessionEvent[] = []
  const add = (at: string, kind: string, who: SessionEvent['who'], detail: object = {}) =>
    // The description knows nothing of the fields of an object whose fields depend on the kind.
    events.push({ at, kind, who, detail: detail as SessionEvent['detail'] })
  const person = { kind: 'account', name: technician.name }
  const machine = { kind: 'agent', name: consent?.by ?? session.machine_name }
  const server = { kind: 'server', name: 'farol' }
  add(session.requested_at, 'requested', person, { rights })
  if (consent !== null) {
    const given = consent.outcome === 'allowed'
    const kind = given ? 'consent_given' : 'consent_refused'
    add(consent.at, kind, machine, { outcome: consent.outcome, rights: given ? rights : [] })
  }
  if (connected !== null) {
    add(connected, 'connected', person)
    add(iso(Date.parse(connected) + 4000), 'said', person, {
      text: 'The printer is on the second floor.',
    })
    add(iso(Date.parse(connected) + 9000), 'handed_over', person, { to: theo.name })
    const from = Date.parse(connected)
    const length = (ended === null ? Date.now() : Date.parse(ended)) - from
    for (let at = 1; at <= session.resumes; at++) {
      const lost = from + (length * at) / (session.resumes + 2)
      add(iso(lost), 'interrupted', server, { detail: 'agent: closed without a code' })
      add(iso(lost + 1400), 'resumed', person)
    }
    if (session.resumes > 0 && consent !== null)
      add(iso(from + length * 0.9), 'rights_taken_back', machine, { taken: ['clipboard'] })
    if (session.interrupted_at !== null) add(session.interrupted_at, 'interrupted', server)
  }
  if (ended !== null) {
    const by = end?.by?.kind === 'technician' ? person : end?.by ? machine : server
    add(ended, 'ended', by, { reason: end?.reason ?? '' })
  }
  return { ...session, timeline: events }
}
