/** Roles. Special value: a role that is renamed to `conflict` was changed by somebody else first. */
import type { Role } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { checkedName, nextVersion, requireAll, requireForServer, requireSeen } from './checks'
import { page } from './pages'

type Names =
  'GET /api/roles' | 'POST /api/roles' | 'PATCH /api/roles/{id}' | 'DELETE /api/roles/{id}'

export function roleHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): Role => {
    const role = db.roles.find(({ key, built_in }) => key === id && !built_in)
    if (!role) throw notFound('role')
    return role
  }
  const namesBut = (key: string) =>
    db.roles.filter((role) => role.key !== key).map(({ name }) => name)
  const change = (role: Role, to: Partial<Role>) => {
    Object.assign(role, to, { etag: nextVersion(role) })
    db.publish('roles', 'audit')
  }
  return {
    'GET /api/roles': ({ query }) => page(db, db.roles, query),
    'POST /api/roles': ({ body }) => {
      requireForServer(db, 'role.manage')
      const name = checkedName(body.name, namesBut(''))
      requireAll(db, body.permissions)
      const created: Role = {
        key: db.nextId(),
        name,
        description: (body.description ?? '').trim(),
        built_in: false,
        permissions: body.permissions,
        accounts: 0,
        etag: '"1"',
      }
      db.roles.push(created)
      db.publish('roles', 'audit')
      return created
    },
    'PATCH /api/roles/{id}': ({ id, body, headers }) => {
      requireForServer(db, 'role.manage')
      const role = find(id)
      if (body.name === 'conflict' && role.etag === headers.get('If-Match'))
        change(role, { description: 'Somebody’s choice' })
      requireSeen(role, headers)
      const permissions = body.permissions ?? role.permissions
      const name = checkedName(body.name ?? role.name, namesBut(id))
      requireAll(db, [...role.permissions, ...permissions])
      change(role, {
        name,
        permissions,
        description: (body.description ?? role.description).trim(),
      })
      return role
    },
    'DELETE /api/roles/{id}': ({ id, headers }) => {
      requireForServer(db, 'role.manage')
      const role = find(id)
      requireSeen(role, headers)
      const rules = db.accessRules.filter((rule) => rule.role === id).length
      if (role.accounts + rules > 0) {
        const detail = `“${role.name}” is in use: ${role.accounts} accounts have it, 0 open invitations give it, ${rules} access rules speak of it. Take it away there first.`
        throw new MockProblem(409, 'role_in_use', detail)
      }
      db.roles.splice(db.roles.indexOf(role), 1)
      db.publish('roles', 'audit')
      return null
    },
  }
}
