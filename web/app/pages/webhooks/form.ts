/** What stands in the form of a webhook, and what it asks of the server. Pure. */
import { may, openOrganizations } from '~/api/can'
import type { Me, NewWebhook, Webhook, WebhookChange } from '~/api/types'

/** What the server takes at most. */
export const NAME_MAX = 80
export const URL_MAX = 2000
export const EXPRESSION_MAX = 500
/** Stands for every event. */
export const ALL = '*'

export interface WebhookForm {
  name: string
  url: string
  organization: string
  /** Every event, or only `types`. */
  which: 'all' | 'some'
  types: readonly string[]
  expression: string
  enabled: boolean
}

/** The organizations whose events the signed-in person may let be told. */
export const placesOf = (me: Me): { id: string; name: string }[] =>
  openOrganizations(me).filter(({ id }) => may(me, 'webhook.manage', id))

export const blankForm = (me: Me): WebhookForm => ({
  name: '',
  url: '',
  organization: placesOf(me)[0]?.id ?? '',
  which: 'some',
  types: [],
  expression: '',
  enabled: true,
})

const isAll = (types: readonly string[]): boolean => types.includes(ALL)

export const formOf = (webhook: Webhook): WebhookForm => ({
  name: webhook.name,
  url: webhook.url,
  organization: webhook.organization_id,
  which: isAll(webhook.event_types) ? 'all' : 'some',
  types: isAll(webhook.event_types) ? [] : webhook.event_types,
  expression: webhook.expression ?? '',
  enabled: webhook.enabled,
})

const typesOf = (form: WebhookForm): string[] => (form.which === 'all' ? [ALL] : [...form.types])

/** Whether the form says enough to be sent. */
export const isReady = (form: WebhookForm): boolean =>
  form.name.trim() !== '' && form.url.trim() !== '' && typesOf(form).length > 0

export const wishesOf = (form: WebhookForm): NewWebhook => ({
  organization_id: form.organization,
  name: form.name.trim(),
  url: form.url.trim(),
  event_types: typesOf(form),
  ...(form.expression.trim() ? { expression: form.expression.trim() } : {}),
  enabled: form.enabled,
})

export const changeOf = (form: WebhookForm): WebhookChange => ({
  name: form.name.trim(),
  url: form.url.trim(),
  event_types: typesOf(form),
  expression: form.expression.trim(),
  enabled: form.enabled,
})

export interface Subject {
  subject: string
  types: readonly string[]
}

/** Types by their subjects, in the order in which the server has them. */
export function bySubject(types: readonly string[]): Subject[] {
  const groups = new Map<string, string[]>()
  for (const type of types) {
    const subject = type.split('.')[0] ?? type
    groups.set(subject, [...(groups.get(subject) ?? []), type])
  }
  return [...groups].map(([subject, members]) => ({ subject, types: members }))
}

/** `chosen` with or without `some`, in the order of `all`; what a newer server had chosen stays. */
export function toggled(
  all: readonly string[],
  chosen: readonly string[],
  some: readonly string[],
  on: boolean,
): string[] {
  const strangers = chosen.filter((one) => !all.includes(one))
  return [...all.filter((one) => (some.includes(one) ? on : chosen.includes(one))), ...strangers]
}
