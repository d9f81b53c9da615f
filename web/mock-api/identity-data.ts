/** Who machines are, who waits in quarantine, which pairs look alike; times are relative to `now` (milliseconds). */
import type {
  KnownQuarantineReason,
  Machine,
  MachineEvidence,
  MachineIdentity,
  MergedRecord,
  QuarantineEntry,
  ServerCertificate,
  ServerIdentity,
} from '~/api/types'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const iso = (at: number) => new Date(at).toISOString()

/** Repeatable hex digits that look like serial numbers. */
function hex(seed: string, length: number): string {
  let state = 2166136261
  let digits = ''
  for (let at = 0; digits.length < length; at += 1) {
    for (const letter of `${seed}/${at}`) {
      state = Math.imul(state ^ letter.charCodeAt(0), 16777619)
    }
    digits += (state >>> 0).toString(16).padStart(8, '0')
  }
  return digits.slice(0, length)
}

const uuid = (seed: string) =>
  [
    hex(seed, 8),
    hex(`${seed}b`, 4),
    `4${hex(`${seed}c`, 3)}`,
    `a${hex(`${seed}d`, 3)}`,
    hex(`${seed}e`, 12),
  ].join('-')

/** What a machine tells; the same for the same seed. */
export const evidenceOf = (seed: string): MachineEvidence => ({
  smbios_uuid: uuid(seed),
  os_install_id: hex(`${seed}os`, 32),
  board_serial: `PF${hex(`${seed}board`, 8).toUpperCase()}`,
  system_serial: '',
  disk_serials: [`S6XNNF0T${hex(`${seed}disk`, 6).toUpperCase()}`],
})

const nothing: MachineEvidence = {
  smbios_uuid: '',
  os_install_id: '',
  board_serial: '',
  system_serial: '',
  disk_serials: [],
}

/** What `seed` tells where it agrees with `known`, and something else everywhere else. */
export function evidenceLike(
  seed: string,
  known: MachineEvidence,
  agrees: readonly string[],
): MachineEvidence {
  const told = evidenceOf(seed)
  if (agrees.includes('smbios_uuid')) told.smbios_uuid = known.smbios_uuid
  if (agrees.includes('board_serial')) told.board_serial = known.board_serial
  if (agrees.includes('disk_serial')) told.disk_serials = known.disk_serials
  if (agrees.includes('os_install_id')) told.os_install_id = known.os_install_id
  return told
}

export const uidOf = (seed: string) => hex(`${seed}uid`, 64)

/** Verdicts on one known machine. */
export interface MockComparison {
  machineId: string
  agrees: string[]
  differs: string[]
}

/** An entry with ids in the place of machines. */
export interface MockEntry extends Omit<QuarantineEntry, 'holds_key_of' | 'candidates'> {
  holds: MockComparison | null
  like: MockComparison[]
}

export interface MockPair {
  firstId: string
  secondId: string
  agrees: string[]
  differs: string[]
  strong: boolean
}

/** A merged record with the machine that it was. */
export interface MockMerge extends MergedRecord {
  machine: Machine
}

const all = ['smbios_uuid', 'board_serial', 'disk_serial', 'os_install_id']
const but = (...kinds: string[]) => all.filter((kind) => !kinds.includes(kind))

interface Sketch {
  reason: KnownQuarantineReason
  hostname: string
  /** Index of the machine whose key it holds. */
  holds?: number
  /** Indexes of machines that share evidence. */
  like?: number[]
  agrees?: string[]
  token?: string
  address?: string
  attempts?: number
}

const lisbonToken = '0197c2a4-4c10-7b3e-9f21-000000000004'
const imageToken = '0197c2a4-4c10-7b3e-9f21-000000000003'

