/** What stands in the form of an access request, and what it asks of the server. Pure. */
import { isAboutMachines } from '~/api/can'
import type { EffectivePermissions, NewAccessRequest, Permission } from '~/api/types'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Durations that can be chosen, in seconds. */
export const LIVES = [
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  DAY,
  3 * DAY,
  7 * DAY,
] as const
/** What the server takes at most, in characters. */
export const REASON_MAX = 500

export interface AskForm {
  permissions: readonly Permission[]
  reason: string
  /** Seconds, as text. */
  life: string
}

export const blankForm = (permissions: readonly Permission[] = []): AskForm => ({
  permissions,
  reason: '',
  life: String(HOUR),
})

/** Why nobody has to be asked for it, or asking would not help. */
export type WhyNot = 'held' | 'forbidden' | 'proof'

/** What the person may do on the machine, as far as it is known. */
type Own = Pick<EffectivePermissions, 'permissions'> | undefined

export function whyNot(own: Own, permission: Permission): WhyNot | null {
  const verdict = own?.permissions.find((one) => one.permission === permission)
  if (!verdict) return null
  if (verdict.access?.mode === 'never') return 'forbidden'
  if (verdict.allowed) return 'held'
  return verdict.decided_by === 'step_up' ? 'proof' : null
}

/** What is left to ask for on the machine; nothing while it is not known. */
export const toAskFor = (own: Own): Permission[] =>
  (own?.permissions ?? [])
    .map(({ permission }) => permission)
    .filter((one) => isAboutMachines(one) && whyNot(own, one) === null)

/** What of the choice can be asked for. */
const asked = (own: Own, { permissions }: AskForm): Permission[] =>
  permissions.filter((one) => whyNot(own, one) === null)

export const isReady = (own: Own, form: AskForm): boolean =>
  asked(own, form).length > 0 && form.reason.trim() !== ''

export const wishesOf = (own: Own, form: AskForm, machineId: string): NewAccessRequest => ({
  machine_id: machineId,
  permissions: asked(own, form),
  reason: form.reason.trim(),
  duration_seconds: Number(form.life),
})
