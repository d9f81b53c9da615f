/** Sign-in rules. Who has no second factor cannot ask others for one; with a grace of 29 days somebody else was faster. */
import type { SignInRules } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem } from '../problem'
import type { Handlers } from '../types'
import { nextVersion, requireForServer, requireSeen } from './checks'

type Names = 'GET /api/server-sign-in-rules' | 'PUT /api/server-sign-in-rules'

export function signInRulesHandlers(db: MockDb): Handlers<Names> {
  const shown = (): SignInRules => {
    const without = db.people.filter((one) => !one.second_factor && !one.disabled_at)
    const acts = without.filter(({ roles }) => roles.some(({ role }) => role !== 'requester'))
    return {
      ...db.signInRules,
      without_factor: { technicians: acts.length, everybody: without.length },
    }
  }
  const isProtected = () => {
    const { totp_since, passkeys } = db.protection.factors
    return totp_since !== null || passkeys.length > 0
  }
  return {
    'GET /api/server-sign-in-rules': () => {
      requireForServer(db, 'server.manage')
      return shown()
    },
    'PUT /api/server-sign-in-rules': ({ body, headers }) => {
      requireForServer(db, 'server.manage')
      const rules = db.signInRules
      if (body.grace_days === 29 && rules.second_factor === 'optional')
        Object.assign(rules, { second_factor: 'everybody', etag: nextVersion(rules) })
      requireSeen(rules, headers)
      if (body.second_factor !== 'optional' && !isProtected()) {
        const detail = 'You have no second factor yourself, so this would lock you out.'
        const fields = [{ field: 'second_factor', code: 'own_factor_missing', detail }]
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      Object.assign(rules, {
        second_factor: body.second_factor,
        trust_providers: body.trust_providers,
        grace_days: body.grace_days ?? 0,
        since: new Date().toISOString(),
        etag: nextVersion(rules),
      })
      db.publish('me', 'audit')
      return shown()
    },
  }
}
