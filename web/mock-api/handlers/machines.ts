/**
 * Machines. Special values: a machine that is renamed to `conflict` was renamed by somebody else first, and one that is moved to
 * a site of that name was moved by somebody else first.
 */
import type { Machine } from '~/api/types'

import type { MockDb } from '../db'
import { openSession } from '../live-sessions'
import { lookAtSearch, search } from '../machine-search'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/machines'
  | 'GET /api/machines/search'
  | 'GET /api/machines/{id}'
  | 'PATCH /api/machines/{id}'
  | 'DELETE /api/machines/{id}'
  | 'POST /api/machines/{id}/sessions'

export function machineHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): Machine => {
    const all = [...db.machines, ...db.queue.map((person) => person.machine)]
    const machine = all.find((candidate) => candidate.id === id)
    if (!machine) throw notFound('machine')
    return machine
  }
  const touch = (machine: Machine, to: Partial<Pick<Machine, 'name' | 'site_id'>>) => {
    Object.assign(machine, to)
    machine.etag = `"${Number(machine.etag.slice(1, -1)) + 1}"`
    db.publish('machines', `machine:${machine.id}`, 'audit')
  }
  return {
    'GET /api/machines': ({ query }) => page(db, search(db, query.get('q') ?? ''), query),
    'GET /api/machines/search': ({ query }) => lookAtSearch(db, query),
    'GET /api/machines/{id}': ({ id }) => find(id),
    'PATCH /api/machines/{id}': ({ id, body, headers }) => {
      const machine = find(id)
      if (body.name === 'conflict' && machine.etag === headers.get('If-Match'))
        touch(machine, { name: 'Somebody’s choice' })
      const site = db.sites.find((one) => one.id === body.site_id)
      if (body.site_id && site?.organization_id !== machine.organization_id) throw notFound('site')
      if (site?.name === 'conflict' && machine.etag === headers.get('If-Match')) {
        const other = db.sites.find((one) => one.name !== 'conflict' && one.id !== machine.site_id)
        touch(machine, { site_id: other?.id ?? machine.site_id })
      }
      if (machine.etag !== headers.get('If-Match')) {
        throw new MockProblem(412, 'version_mismatch', 'The machine was changed in the meantime.')
      }
      touch(machine, {
        name: body.name ?? machine.name,
        site_id: body.site_id ?? machine.site_id,
      })
      return machine
    },
    'DELETE /api/machines/{id}': ({ id }) => {
      db.machines.splice(db.machines.indexOf(find(id)), 1)
      db.publish('machines', `machine:${id}`, 'audit')
      return null
    },
    'POST /api/machines/{id}/sessions': ({ id, body }) => openSession(db, find(id), body),
  }
}
