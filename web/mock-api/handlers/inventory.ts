/**
 * The inventory of machines. The agent answers a wish to be read again after a moment. Special values: a comparison that begins before
 * the year 2020 has too many changes.
 */
import {
  canReadAgain,
  type Compared,
  type InventoryChange,
  type InventoryComparison,
} from '~/api/inventory'

import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/machines/{id}/inventory'
  | 'GET /api/machines/{id}/changes'
  | 'GET /api/machines/{id}/inventory/comparison'
  | 'POST /api/machines/{id}/inventory/refresh'

/** How long an agent takes to read its machine. */
const READING_MS = 400

const time = (at: string) => new Date(at).getTime()

/** The first value and the last one of what changed several times. */
function netOf(changes: readonly InventoryChange[]): Compared[] {
  const net = new Map<string, Compared>()
  for (const { id: _, at, ...change } of changes) {
    const key = `${change.section} ${change.path}`
    const later = net.get(key)
    net.set(key, later ? { ...later, before: change.before } : { ...change, last_changed_at: at })
  }
  return [...net.values()]
}

export function inventoryHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string) => {
    const all = [...db.machines, ...db.queue.map((person) => person.machine)]
    const machine = all.find((candidate) => candidate.id === id)
    if (!machine) throw notFound('machine')
    return machine
  }
  const sectionsOf = (id: string) => db.inventories[find(id).id]?.sections ?? []
  const compare = (id: string, query: URLSearchParams): InventoryComparison => {
    const from = query.get('from') ?? ''
    const to = query.get('to') ?? new Date().toISOString()
    if (!(time(from) < time(to))) {
      const fields = [{ field: 'from', code: 'invalid', detail: 'Name a moment before the other.' }]
      throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
    }
    const changes = (db.inventoryChanges[id] ?? []).filter(
      ({ at }) => time(at) >= time(from) && time(at) < time(to),
    )
    return {
      machine_id: id,
      from,
      to,
      sections: sectionsOf(id).map(({ section, first_at: since }) => ({
        ...{ section, known_since: since, whole: time(since) <= time(from) },
      })),
      changes: netOf(changes),
      truncated: time(from) < Date.UTC(2020, 0),
    }
  }
  const refresh = (id: string): null => {
    const machine = find(id)
    switch (canReadAgain(machine)) {
      case 'notAllowed':
        throw new MockProblem(403, 'forbidden', 'None of your roles allows this here.')
      case 'offline':
        throw new MockProblem(409, 'machine_offline', `${machine.name} is offline.`)
      case 'cannot':
        throw new MockProblem(409, 'capability_missing', 'The agent delivers no inventory.')
      case 'yes':
        setTimeout(() => {
          const now = new Date().toISOString()
          for (const part of db.inventories[id]?.sections ?? []) part.received_at = now
          db.publish(`machine:${id}`)
        }, READING_MS)
        return null
    }
  }
  return {
    'GET /api/machines/{id}/inventory': ({ id, query }) => {
      if (db.scenario === 'failing')
        throw new MockProblem(500, 'internal', 'The server has failed.')
      const wanted = query.get('section')
      const sections = sectionsOf(id).filter(({ section }) => !wanted || section === wanted)
      // The description has facts as any members; what they are stands in the console's own `inventory.ts`.
      return {
        machine_id: id,
        sections: sections.map((part) => ({ ...part, facts: { ...part.facts } })),
      }
    },
    'GET /api/machines/{id}/changes': ({ id, query }) => {
      const [section, kind] = [query.get('section'), query.get('kind')]
      const changes = db.inventoryChanges[find(id).id] ?? []
      const wanted = changes.filter(
        (change) => (!section || change.section === section) && (!kind || change.kind === kind),
      )
      return page(db, wanted, query)
    },
    'GET /api/machines/{id}/inventory/comparison': ({ id, query }) => compare(id, query),
    'POST /api/machines/{id}/inventory/refresh': ({ id }) => refresh(id),
  }
}
