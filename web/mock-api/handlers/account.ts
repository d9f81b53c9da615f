/**
 * Set-up, logins, the account. Special values: password `wrong` is refused, e-mail `throttled@…` has tried too often,
 * the link token `used` does not work.
 */
import type { Me } from '~/api/types'

import { type MockDb, ownerMe } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { secondFactorAsked } from './factors'
import { strengthOf } from './strength'

type Names =
  | 'GET /api/version'
  | 'POST /api/setup'
  | 'POST /api/password-strength'
  | 'POST /api/logins'
  | 'POST /api/logins/link'
  | 'DELETE /api/logins/current'
  | 'GET /api/me'
  | 'PATCH /api/me'

const linkInvalid = () =>
  new MockProblem(403, 'link_invalid', 'This link was used before, has expired or is incomplete.')

export function accountHandlers(db: MockDb): Handlers<Names> {
  const signedIn = (): Me => {
    if (!db.me || !db.signedIn) throw new MockProblem(401, 'not_signed_in', 'Nobody is signed in.')
    return db.me
  }
  const login = (): Me => {
    db.me ??= structuredClone(ownerMe)
    db.signedIn = true
    return db.me
  }
  return {
    'GET /api/version': () => ({ name: 'farol', version: '0.1.0', api_version: 1 }),
    'POST /api/setup': ({ body }) => {
      if (db.me) throw notFound('page')
      if (body.token === 'used') throw linkInvalid()
      const fields = []
      if (!body.email.includes('@')) {
        fields.push({
          field: 'email',
          code: 'invalid_email',
          detail: 'This is not an e-mail address.',
        })
      }
      if (strengthOf(body.password, [body.name, body.email]).score < 3) {
        fields.push({
          field: 'password',
          code: 'too_weak',
          detail: 'This password is too easy to guess.',
        })
      }
      if (fields.length) {
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      db.me = structuredClone(ownerMe)
      Object.assign(db.me.account, { name: body.name, email: body.email, locale: body.locale })
      return login()
    },
    'POST /api/password-strength': ({ body }) =>
      strengthOf(body.password, [body.name ?? '', body.email ?? '']),
    'POST /api/logins': ({ body }) => {
      if (body.email.startsWith('throttled')) {
        throw new MockProblem(429, 'too_many_attempts', 'Too many attempts.', { retryAfter: 42 })
      }
      if (body.password === 'wrong') {
        throw new MockProblem(401, 'invalid_credentials', 'E-mail or password is wrong.')
      }
      if (body.email.startsWith('careful')) return secondFactorAsked()
      return login()
    },
    'POST /api/logins/link': ({ body }) => {
      if (body.token === 'used') throw linkInvalid()
      return login()
    },
    'DELETE /api/logins/current': () => {
      db.signedIn = false
      return null
    },
    'GET /api/me': signedIn,
    'PATCH /api/me': ({ body }) => {
      const me = signedIn()
      if (body.locale) me.account.locale = body.locale
      if (body.name) me.account.name = body.name
      db.publish('me')
      return me
    },
  }
}
