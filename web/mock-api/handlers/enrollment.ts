/** Enrollment tokens. Special value: the name `taken` is refused. */
import type { CreatedEnrollmentToken } from '~/api/types'

import { type MockDb, organization, owner, site } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/enrollment-tokens'
  | 'POST /api/enrollment-tokens'
  | 'DELETE /api/enrollment-tokens/{id}'

export function enrollmentHandlers(db: MockDb): Handlers<Names> {
  return {
    'GET /api/enrollment-tokens': ({ query }) => page(db, db.tokens, query),
    'POST /api/enrollment-tokens': ({ body }) => {
      if (body.name === 'taken') {
        const fields = [{ field: 'name', code: 'taken', detail: 'There is a token of this name.' }]
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      const now = Date.now()
      const created: CreatedEnrollmentToken = {
        id: db.nextId(),
        name: body.name,
        site_id: body.site_id ?? site.id,
        organization_id: organization.id,
        uses: 0,
        max_uses: body.max_uses ?? null,
        expires_at: new Date(now + body.expires_in_seconds * 1000).toISOString(),
        created_at: new Date(now).toISOString(),
        created_by: owner,
        revoked_at: null,
        token: 'farol_enr_Zk3q8VwT1mXbR5uYpL0aJ9dHcG7eN2sK6fQxIoWtB4E_9c41d07be25a83f6_3fa81c',
      }
      const { token: _secret, ...kept } = created
      db.tokens.unshift(kept)
      db.publish('enrollment-tokens', 'audit')
      return created
    },
    'DELETE /api/enrollment-tokens/{id}': ({ id }) => {
      const token = db.tokens.find((candidate) => candidate.id === id)
      if (!token) throw notFound('enrollment token')
      token.revoked_at = new Date().toISOString()
      db.publish('enrollment-tokens', 'audit')
      return null
    },
  }
}
