/** People's roles and permissions as words. Pure. */
import type {
  AssignmentPlace,
  CountingRole,
  EffectivePermissions,
  PermissionVerdict,
} from '~/api/types'
import type { Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { partsOf } from '~/pages/access/words'

interface NamedRole {
  role: string
  role_name: string
}

/** A role of somebody: in the reader's language where every server has it, else as it was named. */
export const roleTitle = (t: Messages, { role, role_name: name }: NamedRole): string =>
  byCode(t.people.roles, role) ?? name

interface RoleSomewhere extends NamedRole {
  /** Null for the whole server. */
  organization_name: string | null
  place?: AssignmentPlace
  /** Of a site or machine; null once it is gone. */
  place_name?: string | null
  /** The team by which somebody has it; null for what is theirs. */
  team_name?: string | null
}

/** “Filial”, “lab, till”; nothing for what is as large as an organization. */
const partOf = ({ place, place_name: name }: RoleSomewhere): string | null =>
  name ?? (place?.kind === 'tags' ? place.tags.join(', ') : null)

/** With the team by which somebody has it, if they have it by one. */
const byTeam = (t: Messages, role: string, team: string | null | undefined): string =>
  team ? t.people.byTeam({ role, team }) : role

/**
 * “Technician · Atlântico Suporte”, “Technician · Atlântico Suporte, Filial”, “Owner · whole server”, “Viewer · Atlântico Suporte
 * (team Night)”
 */
export const roleAt = (t: Messages, given: RoleSomewhere): string => {
  const place = [given.organization_name ?? t.people.onServer, partOf(given)]
  const role = t.people.roleAt({
    role: roleTitle(t, given),
    place: place.filter(Boolean).join(', '),
  })
  return byTeam(t, role, given.team_name)
}

type GivenRole = NamedRole & Pick<CountingRole, 'place' | 'lent' | 'team_name'>

/** “Technician in Atlântico Suporte” */
const roleIn = (t: Messages, given: GivenRole, place: string): string => {
  if (given.lent) return t.people.effective.lent
  const role =
    given.place.kind === 'server'
      ? t.people.effective.roleOnServer({ role: roleTitle(t, given) })
      : t.people.effective.roleIn({ role: roleTitle(t, given), place })
  return byTeam(t, role, given.team_name)
}

type Known = Pick<EffectivePermissions, 'roles' | 'organization_name'>

/** The roles that count, each with where it was given. */
export const countingRoles = (t: Messages, { roles, organization_name: place }: Known): string[] =>
  roles
    .filter(({ standing }) => standing === 'counts' || standing === 'needs_proof')
    .map((given) => roleIn(t, given, place))

/** What an access rule says of one permission, and which; nothing where none speaks of it. */
function ruleOf(t: Messages, { access }: PermissionVerdict): string | null {
  if (!access) return null
  const [part] = partsOf(t.access, { rights: [access] }, [access.right])
  return part ? t.people.effective.rule(part) : null
}

/** Why it is a yes or a no. */
export function reasonOf(t: Messages, known: Known, verdict: PermissionVerdict): string {
  const allowing = known.roles.filter(({ assignment_id: id }) => verdict.roles.includes(id))
  const roles = allowing.map((given) => roleIn(t, given, known.organization_name)).join(', ')
  const words = t.people.effective.because[verdict.decided_by]
  return words({ roles, rule: ruleOf(t, verdict) ?? '' })
}

/** Who is asked before it is done on the machine; nothing where it is not allowed, and without a machine. */
export const askedOf = (t: Messages, verdict: PermissionVerdict): string | null =>
  verdict.allowed ? ruleOf(t, verdict) : null
