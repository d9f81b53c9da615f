/** What somebody may do in a place as words, with what says so. Pure. */
import type { CountingRole, EffectivePermissions, PermissionVerdict, Site } from '~/api/types'
import { conditionsText, hoursText, type Reader, roleIn } from '~/components/assignment-words'
import { ageInSeconds } from '~/components/assignment-form'
import { byCode } from '~/i18n/by-code'
import { partsOf } from '~/pages/access/words'

/** The place, and what names the parts of it. */
export type Known = Pick<
  EffectivePermissions,
  'roles' | 'organization_name' | 'machine_id' | 'machine_name'
> & { sites: readonly Pick<Site, 'id' | 'name'>[] }

/** The name of the site or machine; on a machine that was asked about, one machine can only be that. */
function placeName(known: Known, { place }: CountingRole): string | null {
  switch (place.kind) {
    case 'site':
      return known.sites.find(({ id }) => id === place.site_id)?.name ?? null
    case 'machine':
      return known.machine_name
    default:
      return null
  }
}

/** “Technician at site Lisbon”, “access for a while until 3 Dec 2026, 14:00” */
export function givenText(reader: Reader, known: Known, given: CountingRole): string {
  const { messages: t, format } = reader
  if (given.lent) {
    const end = given.conditions.expires_at
    return end
      ? t.people.effective.lentUntil({ when: format.dateTime(end) })
      : t.people.effective.lent
  }
  return roleIn(t, {
    ...given,
    organization_name: known.organization_name,
    place_name: placeName(known, given),
  })
}

export interface GivenRole {
  id: string
  text: string
  /** Its conditions; empty where there are none. */
  limits: string
  standing: CountingRole['standing']
}

/** Everything that was given there, what does not count now included. */
export const givenRoles = (reader: Reader, known: Known): GivenRole[] =>
  known.roles.map((given) => ({
    id: given.assignment_id,
    text: givenText(reader, known, given),
    // Access for a while says its end itself.
    limits: given.lent ? '' : conditionsText(reader, given.conditions),
    standing: given.standing,
  }))

/** What an access rule says of one permission, and which; nothing where none speaks of it. */
function ruleOf({ messages: t }: Reader, { access }: PermissionVerdict): string | null {
  if (!access) return null
  const [part] = partsOf(t.access, { rights: [access] }, [access.right])
  return part ? t.people.effective.rule(part) : null
}

/** A role with the one condition that keeps it from allowing something. */
function hindered(reader: Reader, known: Known, given: CountingRole): string {
  const { messages, format } = reader
  const t = messages.people.effective
  const role = givenText(reader, known, given)
  const { hours, expires_at: end, step_up_minutes: age } = given.conditions
  switch (given.standing) {
    case 'outside_hours':
      return hours ? t.with({ role, condition: hoursText(reader, hours) }) : role
    case 'ended':
      return end && !given.lent
        ? t.with({ role, condition: messages.assignments.endedAt({ when: format.dateTime(end) }) })
        : role
    case 'needs_proof':
      return age === null
        ? role
        : t.with({ role, condition: t.proofAge({ age: format.duration(ageInSeconds(age)) }) })
    case 'counts':
      return role
  }
}

/** Why it is a yes or a no. */
export function reasonOf(reader: Reader, known: Known, verdict: PermissionVerdict): string {
  const { effective: t } = reader.messages.people
  const allowing = known.roles.filter(({ assignment_id: id }) => verdict.roles.includes(id))
  const text = verdict.decided_by === 'role' ? givenText : hindered
  const roles = allowing.map((given) => text(reader, known, given)).join(', ')
  // A newer server may know more causes.
  const words = byCode(t.because, verdict.decided_by) ?? t.because.no_role
  return words({ roles, rule: ruleOf(reader, verdict) ?? '' })
}

/** Who is asked before it is done on the machine; nothing where it is not allowed, and without a machine. */
export const askedOf = (reader: Reader, verdict: PermissionVerdict): string | null =>
  verdict.allowed ? ruleOf(reader, verdict) : null

/** Whether what allows it asks for a reason, which is about opening sessions alone. */
export const asksReason = (known: Pick<Known, 'roles'>, verdict: PermissionVerdict): boolean =>
  verdict.allowed &&
  verdict.access !== null &&
  known.roles
    .filter(({ assignment_id: id }) => verdict.roles.includes(id))
    .every(({ conditions }) => conditions.reason_required)
