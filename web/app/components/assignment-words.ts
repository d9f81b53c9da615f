/** Roles of people as words: which, where, and under which conditions. Pure. */
import type { AssignmentConditions, AssignmentHours, AssignmentPlace, Day } from '~/api/types'
import type { Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import type { Format } from '~/i18n/format'

import { ageInSeconds, DAYS } from './assignment-form'

interface NamedRole {
  role: string
  role_name: string
}

/** A role of somebody: in the reader's language where every server has it, else as it was named. */
export const roleTitle = (t: Messages, { role, role_name: name }: NamedRole): string =>
  byCode(t.people.roles, role) ?? name

export interface RoleSomewhere extends NamedRole {
  /** Null for the whole server. */
  organization_name: string | null
  place: AssignmentPlace
  /** Of a site or machine; null for other places, and once it is gone. */
  place_name?: string | null
  /** The team by which somebody has it; null for what is theirs. */
  team_name?: string | null
}

/** With the team by which somebody has it, if they have it by one. */
const byTeam = (t: Messages, role: string, { team_name: team }: RoleSomewhere): string =>
  team ? t.people.byTeam({ role, team }) : role

/** “site Lisbon”, “tags lab, till”; nothing for what is as large as an organization. */
function partOf(t: Messages, { place, place_name: name }: RoleSomewhere): string | null {
  const words = t.assignments.short
  switch (place.kind) {
    case 'server':
    case 'organization':
      return null
    case 'site':
      return name ? words.site({ name }) : words.someSite
    case 'tags':
      return words.tags({ name: place.tags.join(', ') })
    case 'machine':
      return name ? words.machine({ name }) : words.someMachine
  }
}

/**
 * “Technician · Atlântico Suporte”, “Technician · Atlântico Suporte, site Lisbon”, “Owner · whole server”, “Viewer · Atlântico Suporte
 * (team Night)”
 */
export function roleAt(t: Messages, given: RoleSomewhere): string {
  const place = [given.organization_name ?? t.people.onServer, partOf(t, given)]
  const role = t.people.roleAt({
    role: roleTitle(t, given),
    place: place.filter(Boolean).join(', '),
  })
  return byTeam(t, role, given)
}

/** “Technician at site Lisbon”, “Technician at site Lisbon (team Night)” */
export const roleIn = (t: Messages, given: RoleSomewhere): string =>
  byTeam(t, roleInPlace(t, given), given)

function roleInPlace(t: Messages, given: RoleSomewhere): string {
  const words = t.assignments.sentence
  const { place, place_name } = given
  const role = roleTitle(t, given)
  const organization = given.organization_name ?? ''
  const name = place_name ?? ''
  switch (place.kind) {
    case 'server':
      return words.server({ role })
    case 'organization':
      return words.organization({ role, organization })
    case 'site':
      return name ? words.site({ role, name }) : words.someSite({ role, organization })
    case 'tags':
      return words.tags({ role, organization, name: place.tags.join(', ') })
    case 'machine':
      return name ? words.machine({ role, name }) : words.someMachine({ role, organization })
  }
}

/** Whether they follow each other without a gap. */
const isRun = (days: readonly Day[]): boolean => {
  const [first = 'monday'] = days
  const from = DAYS.indexOf(first)
  return days.join() === DAYS.slice(from, from + days.length).join()
}

/** “weekdays”, “Mon–Thu”, “Mon, Wed” */
export function daysText({ assignments: t }: Messages, chosen: readonly Day[]): string {
  const days = DAYS.filter((day) => chosen.includes(day))
  if (days.length === DAYS.length) return t.everyDay
  if (days.join() === DAYS.slice(0, 5).join()) return t.weekdays
  if (days.join() === DAYS.slice(5).join()) return t.weekends
  const [first, last] = [days[0], days.at(-1)]
  if (days.length > 2 && first && last && isRun(days)) {
    return t.dayRange({ first: t.shortDays[first], last: t.shortDays[last] })
  }
  return days.map((day) => t.shortDays[day]).join(', ')
}

/** What the words are made with. */
export interface Reader {
  messages: Messages
  format: Format
  /** Time zone of who reads; that of the browser when left out. */
  zone?: string
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** “weekdays 08:00–18:00”, with the place whose clock counts where it is another than the reader's. */
export function hoursText(
  { messages, zone = ownZone() }: Reader,
  { days, from, to, time_zone }: AssignmentHours,
): string {
  const { assignments: t } = messages
  const said = { days: daysText(messages, days), from, to }
  return time_zone === zone ? t.hours(said) : t.hoursElsewhere({ ...said, zone: time_zone })
}

/** What limits it besides its end. */
function otherLimits(reader: Reader, conditions: AssignmentConditions): string[] {
  const { assignments: t } = reader.messages
  const { hours, step_up_minutes: age, reason_required: reason } = conditions
  return [
    ...(hours ? [hoursText(reader, hours)] : []),
    ...(age === null ? [] : [t.stepUp({ age: reader.format.duration(ageInSeconds(age)) })]),
    ...(reason ? [t.reason] : []),
  ]
}

/** “until 3 Dec 2026, 14:00” */
const endText = ({ messages, format }: Reader, at: string): string =>
  messages.assignments.until({ when: format.dateTime(at) })

/** “until 3 Dec 2026, 14:00, weekdays 08:00–18:00, asks for a reason”; empty when there are none. */
export const conditionsText = (
  reader: Reader,
  conditions: AssignmentConditions | undefined,
): string =>
  conditions
    ? [
        ...(conditions.expires_at ? [endText(reader, conditions.expires_at)] : []),
        ...otherLimits(reader, conditions),
      ].join(', ')
    : ''

interface ConditionalRole extends RoleSomewhere {
  conditions: AssignmentConditions
}

/** “Technician at site Lisbon until 3 Dec 2026, 14:00, weekdays 08:00–18:00, asks for a fresh proof (15 min)” */
export function assignmentSentence(reader: Reader, given: ConditionalRole): string {
  const end = given.conditions.expires_at
  const role = [roleIn(reader.messages, given), ...(end ? [endText(reader, end)] : [])].join(' ')
  return [role, ...otherLimits(reader, given.conditions)].join(', ')
}
