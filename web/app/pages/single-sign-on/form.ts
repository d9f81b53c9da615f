/** What stands in the form of an identity provider, and what it asks of the server. Pure. */
import type {
  IdentityProvider,
  IdentityProviderChange,
  NewIdentityProvider,
} from '~/api/identity-providers'
import type { ApiProblem } from '~/api/problem'
import {
  areConditionsSaid,
  conditionFormOf,
  type ConditionForm,
  isPlaceSaid,
  limitsOf,
  NO_CONDITIONS,
  placeFormOf,
  placeOf,
  type PlaceForm,
} from '~/components/assignment-form'

/** What the server takes at most. */
export const NAME_MAX = 80
export const ISSUER_MAX = 500
export const CLIENT_ID_MAX = 300
export const SECRET_MAX = 1000
export const GROUP_MAX = 200

/** A mapping as its fields have it; `key` tells rows apart while they are edited, also those that are gone. */
export interface MappingRow {
  key: number
  group: string
  role: string
  place: PlaceForm
  limits: ConditionForm
}

export interface ProviderForm {
  name: string
  issuer: string
  clientId: string
  secret: string
  /** The secret that there is goes. */
  dropSecret: boolean
  scopes: string
  creates: boolean
  /** A number, or empty for no limit. */
  most: string
  domains: string
  trusts: boolean
  links: boolean
  claim: string
  mappings: readonly MappingRow[]
  /** The key of the next row. */
  nextKey: number
  enabled: boolean
}

export const blankForm: ProviderForm = {
  name: '',
  issuer: '',
  clientId: '',
  secret: '',
  dropSecret: false,
  scopes: 'profile email',
  creates: false,
  most: '',
  domains: '',
  trusts: false,
  links: false,
  claim: '',
  mappings: [],
  nextKey: 0,
  enabled: true,
}

export const formOf = (provider: IdentityProvider): ProviderForm => ({
  name: provider.name,
  issuer: provider.issuer,
  clientId: provider.client_id,
  secret: '',
  dropSecret: false,
  scopes: provider.scopes.join(' '),
  creates: provider.creates_accounts,
  most: provider.accounts_max?.toString() ?? '',
  domains: provider.email_domains.join('\n'),
  trusts: provider.trusts_email,
  links: provider.links_invited,
  claim: provider.groups_claim,
  mappings: provider.mappings.map((mapping, key) => ({
    key,
    group: mapping.group,
    role: mapping.role,
    place: placeFormOf(mapping.place),
    limits: conditionFormOf(mapping.conditions),
  })),
  nextKey: provider.mappings.length,
  enabled: provider.enabled,
})

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** What both kinds of wishes say. */
const common = (form: ProviderForm) => ({
  name: form.name.trim(),
  client_id: form.clientId.trim(),
  scopes: words(form.scopes),
  groups_claim: form.claim.trim(),
  mappings: form.mappings.map(({ group, role, place, limits }) => ({
    group: group.trim(),
    role,
    place: placeOf(place),
    ...limitsOf(limits),
  })),
  creates_accounts: form.creates,
  accounts_max: form.most.trim() === '' ? null : Number(form.most),
  email_domains: words(form.domains),
  trusts_email: form.trusts,
  links_invited: form.links,
  enabled: form.enabled,
})

export const wishesOf = (form: ProviderForm): NewIdentityProvider => ({
  ...common(form),
  issuer: form.issuer.trim(),
  client_secret: form.secret === '' ? null : form.secret,
})

/** An empty field keeps the secret that there is. */
export const changeOf = (form: ProviderForm): IdentityProviderChange => ({
  ...common(form),
  ...(form.dropSecret ? { client_secret: null } : {}),
  ...(form.secret === '' ? {} : { client_secret: form.secret }),
})

/** One more row, with what is given most. */
export const withMapping = (
  form: ProviderForm,
  { role, place }: Pick<MappingRow, 'role' | 'place'>,
): ProviderForm => {
  const { nextKey: key } = form
  const blank = { key, group: '', role, place, limits: NO_CONDITIONS }
  return { ...form, mappings: [...form.mappings, blank], nextKey: key + 1 }
}

/** What the server said about the mapping of a row; null where that row was not `sent`. */
export function problemOfRow(
  problem: ApiProblem | null,
  sent: ProviderForm | undefined,
  { key }: MappingRow,
): ApiProblem | null {
  const index = sent?.mappings.findIndex((row) => row.key === key) ?? -1
  return index < 0 ? null : (problem?.inside(`/mappings/${index}`) ?? null)
}

/** Whether it is worth asking the server. */
export const isReady = (form: ProviderForm): boolean =>
  form.name.trim() !== '' &&
  form.issuer.trim() !== '' &&
  form.clientId.trim() !== '' &&
  form.mappings.every(({ place, limits }) => isPlaceSaid(place) && areConditionsSaid(limits))
