/**
 * What helpdesk desktop agents use, and the login of a machine's end user. A secret works once. Special values: `wrong` is
 * refused, `blocked` belongs to a blocked machine.
 */
import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'

type Names =
  | 'POST /api/machines/register'
  | 'POST /api/machines/heartbeat'
  | 'POST /api/machines/inventory'
  | 'POST /api/machines/sessions'
  | 'POST /api/machine-logins'
  | 'GET /api/machine-logins/current'
  | 'DELETE /api/machine-logins/current'
  | 'GET /api/machines/{id}/helpdesk'
  | 'DELETE /api/machines/{id}/helpdesk/tokens'

export function machineRouteHandlers(db: MockDb): Handlers<Names> {
  const off = (): never => {
    throw new MockProblem(503, 'machine_routes_off', 'There is no provisioning secret here.')
  }
  let signedIn = false
  const used = new Set(['wrong'])
  const own = () => {
    const machine = db.machines[0]
    if (!machine) throw notFound('machine')
    const { id, name, hostname, os, presence } = machine
    return { id, name, hostname, os, presence }
  }
  return {
    'POST /api/machines/register': off,
    'POST /api/machines/heartbeat': off,
    'POST /api/machines/inventory': off,
    'POST /api/machines/sessions': off,
    'POST /api/machine-logins': ({ body }) => {
      if (body.secret === 'blocked') {
        throw new MockProblem(403, 'machine_blocked', 'A technician blocked this machine.')
      }
      if (used.has(body.secret)) {
        throw new MockProblem(403, 'link_invalid', 'This link is not valid.')
      }
      used.add(body.secret)
      signedIn = true
      return own()
    },
    'GET /api/machine-logins/current': () => {
      if (!signedIn) throw new MockProblem(401, 'machine_login_missing', 'Sign in first.')
      return own()
    },
    'DELETE /api/machine-logins/current': () => {
      signedIn = false
      return null
    },
    'GET /api/machines/{id}/helpdesk': ({ id }) => {
      const told = db.helpdesk[id]
      if (!told) throw notFound('machine')
      return told
    },
    'DELETE /api/machines/{id}/helpdesk/tokens': ({ id }) => {
      for (const token of db.helpdesk[id]?.tokens ?? []) {
        if (token.revoked_at) continue
        token.revoked_at = new Date().toISOString()
        token.revoked_because = 'withdrawn'
      }
      db.publish(`machine:${id}`, 'audit')
      return null
    },
  }
}
