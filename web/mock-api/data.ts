/** A believable fleet, some history, tokens and audit entries; times are relative to `now` (milliseconds). */
import type { AuditEntry, EnrollmentToken, EnrollmentTokenUse, Machine } from '~/api/types'

import { uidOf } from './identity-data'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const org = '0197c2a0-0000-7000-8000-000000000001'
const site = '0197c2a0-0000-7000-8000-000000000002'
const lisbon = '0197c2a0-0000-7000-8000-000000000003'
export const marina = { id: '0197c2a0-0000-7000-8000-00000000000a', name: 'Marina Duarte' }
export const theo = { id: '0197c2a0-0000-7000-8000-00000000000b', name: 'Theo Lindqvist' }

export const iso = (at: number) => new Date(at).toISOString()
export const idOf = (kind: number, index: number) =>
  `0197c2a${kind.toString(16)}-4c10-7b3e-9f21-${String(index).padStart(12, '0')}`

const debian = {
  family: 'linux',
  name: 'Debian GNU/Linux',
  version: '12 (bookworm)',
  arch: 'x86_64',
}
const ubuntu = { family: 'linux', name: 'Ubuntu', version: '24.04.3 LTS', arch: 'x86_64' }
const fedora = {
  family: 'linux',
  name: 'Fedora Linux',
  version: '44 (Workstation)',
  arch: 'x86_64',
}
const raspberry = {
  family: 'linux',
  name: 'Debian GNU/Linux',
  version: '13 (trixie)',
  arch: 'aarch64',
}

interface Sketch {
  name: string
  hostname?: string
  os?: Machine['os']
  users?: string[]
  /** Minutes since it went offline; absent while it is online. */
  offline?: number
  /** Minutes since it came online. */
  up?: number
  address: string
  screen?: string
  version?: string
  /** Whether a helpdesk's agent speaks for it, too. */
  helpdesk?: boolean
  /** Why it is blocked, if it is. */
  blocked?: string
}

const fleet: Sketch[] = [
  { name: 'Accounting 1', hostname: 'ACC-01', users: ['h.moreira'], address: '10.2.0.21', up: 312 },
  {
    name: 'Accounting 2',
    hostname: 'ACC-02',
    users: ['l.tavares'],
    address: '10.2.0.22',
    up: 295,
    screen: 'locked',
  },
  {
    name: 'Archive scanner',
    hostname: 'scan-kiosk',
    os: raspberry,
    address: '10.2.4.9',
    offline: 3 * 1440,
  },
  { name: 'bridge-03', os: ubuntu, users: ['ops'], address: '10.2.9.3', up: 5760 },
  { name: 'build-runner-1', os: ubuntu, address: '10.2.9.11', up: 20160, screen: 'no_display' },
  { name: 'build-runner-2', os: ubuntu, address: '10.2.9.12', up: 20160, screen: 'no_display' },
  {
    name: 'Conference Lisbon',
    hostname: 'conf-lis',
    os: fedora,
    address: '10.6.1.40',
    offline: 41,
  },
  {
    name: 'design-ws',
    os: fedora,
    users: ['a.kovac', 'remote.render'],
    address: '10.2.3.17',
    up: 190,
  },
  {
    name: 'Front desk',
    hostname: 'desk-front',
    users: ['reception'],
    address: '10.2.1.5',
    up: 640,
    helpdesk: true,
  },
  {
    name: 'Goods in',
    hostname: 'wh-dock-1',
    os: raspberry,
    users: ['dock'],
    address: '10.4.0.11',
    up: 77,
  },
  {
    name: 'Goods out',
    hostname: 'wh-dock-2',
    os: raspberry,
    users: ['dock'],
    address: '10.4.0.12',
    up: 76,
    screen: 'blank',
  },
  { name: 'lab-oscilloscope', os: debian, address: '10.2.7.30', offline: 9 },
  {
    name: 'Marina’s laptop',
    hostname: 'md-x1',
    os: fedora,
    users: ['marina'],
    address: '192.168.40.12',
    up: 22,
  },
  {
    name: 'meter-gateway',
    os: raspberry,
    address: '172.20.3.2',
    up: 43200,
    screen: 'no_display',
    version: '0.0.9',
  },
  { name: 'Payroll', hostname: 'PAY-01', users: ['c.nunes'], address: '10.2.0.31', up: 254 },
  {
    name: 'Reception tablet dock',
    hostname: 'rx-dock',
    os: ubuntu,
    address: '10.2.1.6',
    offline: 26 * 1440,
    version: '0.0.8',
    blocked: 'Stolen on 30 October, case 4711',
  },
  { name: 'Support bench A', hostname: 'bench-a', users: ['bench'], address: '10.2.8.2', up: 18 },
  { name: 'Support bench B', hostname: 'bench-b', address: '10.2.8.3', up: 3 },
]

