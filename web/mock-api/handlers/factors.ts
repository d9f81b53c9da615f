/**
 * Second factors, logins and proving again. Special values: the codes `000000` and `wrong` are wrong, the recovery code `used` was
 * used before, the code `111111` comes when everything took too long, a credential with the id `strange` is not known. Who signs
 * in as `careful@…` is asked for a second factor.
 */
import type { Me, Proof, SecondFactorAsked } from '~/api/types'

import { type MockDb, ownerMe } from '../db'
import { newPasskeyOptions, passkeyOptions, recoveryCodes } from '../factors-data'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'
import { strengthOf } from './strength'

type Names =
  | 'POST /api/logins/second-factor'
  | 'POST /api/logins/passkey/start'
  | 'POST /api/logins/passkey'
  | 'GET /api/logins'
  | 'DELETE /api/logins'
  | 'DELETE /api/logins/{id}'
  | 'GET /api/me/sign-ins'
  | 'POST /api/logins/current/proof/start'
  | 'POST /api/logins/current/proof'
  | 'GET /api/me/factors'
  | 'POST /api/me/totp'
  | 'DELETE /api/me/totp'
  | 'POST /api/me/totp/confirm'
  | 'POST /api/me/recovery-codes'
  | 'POST /api/me/passkeys/start'
  | 'POST /api/me/passkeys'
  | 'PATCH /api/me/passkeys/{id}'
  | 'DELETE /api/me/passkeys/{id}'
  | 'POST /api/me/password'
  | 'DELETE /api/accounts/{id}/factors'

const inTenMinutes = () => new Date(Date.now() + 10 * 60_000).toISOString()

/** The question for a second factor. */
export const secondFactorAsked = (): SecondFactorAsked => ({
  token: 'second',
  expires_at: inTenMinutes(),
  kinds: ['totp', 'recovery_code', 'passkey'],
  passkey_options: passkeyOptions,
})

const over = () => new MockProblem(403, 'sign_in_over', 'This took too long. Begin again.')

function checkCredential(credential: object): void {
  if ('id' in credential && credential.id === 'strange')
    throw new MockProblem(401, 'passkey_unknown', 'This server does not know the passkey.')
}

function check(proof: Proof): void {
  if (proof.kind === 'password') {
    if (proof.password === 'wrong')
      throw new MockProblem(401, 'invalid_credentials', 'E-mail or password is wrong.')
    return
  }
  if (proof.kind === 'passkey') {
    checkCredential(proof.credential)
    return
  }
  if (proof.code === '111111') throw over()
  if (proof.code === 'used')
    throw new MockProblem(401, 'recovery_code_used', 'This recovery code was used before.')
  if (['000000', 'wrong'].includes(proof.code))
    throw new MockProblem(401, 'second_factor_wrong', 'This code is not right.')
}

function login(db: MockDb): Me {
  db.me ??= structuredClone(ownerMe)
  db.signedIn = true
  return db.me
}

function loginHandlers(db: MockDb) {
  const { protection } = db
  return {
    'POST /api/logins/second-factor': ({ body }) => {
      check(body.proof)
      return login(db)
    },
    'POST /api/logins/passkey/start': () => ({ token: 'passkey', options: passkeyOptions }),
    'POST /api/logins/passkey': ({ body }) => {
      checkCredential(body.credential)
      return login(db)
    },
    'GET /api/logins': ({ query }) => page(db, protection.logins, query),
    'DELETE /api/logins': () => {
      const before = protection.logins.length
      protection.logins = protection.logins.filter(({ current }) => current)
      db.publish('me', 'audit')
      return { ended: before - protection.logins.length }
    },
    'DELETE /api/logins/{id}': ({ id }) => {
      if (!protection.logins.some((one) => one.id === id)) throw notFound('login')
      protection.logins = protection.logins.filter((one) => one.id !== id)
      db.publish('me', 'audit')
      return null
    },
    'GET /api/me/sign-ins': ({ query }) => page(db, protection.attempts, query),
  } satisfies Partial<Handlers<Names>>
}

function proofHandlers(db: MockDb) {
  const { protection } = db
  return {
    'POST /api/logins/current/proof/start': () => {
      const { totp_since, passkeys, recovery_codes_left } = protection.factors
      const asked = secondFactorAsked()
      const kinds = asked.kinds.filter(
        (kind) =>
          (kind === 'totp' && totp_since !== null) ||
          (kind === 'passkey' && passkeys.length > 0) ||
          (kind === 'recovery_code' && recovery_codes_left > 0),
      )
      return {
        kinds: kinds.length > 0 ? kinds : ['password' as const],
        passkey: kinds.includes('passkey') ? { token: 'proof', options: passkeyOptions } : null,
      }
    },
    'POST /api/logins/current/proof': ({ body }) => {
      check(body.proof)
      protection.proven = true
      return null
    },
  } satisfies Partial<Handlers<Names>>
}

