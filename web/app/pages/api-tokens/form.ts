/** What stands in the form of an API token, and what it asks of the server. Pure. */
import { mayAnywhere, onlyReads } from '~/api/can'
import type { ApiToken, ApiTokenChange, Me, NewApiToken, Permission } from '~/api/types'

const HOUR = 3600
export const DAY = 24 * HOUR
/** Lives that can be chosen, in days. */
export const LIVES = [7, 30, 90, 180, 365] as const
/** Overlaps that can be chosen, in seconds. */
export const OVERLAPS = [0, HOUR, DAY, 7 * DAY] as const
/** What the server takes at most. */
export const NAME_MAX = 80

export interface TokenForm {
  name: string
  /** Days from now, as text. */
  days: string
  /** Everywhere, or only in `organizations`. */
  where: 'all' | 'some'
  organizations: readonly string[]
  readOnly: boolean
  scopes: readonly Permission[]
}

/** A new token, which does nothing until somebody says what. */
export const blankForm: TokenForm = {
  name: '',
  days: '90',
  where: 'all',
  organizations: [],
  readOnly: false,
  scopes: [],
}

export const formOf = (token: ApiToken): TokenForm => ({
  ...blankForm,
  name: token.name,
  readOnly: token.read_only,
  scopes: token.scopes,
})

/** Only scopes that look are left to one that only reads. */
export const withReadOnly = (form: TokenForm, readOnly: boolean): TokenForm => ({
  ...form,
  readOnly,
  scopes: readOnly ? form.scopes.filter(onlyReads) : form.scopes,
})

/** Whether the form says enough to be sent. */
export const isReady = (form: TokenForm): boolean =>
  form.name.trim() !== '' &&
  form.scopes.length > 0 &&
  (form.where === 'all' || form.organizations.length > 0)

export const wishesOf = (form: TokenForm, accountId: string | null): NewApiToken => ({
  ...(accountId ? { account_id: accountId } : {}),
  name: form.name.trim(),
  scopes: [...form.scopes],
  ...(form.where === 'some' ? { organization_ids: [...form.organizations] } : {}),
  read_only: form.readOnly,
  expires_in_seconds: Number(form.days) * DAY,
})

export const changeOf = (form: TokenForm): ApiTokenChange => ({
  name: form.name.trim(),
  scopes: [...form.scopes],
  read_only: form.readOnly,
})

/** Why a scope cannot be chosen. */
export type WhyNot = 'notYours' | 'notReading'

export function whyNot(me: Me, form: TokenForm, permission: Permission): WhyNot | null {
  if (form.readOnly && !onlyReads(permission)) return 'notReading'
  // What the token has already can be kept, and taken away.
  return mayAnywhere(me, permission) || form.scopes.includes(permission) ? null : 'notYours'
}

/** A command that shows that a token works. It stands in the environment, not in the history of the shell. */
export const exampleCommand = (origin: string): string =>
  `curl -H "Authorization: Bearer $FAROL_API_TOKEN" ${origin}/api/me`
