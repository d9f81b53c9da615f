/** People who wait with a support code, and codes that are open; times are relative to `now` (milliseconds). */
import type { Machine, OneTimeAgent, SupportCode, WaitingPerson } from '~/api/types'

const MINUTE = 60_000

const organization = '0197c2a0-0000-7000-8000-000000000001'
const site = '0197c2a0-0000-7000-8000-000000000002'
const marina = { id: '0197c2a0-0000-7000-8000-00000000000a', name: 'Marina Duarte' }
export const theo = { id: '0197c2a0-0000-7000-8000-00000000000b', name: 'Theo Lindqvist' }

const iso = (at: number) => new Date(at).toISOString()
const idOf = (kind: number, index: number) =>
  `0197c2a${kind.toString(16)}-4c10-7b3e-9f21-${String(index).padStart(12, '0')}`

export const someAgents: OneTimeAgent[] = [
  { system: 'windows', arch: 'x86_64', size: 5_240_000 },
  { system: 'linux', arch: 'x86_64', size: 6_910_000 },
  { system: 'linux', arch: 'aarch64', size: 6_430_000 },
]

function stranger(index: number, hostname: string, user: string, now: number): Machine {
  const since = iso(now - 4 * MINUTE)
  return {
    id: idOf(7, index),
    name: hostname,
    organization_id: organization,
    site_id: site,
    presence: { status: 'online', since },
    os: { family: 'linux', name: 'Ubuntu', version: '24.04.3 LTS', arch: 'x86_64' },
    hostname,
    users: user ? [{ name: user, since }] : [],
    agent_version: '0.1.0',
    doors: ['agent'],
    capabilities: ['screen', 'input', 'clipboard'],
    screen: { state: 'ok', detail: '' },
    last_seen_at: iso(now),
    enrolled_at: since,
    address: '203.0.113.40',
    one_time: true,
    sessions: [],
    state: 'active',
    block: null,
    door: 'agent',
    labels: { department: null, device_type: null, tags: [] },
    permissions: [],
    machine_uid: null,
    etag: '"1"',
  }
}

export function someWaiting(now: number): WaitingPerson[] {
  const person = (
    index: number,
    machine: Machine,
    given: Partial<WaitingPerson> & { minutes: number },
  ): WaitingPerson => {
    const { minutes, ...rest } = given
    return {
      id: idOf(8, index),
      machine,
      since: iso(now - minutes * MINUTE),
      note: '',
      assigned_to: null,
      taken_by: null,
      taken_at: null,
      ...rest,
    }
  }
  return [
    person(1, stranger(1, 'studio-ana', 'ana', now), {
      minutes: 11,
      note: 'Ana Prado, printer, ticket 4711',
    }),
    person(2, stranger(2, 'joao-notebook', 'joao', now), {
      minutes: 7,
      note: 'João, +55 81 5550 1234',
      assigned_to: marina,
    }),
    person(3, stranger(3, 'caixa-03', '', now), {
      minutes: 6,
      assigned_to: theo,
      taken_by: theo,
      taken_at: iso(now - 2 * MINUTE),
    }),
  ]
}

export function someSupportCodes(now: number): SupportCode[] {
  const code = (index: number, given: Partial<SupportCode> & { left: number }): SupportCode => {
    const { left, ...rest } = given
    return {
      id: idOf(8, 100 + index),
      organization_id: organization,
      note: '',
      created_by: marina,
      assigned_to: null,
      created_at: iso(now - 8 * MINUTE),
      expires_at: iso(now + left * MINUTE),
      ...rest,
    }
  }
  return [
    code(1, { left: 22, note: 'Front office of Lima & Filhos' }),
    code(2, { left: 52, assigned_to: theo, created_by: theo }),
  ]
}
