/** What a helpdesk's desktop agent told about a machine; times are relative to `now` (milliseconds). */
import type { HelpdeskAgent, Machine } from '~/api/types'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const iso = (at: number) => new Date(at).toISOString()

const bare = (id: string): HelpdeskAgent => ({
  machine_id: id,
  since: null,
  last_heartbeat_at: null,
  access_profile: null,
  account_email: null,
  state: null,
  metrics: {},
  remote_access: {},
  sections: [],
  heartbeats: [],
  tokens: [],
})

export function helpdeskOf(machine: Machine, now: number): HelpdeskAgent {
  if (!machine.doors.includes('helpdesk')) return bare(machine.id)
  const section = (name: string, body: unknown) => ({
    name,
    at: iso(now - 3 * HOUR),
    hash: 'c0ffee'.padEnd(64, '0'),
    body,
  })
  const token = (index: number, ended: object) => ({
    id: `0197c2ac-4c10-7b3e-9f21-${String(index).padStart(12, '0')}`,
    created_at: iso(now - (60 - index * 20) * DAY),
    expires_at: iso(now - (60 - index * 20) * DAY + 90 * DAY),
    last_used_at: iso(now - 2 * MINUTE),
    address: machine.address,
    revoked_at: null,
    revoked_because: null,
    ...ended,
  })
  return {
    ...bare(machine.id),
    since: iso(now - 60 * DAY),
    last_heartbeat_at: iso(now - 2 * MINUTE),
    access_profile: 'collaborator',
    account_email: 'reception@atlantico.example',
    state: 'online',
    sections: [
      section('hardware', { cpu: 'Intel Core i5-10400', memory_gb: 16, disks: [{}, {}] }),
      section('programs', [{ name: 'Editor' }, { name: 'Mail' }, { name: 'Browser' }]),
    ],
    heartbeats: [],
    tokens: [
      token(2, {}),
      token(1, { revoked_at: iso(now - 20 * DAY), revoked_because: 'registered_again' }),
    ],
  }
}