export function someMachines(now: number): Machine[] {
  return fleet.map((sketch, index) => {
    const online = sketch.offline === undefined
    const since = iso(now - (sketch.offline ?? sketch.up ?? 60) * MINUTE)
    const screen = sketch.screen ?? 'ok'
    return {
      id: idOf(1, index),
      name: sketch.name,
      organization_id: org,
      site_id: site,
      presence: { status: online ? 'online' : 'offline', since },
      os: sketch.os ?? debian,
      hostname: sketch.hostname ?? sketch.name,
      users: (online ? (sketch.users ?? []) : []).map((name) => ({ name, since })),
      agent_version: sketch.version ?? '0.1.0',
      doors: sketch.helpdesk ? ['agent', 'helpdesk'] : ['agent'],
      capabilities: screen === 'no_display' ? [] : ['screen', 'input', 'clipboard'],
      screen: online ? { state: screen, detail: '' } : null,
      last_seen_at: online ? iso(now - 2000) : since,
      enrolled_at: iso(now - (40 + index) * DAY),
      address: sketch.address,
      one_time: false,
      sessions: [],
      state: sketch.blocked ? 'blocked' : 'active',
      block: sketch.blocked
        ? {
            at: iso(now - 25 * DAY),
            by: marina.name,
            by_kind: 'account',
            reason: sketch.blocked,
          }
        : null,
      door: 'agent',
      permissions: [],
      labels: {
        department: index % 2 === 0 ? 'Accounting' : null,
        device_type: null,
        tags: index % 3 === 0 ? ['leased'] : [],
      },
      machine_uid: uidOf(sketch.hostname ?? sketch.name),
      etag: '"1"',
    }
  })
}

export function someTokens(now: number): EnrollmentToken[] {
  const token = (
    index: number,
    given: Partial<EnrollmentToken> & { name: string },
  ): EnrollmentToken => ({
    id: idOf(4, index),
    site_id: site,
    organization_id: org,
    state: 'active',
    labels: { department: null, device_type: null, tags: [] },
    uses: 0,
    max_uses: 1,
    waiting: 0,
    approval: 'when_doubtful',
    networks: [],
    expires_at: iso(now + DAY),
    created_at: iso(now - 2 * HOUR),
    created_by: marina,
    revoked_at: null,
    etag: '"1"',
    ...given,
  })
  return [
    token(5, { name: 'Support bench', uses: 1, max_uses: 5, approval: 'automatic' }),
    token(4, {
      name: 'Lisbon office',
      site_id: lisbon,
      labels: { department: 'Sales', device_type: 'laptop', tags: ['lisbon', 'leased'] },
      networks: ['10.4.0.0/16', '2001:db8:4::/48'],
      uses: 3,
      max_uses: 25,
      waiting: 2,
      expires_at: iso(now + 6 * DAY),
      created_at: iso(now - DAY),
      created_by: theo,
    }),
    token(3, {
      name: 'Warehouse image',
      labels: { department: 'Logistics', device_type: null, tags: ['image'] },
      uses: 12,
      max_uses: null,
      approval: 'first',
      expires_at: iso(now + 23 * DAY),
      created_at: iso(now - 7 * DAY),
    }),
    token(2, {
      name: 'Payroll replacement',
      state: 'used_up',
      uses: 1,
      created_at: iso(now - 12 * DAY),
      expires_at: iso(now - 5 * DAY),
    }),
    token(1, {
      name: 'Contractor laptops',
      state: 'revoked',
      uses: 2,
      max_uses: 10,
      approval: 'first',
      created_at: iso(now - 30 * DAY),
      expires_at: iso(now - 2 * DAY),
      revoked_at: iso(now - 20 * DAY),
    }),
    token(0, {
      name: 'First machines',
      state: 'expired',
      uses: 4,
      max_uses: 50,
      approval: 'automatic',
      created_at: iso(now - 44 * DAY),
      expires_at: iso(now - 37 * DAY),
    }),
  ]
}

