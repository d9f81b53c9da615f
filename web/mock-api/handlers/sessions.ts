/** Sessions. What happens in those that are opened here is decided by `db.viewer`, see `live-sessions.ts`. */
import { type MockDb, owner } from '../db'
import { askRights, endSession, findSession, resumeSession } from '../live-sessions'
import { withTimeline } from '../session-data'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/sessions'
  | 'GET /api/sessions/{id}'
  | 'DELETE /api/sessions/{id}'
  | 'POST /api/sessions/{id}/resume'
  | 'POST /api/sessions/{id}/rights'
  | 'POST /api/sessions/remove'

export function sessionHandlers(db: MockDb): Handlers<Names> {
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
    'GET /api/sessions/{id}': ({ id }) => withTimeline(findSession(db, id)),
    'DELETE /api/sessions/{id}': ({ id }) => {
      const by = { kind: 'technician', name: owner.name }
      if (findSession(db, id).state !== 'ended')
        endSession(db, id, { reason: 'technician_ended', by, detail: null })
      return null
    },
    'POST /api/sessions/{id}/resume': ({ id }) => resumeSession(db, id),
    'POST /api/sessions/{id}/rights': ({ id, body }) => ({
      session: askRights(db, id, body.rights),
    }),
    'POST /api/sessions/remove': ({ body }) => {
      const before = db.sessions.length
      db.sessions = db.sessions.filter(({ id }) => !body.ids.includes(id))
      db.publish('sessions', 'audit')
      return { removed: before - db.sessions.length }
    },
  }
}
