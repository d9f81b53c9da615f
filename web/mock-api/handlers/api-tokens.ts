/**
 * API tokens and service accounts. Special values: a token that is called `full` is one too many, and one that is renamed to
 * `conflict` was changed by somebody else first.
 */
import { may, onlyReads } from '~/api/can'
import type { ApiToken, Me, Permission } from '~/api/types'

import { type MockDb, ownerMe } from '../db'
import { ALWAYS, mayGive } from '../people-data'
import { MockProblem, notFound } from '../problem'
import { type MockServiceAccount, serviceAccountAsSeen } from '../token-data'
import type { Handlers } from '../types'
import { checkedName, nextVersion, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/api-tokens'
  | 'POST /api/api-tokens'
  | 'GET /api/api-tokens/{id}'
  | 'PATCH /api/api-tokens/{id}'
  | 'DELETE /api/api-tokens/{id}'
  | 'POST /api/api-tokens/{id}/rotate'
  | 'GET /api/service-accounts'
  | 'POST /api/service-accounts'
  | 'PATCH /api/service-accounts/{id}'
  | 'DELETE /api/service-accounts/{id}'

const SECRETS = {
  person: 'farol_pat_4fN0rqvM2XyTzKcB8wLs1hJdGu6Ea7Q93fLkPz',
  service: 'farol_svc_9TzKcB8wLs1hJdGu6Ea7Q4fN0rqvM2Xy8mWd2q',
} as const

const secretOf = ({ account_kind: kind }: Pick<ApiToken, 'account_kind'>): string =>
  kind === 'service' ? SECRETS.service : SECRETS.person

const after = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

const invalid = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

function checkScopes(scopes: readonly Permission[], readOnly: boolean): void {
  if (scopes.length === 0)
    throw invalid('scopes', 'required', 'Say what the token may be used for.')
  if (readOnly && !scopes.every(onlyReads))
    throw invalid('scopes', 'not_reading', 'A token that only reads cannot have that.')
}

export function apiTokenHandlers(db: MockDb): Handlers<Names> {
  const me = (): Me => db.me ?? ownerMe
  const require = (permission: Permission) => {
    if (!may(me(), permission))
      throw new MockProblem(
        403,
        'forbidden',
        `None of your roles allows this here (“${permission}”).`,
      )
  }
  const own = ({ account_id: id }: ApiToken) => id === me().account.id
  const find = (id: string): ApiToken => {
    const token = db.apiTokens.find((one) => one.id === id)
    if (!token || !(own(token) || may(me(), 'account.manage'))) throw notFound('API token')
    return token
  }
  const account = (id: string): MockServiceAccount => {
    const found = db.serviceAccounts.find((one) => one.id === id)
    if (!found) throw notFound('service account')
    return found
  }
  const seen = (one: MockServiceAccount) => serviceAccountAsSeen(me(), one, db.apiTokens)
  const managed = (id: string): MockServiceAccount => {
    const found = account(id)
    if (!seen(found).may_manage)
      throw new MockProblem(
        403,
        'forbidden',
        'This account has roles that you may not take away. Ask somebody who may do everything that it may.',
      )
    return found
  }
  const change = (token: ApiToken, to: Partial<ApiToken>) => {
    Object.assign(token, to, { etag: nextVersion(token) })
    db.publish('api-tokens', 'audit')
  }
  return {
    'GET /api/api-tokens': ({ query }) => {
      const others = query.get('whose') === 'managed'
      if (others) require('account.manage')
      return page(
        db,
        db.apiTokens.filter((token) => own(token) !== others),
        query,
      )
    },
    'POST /api/api-tokens': ({ body }) => {
      const of = body.account_id ? managed(body.account_id) : null
      const name = checkedName(body.name)
      checkScopes(body.scopes, body.read_only ?? false)
      if (name === 'full')
        throw new MockProblem(
          409,
          'conflict',
          'An account has at most 50 API tokens. Revoke some that are not needed.',
        )
      const created: ApiToken = {
        id: db.nextId(),
        account_id: of?.id ?? me().account.id,
        account_name: of?.name ?? me().account.name,
        account_kind: of ? 'service' : 'person',
        name,
        scopes: body.scopes,
        organization_ids: body.organization_ids ?? null,
        site_ids: body.site_ids ?? null,
        tags: body.tags ?? null,
        read_only: body.read_only ?? false,
        state: 'active',
        created_at: after(0),
        created_by_name: me().account.name,
        expires_at: after(body.expires_in_seconds),
        rotated_at: null,
        previous_until: null,
        revoked_at: null,
        last_used_at: null,
        last_used_address: null,
        may_change: true,
        etag: '"1"',
      }
      db.apiTokens.unshift(created)
      db.publish('api-tokens', 'audit')
      return { token: created, secret: secretOf(created) }
    },
    'GET /api/api-tokens/{id}': ({ id }) => find(id),
    'PATCH /api/api-tokens/{id}': ({ id, body, headers }) => {
      const token = find(id)
      if (body.name === 'conflict' && token.etag === headers.get('If-Match'))
        change(token, { name: 'Somebody’s choice' })
      requireSeen(token, headers)
      const readOnly = body.read_only ?? token.read_only
      const scopes = body.scopes ?? token.scopes
      checkScopes(scopes, readOnly)
      change(token, { name: checkedName(body.name ?? token.name), scopes, read_only: readOnly })
      return token
    },
    'DELETE /api/api-tokens/{id}': ({ id }) => {
      change(find(id), { state: 'revoked', revoked_at: after(0), may_change: false })
      return null
    },
    'POST /api/api-tokens/{id}/rotate': ({ id, body }) => {
      const token = find(id)
      change(token, {
        rotated_at: after(0),
        previous_until: body.overlap_seconds === 0 ? null : after(body.overlap_seconds ?? 86_400),
        ...(body.expires_in_seconds ? { expires_at: after(body.expires_in_seconds) } : {}),
      })
      return { token, secret: secretOf(token) }
    },
    'GET /api/service-accounts': ({ query }) => {
      require('account.see')
      return page(db, db.serviceAccounts.map(seen), query)
    },
    'POST /api/service-accounts': ({ body }) => {
      const name = checkedName(body.name)
      if (!mayGive(me(), body.place, body.role))
        throw new MockProblem(403, 'forbidden', 'You may not give this role there.')
      const id = db.nextId()
      const { place } = body
      const created: MockServiceAccount = {
        id,
        name,
        note: (body.note ?? '').trim(),
        created_at: after(0),
        disabled_at: null,
        last_used_at: null,
        roles: [
          {
            id: db.nextId(),
            account_id: id,
            role: body.role,
            role_name: db.roles.find(({ key }) => key === body.role)?.name ?? body.role,
            place,
            organization_name:
              place.kind === 'server'
                ? null
                : (db.organizations.find((one) => one.id === place.organization_id)?.name ?? null),
            created_at: after(0),
            created_by_name: me().account.name,
            ...ALWAYS,
            conditions: body.conditions ?? ALWAYS.conditions,
            provided: false,
          },
        ],
      }
      db.serviceAccounts.push(created)
      db.publish('accounts', 'audit')
      return seen(created)
    },
    'PATCH /api/service-accounts/{id}': ({ id, body }) => {
      const found = managed(id)
      found.name = checkedName(body.name ?? found.name)
      found.note = (body.note ?? found.note).trim()
      if (typeof body.disabled === 'boolean') found.disabled_at = body.disabled ? after(0) : null
      db.publish('accounts', 'audit')
      return seen(found)
    },
    'DELETE /api/service-accounts/{id}': ({ id }) => {
      const found = managed(id)
      db.serviceAccounts.splice(db.serviceAccounts.indexOf(found), 1)
      db.apiTokens = db.apiTokens.filter((token) => token.account_id !== id)
      db.publish('accounts', 'api-tokens', 'audit')
      return null
    },
  }
}
