/** Sessions. */
import type { Session } from '~/api/types'

import { type MockDb, owner } from '../db'
import { notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names = 'GET /api/sessions' | 'GET /api/sessions/{id}' | 'DELETE /api/sessions/{id}'

export function sessionHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): Session => {
    const session = db.sessions.find((candidate) => candidate.id === id)
    if (!session) throw notFound('session')
    return session
  }
  return {
    'GET /api/sessions': ({ query }) => {
      const machine = query.get('machine_id')
      const state = query.get('state')
      const wanted = db.sessions.filter(
        (session) =>
          (!machine || session.machine_id === machine) && (!state || session.state === state),
      )
      return page(db, wanted, query)
    },
    'GET /api/sessions/{id}': ({ id }) => find(id),
    'DELETE /api/sessions/{id}': ({ id }) => {
      const session = find(id)
      session.state = 'ended'
      session.ended_at = new Date().toISOString()
      session.end = {
        reason: 'technician_ended',
        by: { kind: 'technician', name: owner.name },
        detail: null,
      }
      const machine = db.machines.find((candidate) => candidate.id === session.machine_id)
      if (machine) machine.sessions = machine.sessions.filter((summary) => summary.id !== id)
      db.publish('sessions', `session:${id}`, 'machines', `machine:${session.machine_id}`, 'audit')
      return null
    },
  }
}
