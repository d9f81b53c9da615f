/** Machines. Special value: a machine that is renamed to `conflict` was renamed by somebody else first. */
import type { Machine } from '~/api/types'

import { type MockDb, organization, secondSite, site } from '../db'
import { openSession } from '../live-sessions'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/organizations'
  | 'GET /api/sites'
  | 'GET /api/machines'
  | 'GET /api/machines/{id}'
  | 'PATCH /api/machines/{id}'
  | 'DELETE /api/machines/{id}'
  | 'POST /api/machines/{id}/sessions'

const created_at = '2026-01-12T09:00:00Z'

export function machineHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): Machine => {
    const all = [...db.machines, ...db.queue.map((person) => person.machine)]
    const machine = all.find((candidate) => candidate.id === id)
    if (!machine) throw notFound('machine')
    return machine
  }
  const touch = (machine: Machine, name: string) => {
    machine.name = name
    machine.etag = `"${Number(machine.etag.slice(1, -1)) + 1}"`
    db.publish('machines', `machine:${machine.id}`, 'audit')
  }
  return {
    'GET /api/organizations': () => ({
      items: [{ ...organization, created_at }],
      next_cursor: null,
    }),
    'GET /api/sites': ({ query }) =>
      page(
        db,
        [site, secondSite].map((known) => ({ ...known, created_at })),
        query,
      ),
    'GET /api/machines': ({ query }) => page(db, db.machines, query),
    'GET /api/machines/{id}': ({ id }) => find(id),
    'PATCH /api/machines/{id}': ({ id, body, headers }) => {
      const machine = find(id)
      if (body.name === 'conflict' && machine.etag === headers.get('If-Match'))
        touch(machine, 'Somebody’s choice')
      if (machine.etag !== headers.get('If-Match')) {
        throw new MockProblem(412, 'version_mismatch', 'The machine was changed in the meantime.')
      }
      touch(machine, body.name)
      return machine
    },
    'DELETE /api/machines/{id}': ({ id }) => {
      db.machines.splice(db.machines.indexOf(find(id)), 1)
      db.publish('machines', `machine:${id}`, 'audit')
      return null
    },
    'POST /api/machines/{id}/sessions': ({ id, body }) => openSession(db, find(id), body.rights),
  }
}
