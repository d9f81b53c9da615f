/**
 * Who a machine is: quarantine, duplicates, merging, blocking, keys. Special values: an entry whose host name is `raced` was
 * decided about by somebody else first; the reason `too long` is refused.
 */
import type { Comparison, DuplicatePair, Machine, QuarantineEntry } from '~/api/types'

import { type MockDb, owner } from '../db'
import {
  evidenceLike,
  evidenceOf,
  identityOf,
  recordsOf,
  type MockComparison,
  type MockEntry,
  type MockPair,
} from '../identity-data'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/quarantine'
  | 'GET /api/quarantine/counts'
  | 'GET /api/quarantine/{id}'
  | 'POST /api/quarantine/{id}/approve'
  | 'POST /api/quarantine/{id}/refuse'
  | 'GET /api/machine-duplicates'
  | 'POST /api/machine-duplicates/dismiss'
  | 'GET /api/machines/{id}/identity'
  | 'GET /api/machines/{id}/removal'
  | 'POST /api/machines/{id}/merge'
  | 'DELETE /api/machines/{id}/merged/{record}'
  | 'POST /api/machines/{id}/block'
  | 'POST /api/machines/{id}/unblock'
  | 'POST /api/machines/{id}/rotate-key'
  | 'GET /api/server-certificate'
  | 'GET /api/server-identity'
  | 'POST /api/server-identity/rotate'
  | 'POST /api/server-identity/retire'

const UNDO_MS = 30 * 24 * 60 * 60 * 1000

export function findMachine(db: MockDb, id: string): Machine {
  const machine = db.machines.find((candidate) => candidate.id === id)
  if (!machine) throw notFound('machine')
  return machine
}

const conflict = (code: string, detail: string) => new MockProblem(409, code, detail)

function checkReason(reason: string | undefined): string {
  if (reason === 'too long') {
    const fields = [{ field: 'reason', code: 'too_long', detail: 'A reason is one line.' }]
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
  }
  return reason ?? ''
}

function quarantineHandlers(
  db: MockDb,
): Pick<Handlers<Names>, Extract<Names, `${string}quarantine${string}`>> {
  const compared = ({ machineId, agrees, differs }: MockComparison): Comparison | null => {
    const machine = db.machines.find(({ id }) => id === machineId)
    return machine ? { machine, evidence: evidenceOf(machine.hostname), agrees, differs } : null
  }
  const shown = ({ holds, like, ...entry }: MockEntry): QuarantineEntry => ({
    ...entry,
    holds_key_of: holds && compared(holds),
    candidates: entry.state === 'waiting' ? like.flatMap((one) => compared(one) ?? []) : [],
  })
  const find = (id: string): MockEntry => {
    const entry = db.quarantine.find((candidate) => candidate.id === id)
    if (!entry) throw notFound('quarantine entry')
    return entry
  }
  const decide = (
    id: string,
    state: string,
    result: string | null,
    reason = '',
  ): QuarantineEntry => {
    const entry = find(id)
    if (entry.state !== 'waiting' || entry.hostname === 'raced') {
      throw conflict('conflict', 'Somebody decided about this installation already.')
    }
    const now = new Date().toISOString()
    Object.assign(entry, {
      state,
      decided_at: now,
      decided_by: owner.name,
      decided_by_kind: 'account',
      decision_reason: reason || null,
      result_machine_id: result,
    })
    db.publish('quarantine', 'machines', 'audit')
    return shown(entry)
  }
  const admit = (entry: MockEntry): string => {
    const now = new Date().toISOString()
    const id = db.nextId()
    db.machines.push({
      ...db.machines[0]!,
      id,
      name: entry.hostname,
      hostname: entry.hostname,
      os: entry.os,
      users: [],
      sessions: [],
      block: null,
      state: 'active',
      presence: { status: 'online', since: now },
      enrolled_at: now,
      last_seen_at: now,
    })
    return id
  }
  return {
    'GET /api/quarantine': ({ query }) => {
      const wanted = query.get('waiting')
      const entries = db.quarantine.filter(
        ({ state }) => wanted === null || (state === 'waiting') === (wanted === 'true'),
      )
      return page(db, entries.map(shown), query)
    },
    'GET /api/quarantine/counts': () => ({
      waiting: db.quarantine.filter(({ state }) => state === 'waiting').length,
    }),
    'GET /api/quarantine/{id}': ({ id }) => shown(find(id)),
    'POST /api/quarantine/{id}/approve': ({ id, body }) => {
      const entry = find(id)
      if (body.as === 'machine') {
        if (entry.holds && entry.holds.machineId !== body.machine_id) {
          throw conflict('conflict', 'This installation holds the key of another machine.')
        }
        return decide(id, 'approved_same', findMachine(db, body.machine_id).id)
      }
      const decided = decide(id, 'approved_new', null)
      // Whoever holds another machine's key has to come again with a key of its own.
      if (entry.holds) return decided
      entry.result_machine_id = admit(entry)
      return shown(entry)
    },
    'POST /api/quarantine/{id}/refuse': ({ id, body }) => {
      return decide(id, 'refused', null, checkReason(body.reason))
    },
  }
}

function duplicateHandlers(
  db: MockDb,
): Pick<
  Handlers<Names>,
  Extract<Names, `${string}duplicates${string}` | `${string}merge${string}`>
