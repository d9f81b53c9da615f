/**
 * Access rules. Special values: the tag `taken` has a rule already, the tag `wrong,` is none, and a rule about the tag
 * `conflict` is changed by somebody else just before each first change.
 */
import { may } from '~/api/can'
import type { AccessRule, AccessScope, OnSilence } from '~/api/types'

import { accessOf } from '../access-data'
import { type MockDb, organization, owner } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/access-rules'
  | 'POST /api/access-rules'
  | 'PATCH /api/access-rules/{id}'
  | 'DELETE /api/access-rules/{id}'
  | 'GET /api/machines/{id}/access'

const silenceOf = (
  mode: AccessRule['mode'],
  wanted: OnSilence | null | undefined,
): OnSilence | null => {
  if (mode === 'ask_if_logged_on') return wanted ?? 'refuse'
  return mode === 'ask' ? 'refuse' : null
}

function nameOf(db: MockDb, scope: AccessScope): string {
  switch (scope.kind) {
    case 'organization':
      return organization.name
    case 'site': {
      const found = db.sites.find(({ id }) => id === scope.site_id)
      if (!found) throw notFound('site')
      return found.name
    }
    case 'tag':
      return scope.tag
    case 'machine': {
      const found = db.machines.find(({ id }) => id === scope.machine_id)
      if (!found) throw notFound('machine')
      return found.name
    }
  }
}

function checkTag(scope: AccessScope): void {
  if (scope.kind !== 'tag' || !scope.tag.includes(',')) return
  const detail = 'Commas stand between tags, not in them.'
  const fields = [{ field: 'scope.tag', code: 'malformed', detail }]
  throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
}

export function accessHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): AccessRule => {
    const rule = db.accessRules.find((candidate) => candidate.id === id)
    if (!rule) throw notFound('access rule')
    return rule
  }
  const touch = (rule: AccessRule) => {
    rule.etag = `"${Number(rule.etag.slice(1, -1)) + 1}"`
    rule.changed_at = new Date().toISOString()
    rule.changed_by = owner
    db.publish('access-rules', 'audit')
  }
  const seen = (rule: AccessRule, headers: Headers) => {
    if (rule.etag !== headers.get('If-Match')) {
      throw new MockProblem(412, 'version_mismatch', 'The rule was changed in the meantime.')
    }
  }
  const requireOwner = () => {
    if (!db.me || !may(db.me, 'access.manage')) {
      throw new MockProblem(
        403,
        'forbidden',
        'None of your roles allows this here (“access.manage”).',
      )
    }
  }
  return {
    'GET /api/access-rules': ({ query }) => {
      requireOwner()
      return page(db, db.accessRules, query)
    },
    'POST /api/access-rules': ({ body }) => {
      requireOwner()
      checkTag(body.scope)
      const [role, right] = [body.role ?? null, body.right ?? null]
      const scope_name = nameOf(db, body.scope)
      const same = db.accessRules.some(
        (rule) =>
          rule.scope.kind === body.scope.kind &&
          rule.scope_name === scope_name &&
          rule.role === role &&
          rule.right === right,
      )
      if (same || scope_name === 'taken') {
        throw new MockProblem(409, 'access_rule_exists', 'There is such a rule already.')
      }
      const created: AccessRule = {
        id: db.nextId(),
        organization_id: body.organization_id ?? organization.id,
        scope: body.scope,
        scope_name,
        role,
        role_name: db.roles.find(({ key }) => key === role)?.name ?? role,
        right,
        mode: body.mode,
        on_silence: silenceOf(body.mode, body.on_silence),
        created_at: new Date().toISOString(),
        created_by: owner,
        changed_at: null,
        changed_by: null,
        etag: '"1"',
      }
      db.accessRules.push(created)
      db.publish('access-rules', 'audit')
      return created
    },
    'PATCH /api/access-rules/{id}': ({ id, body, headers }) => {
      requireOwner()
      const rule = find(id)
      if (rule.scope_name === 'conflict' && rule.etag === '"1"') {
        rule.mode = 'never'
        rule.on_silence = null
        touch(rule)
      }
      seen(rule, headers)
      rule.mode = body.mode ?? rule.mode
      rule.on_silence = silenceOf(rule.mode, body.on_silence ?? rule.on_silence)
      touch(rule)
      return rule
    },
    'DELETE /api/access-rules/{id}': ({ id, headers }) => {
      requireOwner()
      const rule = find(id)
      seen(rule, headers)
      db.accessRules.splice(db.accessRules.indexOf(rule), 1)
      db.publish('access-rules', 'audit')
      return null
    },
    'GET /api/machines/{id}/access': ({ id }) => {
      const machine = db.machines.find((candidate) => candidate.id === id)
      if (!machine) throw notFound('machine')
      return accessOf(
        db.accessRules,
        machine,
        db.me?.organizations[0]?.roles.map(({ key }) => key) ?? [],
      )
    },
  }
}
