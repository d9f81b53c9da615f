/** What stands in the fields for where and when a role counts, and what that asks of the server. Pure. */
import type { AssignmentConditions, AssignmentPlace, Day } from '~/api/types'

/** The whole server among the places, which otherwise are identifiers of organizations. */
export const SERVER = 'server'

/** Of an organization. */
export const PARTS = ['organization', 'site', 'tags', 'machine'] as const
export type Part = (typeof PARTS)[number]

export interface PlaceForm {
  /** `SERVER`, or an organization. */
  organization: string
  part: Part
  /** Empty until one is chosen. */
  siteId: string
  tags: string
  machine: { id: string; name: string } | null
}

/** All of an organization, or the whole server. */
export const wholeOf = (organization: string): PlaceForm => ({
  organization,
  part: 'organization',
  siteId: '',
  tags: '',
  machine: null,
})

/** Each once; people write them with commas. */
export const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
]

/** The place as far as it is said; `isPlaceSaid` tells whether that is all of it. */
export function placeOf({ organization, part, siteId, tags, machine }: PlaceForm): AssignmentPlace {
  if (organization === SERVER) return { kind: 'server' }
  const within = { organization_id: organization }
  switch (part) {
    case 'organization':
      return { kind: 'organization', ...within }
    case 'site':
      return { kind: 'site', ...within, site_id: siteId }
    case 'tags':
      return { kind: 'tags', ...within, tags: tagsOf(tags) }
    case 'machine':
      return { kind: 'machine', ...within, machine_id: machine?.id ?? '' }
  }
}

export function isPlaceSaid(form: PlaceForm): boolean {
  const place = placeOf(form)
  switch (place.kind) {
    case 'server':
      return true
    case 'organization':
      return place.organization_id !== ''
    case 'site':
      return place.site_id !== ''
    case 'tags':
      return place.tags.length > 0
    case 'machine':
      return place.machine_id !== ''
  }
}

/** `name` is that of a machine, where it is known. */
export function placeFormOf(place: AssignmentPlace, name: string | null = null): PlaceForm {
  if (place.kind === 'server') return wholeOf(SERVER)
  const whole = wholeOf(place.organization_id)
  switch (place.kind) {
    case 'organization':
      return whole
    case 'site':
      return { ...whole, part: 'site', siteId: place.site_id }
    case 'tags':
      return { ...whole, part: 'tags', tags: place.tags.join(', ') }
    case 'machine':
      return {
        ...whole,
        part: 'machine',
        machine: { id: place.machine_id, name: name ?? place.machine_id },
      }
  }
}

const placeKey = (place: AssignmentPlace): string => {
  switch (place.kind) {
    case 'server':
      return SERVER
    case 'organization':
      return place.organization_id
    case 'site':
      return place.site_id
    case 'tags':
      return [place.organization_id, ...place.tags.toSorted()].join()
    case 'machine':
      return place.machine_id
  }
}

export const isSamePlace = (a: AssignmentPlace, b: AssignmentPlace): boolean =>
  a.kind === b.kind && placeKey(a) === placeKey(b)

export const DAYS: readonly Day[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
]

const MINUTE = 60
/** Ages of a proof that can be chosen, in minutes. */
export const AGES = [5, 15, 30, 60, 4 * 60, 8 * 60, 24 * 60] as const
export const ageInSeconds = (minutes: number): number => minutes * MINUTE

export interface HoursForm {
  days: readonly Day[]
  /** As `08:00`, the way time fields have it: midnight is `00:00`, also as an end. */
  from: string
  to: string
  zone: string
}

/** Nothing is limited where a field is null. */
export interface ConditionForm {
  /** As a field for date and time has it, by the clock of this browser. */
  until: string | null
  hours: HoursForm | null
  /** Minutes, as text. */
  age: string | null
  reason: boolean
}

export const NO_CONDITIONS: ConditionForm = { until: null, hours: null, age: null, reason: false }

/** The usual hours of an office here. */
export const usualHours = (): HoursForm => ({
  days: DAYS.slice(0, 5),
  from: '08:00',
  to: '18:00',
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
})

const two = (number: number): string => String(number).padStart(2, '0')

/** A moment as a field for date and time has it. */
export function localTime(at: Date): string {
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** A week from `now`, at the full hour. */
export function usualEnd(now: Date): string {
  const end = new Date(now)
  end.setDate(end.getDate() + 7)
  end.setMinutes(0)
  return localTime(end)
}

const END_OF_DAY = '24:00'
const MIDNIGHT = '00:00'

export const isPastMidnight = ({ from, to }: HoursForm): boolean =>
  to !== MIDNIGHT && from !== '' && to !== '' && to < from

/** Whether every limit that is switched on is said. */
export const areConditionsSaid = ({ until, hours }: ConditionForm): boolean =>
  (until === null || !Number.isNaN(Date.parse(until))) &&
  (hours === null ||
    (hours.days.length > 0 && hours.from !== '' && hours.to !== '' && hours.zone.trim() !== ''))

export const conditionsOf = ({
  until,
  hours,
  age,
  reason,
}: ConditionForm): AssignmentConditions => ({
  expires_at: until === null ? null : new Date(until).toISOString(),
  hours: hours && {
    days: [...hours.days],
    from: hours.from,
    to: hours.to === MIDNIGHT ? END_OF_DAY : hours.to,
    time_zone: hours.zone.trim(),
  },
  step_up_minutes: age === null ? null : Number(age),
  reason_required: reason,
})

/** The limits as a part of a wish; nothing where there are none. */
export const limitsOf = (form: ConditionForm): { conditions?: AssignmentConditions } => {
  const { until, hours, age, reason } = form
  const limited = until !== null || hours !== null || age !== null || reason
  return limited ? { conditions: conditionsOf(form) } : {}
}

export const conditionFormOf = (conditions: AssignmentConditions | undefined): ConditionForm => {
  if (!conditions) return NO_CONDITIONS
  const { expires_at: end, hours, step_up_minutes: age, reason_required: reason } = conditions
  return {
    until: end && localTime(new Date(end)),
    hours: hours && {
      days: hours.days,
      from: hours.from,
      to: hours.to === END_OF_DAY ? MIDNIGHT : hours.to,
      zone: hours.time_zone,
    },
    age: age === null ? null : String(age),
    reason,
  }
}