const sketches: Sketch[] = [
  { reason: 'copy', hostname: 'bench-a', holds: 16, agrees: all, attempts: 14 },
  {
    reason: 'other_hardware',
    hostname: 'wh-dock-1',
    holds: 9,
    agrees: ['os_install_id'],
    attempts: 31,
  },
  {
    reason: 'other_hardware',
    hostname: 'wh-dock-1b',
    holds: 9,
    agrees: ['os_install_id'],
    attempts: 30,
  },
  {
    reason: 'other_hardware',
    hostname: 'wh-dock-1c',
    holds: 9,
    agrees: ['os_install_id'],
    attempts: 30,
  },
  { reason: 'approve_first', hostname: 'LIS-RECEPTION', token: lisbonToken, attempts: 3 },
  { reason: 'approve_first', hostname: 'LIS-MEETING-2', token: lisbonToken, attempts: 2 },
  {
    reason: 'reinstalled',
    hostname: 'lab-oscilloscope',
    like: [11],
    agrees: but('os_install_id'),
    token: imageToken,
  },
  {
    reason: 'uid_online',
    hostname: 'PAY-01-copy',
    like: [14],
    agrees: all,
    token: imageToken,
    attempts: 5,
  },
  {
    reason: 'uid_blocked',
    hostname: 'rx-dock',
    like: [15],
    agrees: but('os_install_id'),
    token: imageToken,
  },
  {
    reason: 'ambiguous',
    hostname: 'build-runner-3',
    like: [4, 5],
    agrees: ['smbios_uuid'],
    token: imageToken,
  },
  {
    reason: 'partial',
    hostname: 'conf-lis-new',
    like: [6],
    agrees: ['disk_serial'],
    token: imageToken,
  },
  { reason: 'hardware_doubtful', hostname: 'scan-kiosk', holds: 2, agrees: ['disk_serial'] },
  { reason: 'copy_alive', hostname: 'bridge-03', holds: 3, agrees: all },
  { reason: 'former_key', hostname: 'design-ws', holds: 7, agrees: but('os_install_id') },
  { reason: 'merged_both_alive', hostname: 'ACC-02', holds: 1, agrees: all },
  {
    reason: 'sandbox',
    hostname: 'sandbox-7f21',
    token: imageToken,
    address: '203.0.113.77',
    attempts: 1,
  },
]

/** Everybody who may wait, one of each reason at least, and four about whom somebody has decided. */
export function someQuarantine(machines: readonly Machine[], now: number): MockEntry[] {
  const entry = (sketch: Sketch, index: number): MockEntry => {
    const { reason, hostname, agrees = [], holds, like = [] } = sketch
    const known = machines[holds ?? like[0] ?? -1]
    const told = evidenceLike(`new ${hostname}`, evidenceOf(known?.hostname ?? ''), agrees)
    const compared = (at: number): MockComparison => ({
      machineId: machines[at]!.id,
      agrees: all.filter((kind) => agrees.includes(kind)),
      differs: but(...agrees),
    })
    return {
      id: `0197c2a8-4c10-7b3e-9f21-${String(900 - index).padStart(12, '0')}`,
      organization_id: machines[0]!.organization_id,
      site_id: machines[0]!.site_id,
      reason,
      door: 'agent',
      state: 'waiting',
      hostname,
      os: known?.os ?? machines[0]!.os,
      agent_version: '0.1.0',
      address: sketch.address ?? known?.address ?? `10.4.0.${60 + index}`,
      machine_uid: uidOf(hostname),
      evidence: told,
      key_fingerprint: hex(`${hostname} key`, 16),
      enrollment_token_id: sketch.token ?? null,
      holds: holds === undefined ? null : compared(holds),
      like: like.map(compared),
      first_seen_at: iso(now - (index + 1) * 37 * MINUTE),
      last_seen_at: iso(now - (index % 3) * 41_000),
      attempts: sketch.attempts ?? 7,
      decided_at: null,
      decided_by: null,
      decided_by_kind: null,
      decision_reason: null,
      result_machine_id: null,
    }
  }
  const waiting = sketches.map(entry)
  const decided = (index: number, given: Partial<MockEntry>): MockEntry => ({
    ...entry({ reason: 'approve_first', hostname: 'decided', token: lisbonToken }, 40 + index),
    holds: null,
    like: [],
    decided_by: 'Marina Duarte',
    decided_by_kind: 'account',
    decided_at: iso(now - index * 9 * HOUR),
    ...given,
  })
  return [
    ...waiting,
    decided(1, {
      hostname: 'desk-front',
      state: 'approved_new',
      result_machine_id: machines[8]!.id,
    }),
    decided(2, {
      hostname: 'PAY-01',
      state: 'approved_same',
      reason: 'reinstalled',
      result_machine_id: machines[14]!.id,
    }),
    decided(3, {
      hostname: 'sandbox-11',
      state: 'refused',
      reason: 'sandbox',
      decision_reason: 'a test of the antivirus',
    }),
    decided(4, {
      hostname: 'bench-b',
      state: 'approved_new',
      reason: 'copy',
      decided_by: 'Theo Lindqvist',
    }),
    decided(5, {
      hostname: 'bridge-02',
      state: 'approved_same',
      reason: 'merged_both_alive',
      decided_by: 'server',
      decided_by_kind: 'server',
      result_machine_id: machines[3]!.id,
    }),
  ]
}

