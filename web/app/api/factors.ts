/** What protects one's own account, and its logins: one function per request, like those in `actions.ts`. */
import { api, call } from './client'
import type { Me, PasskeyJson, Proof, SecondFactorAsked } from './types'

const inPath = (id: string) => ({ params: { path: { id } } })

/** Whether an answer to a sign-in is a question for a second factor. */
export const isAsked = (answer: Me | SecondFactorAsked): answer is SecondFactorAsked =>
  'kinds' in answer

/** The second half of a sign-in. `sign_in_over` means that it begins again with the password. */
export const showSecondFactor = (token: string, proof: Proof) =>
  call(api.POST('/api/logins/second-factor', { body: { token, proof } }))

export const startPasskeySignIn = () => call(api.POST('/api/logins/passkey/start'))

export const signInByPasskey = (token: string, credential: PasskeyJson) =>
  call(api.POST('/api/logins/passkey', { body: { token, credential } }))

/** With what this login may prove itself again. */
export const startProof = () => call(api.POST('/api/logins/current/proof/start'))

/** `token` comes with a passkey's proof. */
export const prove = (token: string | null, proof: Proof) =>
  call(api.POST('/api/logins/current/proof', { body: { token, proof } }))

export const startTotp = () => call(api.POST('/api/me/totp'))

export const confirmTotp = (code: string) =>
  call(api.POST('/api/me/totp/confirm', { body: { code } }))

export const removeTotp = () => call(api.DELETE('/api/me/totp'))

export const makeRecoveryCodes = () => call(api.POST('/api/me/recovery-codes'))

export const startPasskey = () => call(api.POST('/api/me/passkeys/start'))

export const addPasskey = (body: { token: string; name: string; credential: PasskeyJson }) =>
  call(api.POST('/api/me/passkeys', { body }))

export const renamePasskey = (id: string, name: string) =>
  call(api.PATCH('/api/me/passkeys/{id}', { ...inPath(id), body: { name } }))

export const removePasskey = (id: string) => call(api.DELETE('/api/me/passkeys/{id}', inPath(id)))

/** The account's other logins end with it. */
export const changePassword = (password: string) =>
  call(api.POST('/api/me/password', { body: { password } }))

export const endLogin = (id: string) => call(api.DELETE('/api/logins/{id}', inPath(id)))

export const endOtherLogins = () => call(api.DELETE('/api/logins'))

/** Takes all second factors from somebody else's account. */
export const resetFactors = (id: string) =>
  call(api.DELETE('/api/accounts/{id}/factors', inPath(id)))
