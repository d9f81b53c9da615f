/** What stands in the form of an API token, and what it asks of the server. Pure. */
import { isAboutMachines, mayAnywhere, onlyReads } from '~/api/can'
import type { ApiToken, ApiTokenChange, Me, NewApiToken, Permission } from '~/api/types'
import { tagsOf } from '~/components/assignment-form'

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
  /** Everywhere, or only where all holds of the rest that is chosen. */
  where: 'all' | 'some'
  organizations: readonly string[]
  sites: readonly string[]
  /** As they are written, with commas. */
  tags: string
  readOnly: boolean
  scopes: readonly Permission[]
}

/** A new token, which does nothing until somebody says what. */
export const blankForm: TokenForm = {
  name: '',
  days: '90',
  where: 'all',
  organizations: [],
  sites: [],
  tags: '',
  readOnly: false,
  scopes: [],
}

export const formOf = (token: ApiToken): TokenForm => ({
  ...blankForm,
  name: token.name,
  where: token.organization_ids || token.site_ids || token.tags ? 'some' : 'all',
  organizations: token.organization_ids ?? [],
  sites: token.site_ids ?? [],
  tags: token.tags?.join(', ') ?? '',
  readOnly: token.read_only,
  scopes: token.scopes,
})

/** What a place leaves out is not sent. */
const filtersOf = (form: TokenForm) => {
  if (form.where === 'all') return {}
  const tags = tagsOf(form.tags)
  return {
    ...(form.organizations.length > 0 ? { organization_ids: [...form.organizations] } : {}),
    ...(form.sites.length > 0 ? { site_ids: [...form.sites] } : {}),
    ...(tags.length > 0 ? { tags } : {}),
  }
}

/** With sites or tags it is for machines and their sessions alone. */
export const isForMachines = (form: TokenForm): boolean => {
  const filters = filtersOf(form)
  return 'site_ids' in filters || 'tags' in filters
}

/** The same for machines alone: what is not about them is no scope of it. */
export const withPlace = (form: TokenForm): TokenForm =>
  isForMachines(form) ? { ...form, scopes: form.scopes.filter(isAboutMachines) } : form

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
  (form.where === 'all' || Object.keys(filtersOf(form)).length > 0)

export const wishesOf = (form: TokenForm, accountId: string | null): NewApiToken => ({
  ...(accountId ? { account_id: accountId } : {}),
  name: form.name.trim(),
  scopes: [...form.scopes],
  ...filtersOf(form),
  read_only: form.readOnly,
  expires_in_seconds: Number(form.days) * DAY,
})

export const changeOf = (form: TokenForm): ApiTokenChange => ({
  name: form.name.trim(),
  scopes: [...form.scopes],
  read_only: form.readOnly,
})

/** Why a scope cannot be chosen. */
export type WhyNot = 'notYours' | 'notReading' | 'notMachines'

export function whyNot(me: Me, form: TokenForm, permission: Permission): WhyNot | null {
  if (form.readOnly && !onlyReads(permission)) return 'notReading'
  if (isForMachines(form) && !isAboutMachines(permission)) return 'notMachines'
  // What the token has already can be kept, and taken away.
  return mayAnywhere(me, permission) || form.scopes.includes(permission) ? null : 'notYours'
}

/** A command that shows that a token works. It stands in the environment, not in the history of the shell. */
export const exampleCommand = (origin: string): string =>
  `curl -H "Authorization: Bearer $FAROL_API_TOKEN" ${origin}/api/me`