export function somePairs(machines: readonly Machine[]): MockPair[] {
  const pair = (first: number, second: number, agrees: string[], strong: boolean): MockPair => ({
    firstId: machines[first]!.id,
    secondId: machines[second]!.id,
    agrees,
    differs: but(...agrees),
    strong,
  })
  return [
    pair(11, 3, but('os_install_id'), true),
    pair(5, 4, all, true),
    pair(6, 2, ['disk_serial'], false),
  ]
}

/** “Front desk” has two records: one whose merge can be taken back and one whose merge stays. */
export function someMerges(machines: readonly Machine[], now: number): MockMerge[] {
  const desk = machines[8]!
  const merge = (index: number, name: string, daysAgo: number): MockMerge => {
    const id = `0197c2a9-4c10-7b3e-9f21-${String(index).padStart(12, '0')}`
    return {
      id,
      name,
      merged_into: desk.id,
      merged_at: iso(now - daysAgo * DAY),
      undo_until: iso(now - daysAgo * DAY + 30 * DAY),
      machine: {
        ...desk,
        id,
        name,
        hostname: name,
        sessions: [],
        users: [],
        presence: { status: 'offline', since: iso(now - daysAgo * DAY) },
      },
    }
  }
  return [merge(1, 'Front desk (old disk)', 3), merge(2, 'desk-front-2024', 44)]
}

export const serverKeys = (machines: readonly Machine[]): ServerIdentity => ({
  keys: [
    {
      fingerprint: '9c41d07be25a83f6',
      present: true,
      trusted_by: Math.max(0, machines.length - 3),
    },
    { fingerprint: '17f0a2c95be4d683', present: false, trusted_by: Math.min(3, machines.length) },
  ],
})

/** The records of a machine, and those that were merged into one of these. */
export function recordsOf(id: string, merges: readonly MockMerge[]): MockMerge[] {
  const direct = merges.filter(({ merged_into }) => merged_into === id)
  return direct.flatMap((merge) => [merge, ...recordsOf(merge.id, merges)])
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Got a month ago for three months, with nothing wrong. */
export const goodCertificate = (now: number): ServerCertificate => {
  const at = (days: number) => new Date(now + days * DAY_MS).toISOString()
  return {
    source: 'acme',
    certificate: {
      sha256: '4f9ad1c07b3e5a8826d0c1f47e9b6a35d82f01c9be74a6530e1d8c92b7f4a06e',
      names: ['farol.atlantico.example'],
      not_before: at(-30),
      not_after: at(60),
      renew_at: at(30),
      placeholder: false,
    },
    trouble: null,
  }
}

export function identityOf(
  machine: Machine,
  merges: readonly MockMerge[],
  askedAt: string | null,
): MachineIdentity {
  const seed = machine.hostname
  const since = new Date(machine.enrolled_at).getTime()
  return {
    machine_id: machine.id,
    machine_uid: machine.machine_uid,
    // A gateway whose agent cannot tell.
    evidence: seed === 'meter-gateway' ? nothing : evidenceOf(seed),
    install_id: uuid(`${seed} install`),
    install_counter: 1284,
    keys: [
      {
        fingerprint: hex(`${seed} key 2`, 16),
        state: 'current',
        added_at: iso(since + 12 * DAY),
        ended_at: null,
      },
      {
        fingerprint: hex(`${seed} key 1`, 16),
        state: 'former',
        added_at: iso(since),
        ended_at: iso(since + 12 * DAY),
      },
    ],
    key_change_asked_at: askedAt,
    trusts: '9c41d07be25a83f6',
    merged: recordsOf(machine.id, merges).map(({ machine: _, ...record }) => record),
  }
}