/** Who came with the token “Lisbon office”: one that is there, one that was merged into it, one that was removed. */
export function someUses(machines: readonly Machine[], now: number) {
  const machine = machines[2] && { id: machines[2].id, name: machines[2].name }
  const used = (index: number, given: Partial<EnrollmentTokenUse>): EnrollmentTokenUse => ({
    id: idOf(6, index),
    at: iso(now - index * 3 * HOUR),
    machine_id: idOf(7, index),
    machine_name: `LIS-0${index}`,
    address: `10.4.0.${20 + index}`,
    machine: null,
    ...given,
  })
  return {
    [idOf(4, 4)]: [
      used(1, { machine, machine_id: machine?.id ?? null }),
      used(2, { machine }),
      used(3, {}),
    ],
  }
}

export function someAudit(now: number): AuditEntry[] {
  const person = { kind: 'account', ...marina }
  const other = { kind: 'account', ...theo }
  const machine = (index: number) => ({
    kind: 'machine',
    id: idOf(1, index),
    name: fleet[index]?.name ?? '',
  })
  type Kind = Pick<AuditEntry, 'actor' | 'action' | 'target' | 'detail'> &
    Partial<Pick<AuditEntry, 'before' | 'after'>>
  const kinds: Kind[] = [
    { actor: other, action: 'session.connected', target: machine(8), detail: { rights: 'view' } },
    { actor: other, action: 'session.requested', target: machine(8), detail: { rights: 'view' } },
    {
      actor: person,
      action: 'session.ended',
      target: machine(0),
      detail: { reason: 'technician_ended', duration_seconds: 412 },
    },
    {
      actor: person,
      action: 'machine.renamed',
      target: machine(14),
      detail: {},
      before: { name: 'PAY-01' },
      after: { name: 'Payroll' },
    },
    {
      actor: person,
      action: 'login.started',
      target: null,
      detail: { method: 'password', address: '192.168.40.12' },
    },
    {
      actor: { kind: 'account', id: null, name: 'marina@atlantico.example' },
      action: 'login.refused',
      target: null,
      detail: { address: '192.168.40.12' },
    },
    {
      actor: { kind: 'agent', id: idOf(1, 17), name: 'bench-b' },
      action: 'machine.enrolled',
      target: machine(17),
      detail: { token: 'Support bench' },
    },
    {
      actor: person,
      action: 'enrollment_token.created',
      target: { kind: 'enrollment_token', id: idOf(4, 5), name: 'Support bench' },
      detail: { max_uses: 5 },
    },
    {
      actor: person,
      action: 'enrollment_token.revoked',
      target: { kind: 'enrollment_token', id: idOf(4, 1), name: 'Contractor laptops' },
      detail: {},
    },
    {
      actor: { kind: 'server', id: null, name: 'server' },
      action: 'session.ended',
      target: machine(11),
      detail: { reason: 'machine_offline', duration_seconds: 2210 },
    },
    {
      actor: person,
      action: 'enrollment_token.changed',
      target: { kind: 'enrollment_token', id: idOf(4, 5), name: 'Support bench' },
      detail: {},
      before: { max_uses: 5, labels: ['bench'] },
      after: { max_uses: 20, labels: ['bench'], shelf: 'second delivery' },
    },
    {
      actor: { kind: 'agent', id: idOf(1, 3), name: fleet[3]?.name ?? '' },
      action: 'machine.rolled_back',
      target: machine(3),
      detail: { counter: 17, expected: 42 },
    },
    {
      actor: person,
      action: 'machine.merged',
      target: machine(3),
      detail: { merged_machine: 'bridge-03-old' },
    },
    {
      actor: person,
      action: 'machine.rebound',
      target: machine(14),
      detail: { hostname: 'PAY-01-new', quarantine_id: idOf(8, 1) },
    },
    {
      actor: { kind: 'command_line', id: null, name: 'command line' },
      action: 'sign_in_link.created',
      target: { kind: 'account', id: marina.id, name: marina.name },
      detail: {},
    },
    // Of a newer server.
    { actor: other, action: 'robot.polished', target: machine(2), detail: { wax: true } },
  ]
  return Array.from({ length: 130 }, (_, index): AuditEntry => {
    const kind = kinds[index % kinds.length]!
    return {
      id: idOf(5, 500 - index),
      organization_id: org,
      seq: 500 - index,
      at: iso(now - (index * 17 + 4) * MINUTE),
      before: null,
      after: null,
      address: kind.actor.kind === 'account' ? '192.168.40.12' : null,
      ...kind,
      request_id:
        kind.actor.kind === 'server'
          ? null
          : `01JD${(0x9f3c2 + index * 7919).toString(36).toUpperCase().padStart(8, '0')}`,
    }
  })
}
