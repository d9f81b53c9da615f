/** What stands in the form of a token, and what it asks of the server. Pure. */
import type {
  Approval,
  EnrollmentToken,
  EnrollmentTokenChange,
  NewEnrollmentToken,
} from '~/api/types'

const HOUR = 3600
export const DAY = 24 * HOUR
/** Lives that can be chosen, in seconds. */
export const LIVES = [HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY] as const
/** What the server takes at most. */
export const NAME_MAX = 80
export const LABEL_MAX = 60
export const USES_MAX = 100_000

/** Everything as text, as it stands in the controls. */
export interface TokenForm {
  name: string
  siteId: string
  department: string
  deviceType: string
  /** Separated by commas. */
  tags: string
  approval: Approval
  /** One on each line. */
  networks: string
  /** Seconds from now; empty = as it is. */
  expires: string
  /** Empty = any number. */
  maxUses: string
}

/** A new token, careful and short-lived. An empty site is the oldest one. */
export const blankForm: TokenForm = {
  name: '',
  siteId: '',
  department: '',
  deviceType: '',
  tags: '',
  approval: 'when_doubtful',
  networks: '',
  expires: String(DAY),
  maxUses: '1',
}

export const formOf = (token: EnrollmentToken): TokenForm => ({
  name: token.name,
  siteId: token.site_id,
  department: token.labels.department ?? '',
  deviceType: token.labels.device_type ?? '',
  tags: token.labels.tags.join(', '),
  approval: token.approval,
  networks: token.networks.join('\n'),
  expires: '',
  maxUses: typeof token.max_uses === 'number' ? String(token.max_uses) : '',
})

const list = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')

const labelsOf = (form: TokenForm) => ({
  department: form.department.trim() || null,
  device_type: form.deviceType.trim() || null,
  tags: list(form.tags, /[,;\n]/),
})
const networksOf = (form: TokenForm) => list(form.networks, /[\s,;]+/)
const maxUsesOf = (form: TokenForm) => (form.maxUses.trim() === '' ? null : Number(form.maxUses))

export const wishesOf = (form: TokenForm): NewEnrollmentToken => ({
  name: form.name.trim(),
  ...(form.siteId ? { site_id: form.siteId } : {}),
  labels: labelsOf(form),
  approval: form.approval,
  networks: networksOf(form),
  expires_in_seconds: Number(form.expires),
  max_uses: maxUsesOf(form),
})

/** What differs from `before`, so that what somebody else changed meanwhile stays theirs. */
export function changeOf(form: TokenForm, before: TokenForm): EnrollmentTokenChange {
  const differs = (...fields: (keyof TokenForm)[]) =>
    fields.some((field) => form[field] !== before[field])
  return {
    ...(differs('name') ? { name: form.name.trim() } : {}),
    ...(differs('siteId') ? { site_id: form.siteId } : {}),
    ...(differs('department', 'deviceType', 'tags') ? { labels: labelsOf(form) } : {}),
    ...(differs('approval') ? { approval: form.approval } : {}),
    ...(differs('networks') ? { networks: networksOf(form) } : {}),
    ...(differs('maxUses') ? { max_uses: maxUsesOf(form) } : {}),
    ...(form.expires ? { expires_in_seconds: Number(form.expires) } : {}),
  }
}