> {
  const shown = ({ firstId, secondId, ...verdicts }: MockPair): DuplicatePair[] => {
    const [first, second] = [firstId, secondId].map((id) =>
      db.machines.find((candidate) => candidate.id === id),
    )
    if (!first || !second) return []
    const evidence = evidenceOf(first.hostname)
    return [
      {
        id: `${firstId}_${secondId}`,
        first: { machine: first, evidence },
        second: {
          machine: second,
          evidence: evidenceLike(second.hostname, evidence, verdicts.agrees),
        },
        ...verdicts,
      },
    ]
  }
  return {
    'GET /api/machine-duplicates': ({ query }) => page(db, db.pairs.flatMap(shown), query),
    'POST /api/machine-duplicates/dismiss': ({ body }) => {
      const ids = new Set([body.first_id, body.second_id])
      db.pairs = db.pairs.filter((pair) => !(ids.has(pair.firstId) && ids.has(pair.secondId)))
      db.publish('machines', 'audit')
      return null
    },
    'POST /api/machines/{id}/merge': ({ id, body }) => {
      const into = findMachine(db, id)
      const from = findMachine(db, body.from_id)
      if (into.presence.status === 'online' && from.presence.status === 'online') {
        throw conflict('both_online', `${into.name} and ${from.name} are connected both.`)
      }
      if (from.sessions.length > 0) {
        throw conflict('conflict', `${from.name} has open sessions. End them first.`)
      }
      const now = Date.now()
      db.machines.splice(db.machines.indexOf(from), 1)
      db.merges.push({
        id: from.id,
        name: from.name,
        merged_into: id,
        merged_at: new Date(now).toISOString(),
        undo_until: new Date(now + UNDO_MS).toISOString(),
        machine: from,
      })
      db.publish('machines', `machine:${id}`, `machine:${from.id}`, 'audit')
      return into
    },
    'DELETE /api/machines/{id}/merged/{record}': ({ id, params }) => {
      const merge = db.merges.find((one) => one.id === params['record'] && one.merged_into === id)
      if (!merge) throw notFound('merged record')
      if (new Date(merge.undo_until).getTime() < Date.now()) {
        throw conflict('merge_final', 'This merge is older than 30 days and stays.')
      }
      db.merges.splice(db.merges.indexOf(merge), 1)
      db.machines.push(merge.machine)
      db.publish('machines', `machine:${merge.id}`, `machine:${id}`, 'audit')
      return merge.machine
    },
  }
}

function machineHandlers(
  db: MockDb,
): Omit<
  Handlers<Names>,
  keyof ReturnType<typeof quarantineHandlers> | keyof ReturnType<typeof duplicateHandlers>
> {
  const touch = (machine: Machine): Machine => {
    db.publish('machines', `machine:${machine.id}`, 'audit')
    return machine
  }
  return {
    'GET /api/machines/{id}/identity': ({ id }) =>
      identityOf(findMachine(db, id), db.merges, db.keyChanges[id] ?? null),
    'GET /api/machines/{id}/removal': ({ id }) => {
      const machine = findMachine(db, id)
      const merged = recordsOf(id, db.merges).length
      const past = db.sessions.filter((one) => one.machine_id === id && one.state === 'ended')
      return {
        machine_id: id,
        name: machine.name,
        online: machine.presence.status === 'online',
        open_sessions: machine.sessions.length,
        records: 1 + merged,
        keys: 2 + merged,
        helpdesk_reports: 0,
        inventory_sections: 0,
        end_user_logins: 0,
        kept_sessions: past.length,
        keeps_audit: true,
      }
    },
    'POST /api/machines/{id}/block': ({ id, body }) => {
      const machine = findMachine(db, id)
      const reason = checkReason(body.reason)
      machine.state = 'blocked'
      const at = new Date().toISOString()
      machine.block = { at, by: owner.name, by_kind: 'account', reason }
      machine.presence = { status: 'offline', since: at }
      machine.sessions = []
      return touch(machine)
    },
    'POST /api/machines/{id}/unblock': ({ id }) => {
      const machine = findMachine(db, id)
      machine.state = 'active'
      machine.block = null
      return touch(machine)
    },
    'POST /api/machines/{id}/rotate-key': ({ id }) => {
      db.keyChanges[id] = new Date().toISOString()
      touch(findMachine(db, id))
      return null
    },
    'GET /api/server-certificate': () => db.serverCertificate,
    'GET /api/server-identity': () => db.serverIdentity,
    'POST /api/server-identity/rotate': () => {
      const { keys } = db.serverIdentity
      if (keys.length >= 4) throw conflict('conflict', 'Too many keys are held already.')
      const fingerprint = `5d2e${String(keys.length).padStart(12, '0')}`
      db.serverIdentity.keys = [
        { fingerprint, present: true, trusted_by: 0 },
        ...keys.map((key) => ({ ...key, present: false })),
      ]
      return db.serverIdentity
    },
    'POST /api/server-identity/retire': () => {
      const { keys } = db.serverIdentity
      if (keys.length < 2) throw conflict('conflict', 'There is no older identity key to retire.')
      db.serverIdentity.keys = keys.slice(0, 1)
      return db.serverIdentity
    },
  }
}

export const recognitionHandlers = (db: MockDb): Handlers<Names> => ({
  ...quarantineHandlers(db),
  ...duplicateHandlers(db),
  ...machineHandlers(db),
})
