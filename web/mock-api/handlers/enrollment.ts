/**
 * Enrollment tokens. Special values: the name `taken` is refused, and a token that is renamed to `conflict` was changed by
 * somebody else first; the network `nowhere` is none.
 */
import type { CreatedEnrollmentToken, EnrollmentToken, Labels } from '~/api/types'

import { type MockDb, organization, owner, site } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/enrollment-tokens'
  | 'POST /api/enrollment-tokens'
  | 'GET /api/enrollment-tokens/{id}'
  | 'PATCH /api/enrollment-tokens/{id}'
  | 'DELETE /api/enrollment-tokens/{id}'
  | 'GET /api/enrollment-tokens/{id}/uses'

interface Wishes {
  name?: string | null
  networks?: readonly string[] | null
}

function check({ name, networks }: Wishes): void {
  const fields = [
    ...(name === 'taken'
      ? [{ field: 'name', code: 'taken', detail: 'There is a token of this name.' }]
      : []),
    ...(networks?.includes('nowhere')
      ? [{ field: 'networks', code: 'not_a_network', detail: '“nowhere” is not a network.' }]
      : []),
  ]
  if (fields.length > 0) {
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
  }
}

const after = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

const labelsOf = (given: Partial<Labels> | null | undefined): Labels => ({
  department: given?.department ?? null,
  device_type: given?.device_type ?? null,
  tags: given?.tags ?? [],
})

/** The token as it is now: its time may have ended, its uses be taken. */
function shown(token: EnrollmentToken): EnrollmentToken {
  if (token.revoked_at) token.state = 'revoked'
  else if (typeof token.max_uses === 'number' && token.uses >= token.max_uses)
    token.state = 'used_up'
  else token.state = new Date(token.expires_at).getTime() <= Date.now() ? 'expired' : 'active'
  return token
}

export function enrollmentHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): EnrollmentToken => {
    const token = db.tokens.find((candidate) => candidate.id === id)
    if (!token) throw notFound('enrollment token')
    return shown(token)
  }
  const touch = (token: EnrollmentToken) => {
    token.etag = `"${Number(token.etag.slice(1, -1)) + 1}"`
    db.publish('enrollment-tokens', 'audit')
  }
  return {
    'GET /api/enrollment-tokens': ({ query }) => {
      const wanted = query.get('state')
      const tokens = db.tokens.map(shown)
      const matching = tokens.filter(
        ({ state }) => !wanted || (state === 'active') === (wanted === 'active'),
      )
      return page(db, matching, query)
    },
    'POST /api/enrollment-tokens': ({ body }) => {
      check(body)
      const created: CreatedEnrollmentToken = {
        id: db.nextId(),
        name: body.name,
        state: 'active',
        site_id: body.site_id ?? site.id,
        organization_id: organization.id,
        labels: labelsOf(body.labels),
        uses: 0,
        max_uses: body.max_uses ?? null,
        waiting: 0,
        approval: body.approval ?? 'when_doubtful',
        networks: body.networks ?? [],
        expires_at: after(body.expires_in_seconds),
        created_at: after(0),
        created_by: owner,
        revoked_at: null,
        etag: '"1"',
        token: 'farol_enr_Zk3q8VwT1mXbR5uYpL0aJ9dHcG7eN2sK6fQxIoWtB4E_9c41d07be25a83f6_3fa81c',
      }
      const { token: _secret, ...kept } = created
      db.tokens.unshift(kept)
      db.publish('enrollment-tokens', 'audit')
      return created
    },
    'GET /api/enrollment-tokens/{id}': ({ id }) => find(id),
    'PATCH /api/enrollment-tokens/{id}': ({ id, body, headers }) => {
      const token = find(id)
      if (body.name === 'conflict' && token.etag === headers.get('If-Match')) {
        token.max_uses = 77
        touch(token)
      }
      if (token.etag !== headers.get('If-Match')) {
        throw new MockProblem(412, 'version_mismatch', 'The token was changed in the meantime.')
      }
      check(body)
      token.name = body.name ?? token.name
      token.site_id = body.site_id ?? token.site_id
      token.labels = body.labels ? labelsOf(body.labels) : token.labels
      if (body.max_uses !== undefined) token.max_uses = body.max_uses
      token.approval = body.approval ?? token.approval
      token.networks = body.networks ?? token.networks
      if (body.expires_in_seconds) token.expires_at = after(body.expires_in_seconds)
      touch(token)
      return shown(token)
    },
    'DELETE /api/enrollment-tokens/{id}': ({ id }) => {
      const token = find(id)
      token.revoked_at = after(0)
      touch(token)
      return null
    },
    'GET /api/enrollment-tokens/{id}/uses': ({ id, query }) =>
      page(db, db.uses[find(id).id] ?? [], query),
  }
}