/** What every change of the own account's protection shares. */
function ownOf(db: MockDb) {
  const { protection } = db
  let batches = 0
  const newCodes = () => {
    batches += 1
    protection.factors.recovery_codes_left = 10
    return recoveryCodes(batches)
  }
  const fresh = () => {
    if (!protection.proven)
      throw new MockProblem(403, 'step_up_required', 'Prove first that it is you.')
  }
  const changed = () => {
    const { factors } = protection
    if (factors.totp_since === null && factors.passkeys.length === 0)
      factors.recovery_codes_left = 0
    else if (db.me) db.me.second_factor_missing = null
    db.publish('me', 'audit')
  }
  const withFirst = () => (protection.factors.recovery_codes_left > 0 ? null : newCodes())
  return { fresh, changed, newCodes, withFirst }
}

type Own = ReturnType<typeof ownOf>

function totpHandlers({ protection }: MockDb, { fresh, changed, newCodes, withFirst }: Own) {
  return {
    'GET /api/me/factors': () => protection.factors,
    'POST /api/me/totp': () => {
      fresh()
      const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
      return {
        secret,
        url: `otpauth://totp/Farol:marina%40atlantico.example?secret=${secret}&issuer=Farol`,
      }
    },
    'POST /api/me/totp/confirm': ({ body }) => {
      fresh()
      if (body.code === '000000') {
        const fields = [{ field: 'code', code: 'wrong', detail: 'This is not the code.' }]
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      protection.factors.totp_since = new Date().toISOString()
      const recovery_codes = withFirst()
      changed()
      return { recovery_codes }
    },
    'DELETE /api/me/totp': () => {
      fresh()
      protection.factors.totp_since = null
      changed()
      return null
    },
    'POST /api/me/recovery-codes': () => {
      fresh()
      const recovery_codes = newCodes()
      changed()
      return { recovery_codes }
    },
  } satisfies Partial<Handlers<Names>>
}

function passkeyHandlers(db: MockDb, { fresh, changed, withFirst }: Own) {
  const { factors } = db.protection
  const find = (id: string) => {
    const found = factors.passkeys.find((one) => one.id === id)
    if (!found) throw notFound('passkey')
    return found
  }
  return {
    'POST /api/me/passkeys/start': () => {
      fresh()
      return { token: 'new-passkey', options: newPasskeyOptions }
    },
    'POST /api/me/passkeys': ({ body }) => {
      fresh()
      const created_at = new Date().toISOString()
      const passkey = {
        id: db.nextId(),
        name: body.name,
        synced: false,
        created_at,
        last_used_at: null,
      }
      factors.passkeys.push(passkey)
      const recovery_codes = withFirst()
      changed()
      return { passkey, recovery_codes }
    },
    'PATCH /api/me/passkeys/{id}': ({ id, body }) => {
      find(id).name = body.name
      changed()
      return null
    },
    'DELETE /api/me/passkeys/{id}': ({ id }) => {
      fresh()
      factors.passkeys.splice(factors.passkeys.indexOf(find(id)), 1)
      changed()
      return null
    },
  } satisfies Partial<Handlers<Names>>
}

function accountHandlers(db: MockDb, { fresh, changed }: Own) {
  return {
    'POST /api/me/password': ({ body }) => {
      fresh()
      if (strengthOf(body.password, []).score < 3) {
        const detail = 'This password is too easy to guess.'
        const fields = [{ field: 'password', code: 'too_weak', detail }]
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      db.protection.logins = db.protection.logins.filter(({ current }) => current)
      changed()
      return null
    },
    'DELETE /api/accounts/{id}/factors': ({ id }) => {
      const person = db.people.find((one) => one.id === id)
      if (!person) throw notFound('account')
      person.second_factor = false
      person.last_used_at = null
      db.publish('accounts', 'audit')
      return null
    },
  } satisfies Partial<Handlers<Names>>
}

export function factorHandlers(db: MockDb): Handlers<Names> {
  const own = ownOf(db)
  return {
    ...loginHandlers(db),
    ...proofHandlers(db),
    ...totpHandlers(db, own),
    ...passkeyHandlers(db, own),
    ...accountHandlers(db, own),
  }
}
