/** What stands in the fields “role” and “where”, and what may be chosen there. Pure. */
import { may, mayForServer, mayGive, openOrganizations } from '~/api/can'
import type { AssignmentPlace, Me, Person, RightsPlace, Role } from '~/api/types'

/** The whole server among the places, which otherwise are identifiers of organizations. */
export const SERVER = 'server'

/** What somebody is to have, and where. */
export interface What {
  /** Empty until it is known which there are. */
  role: string
  /** `SERVER`, or an organization. */
  place: string
}

/** Places in which the signed-in person gives roles: their organizations, the whole server last. */
export const placesToGive = (me: Me): string[] => [
  ...openOrganizations(me)
    .filter(({ id }) => may(me, 'account.manage', id))
    .map(({ id }) => id),
  ...(mayForServer(me, 'account.manage') ? [SERVER] : []),
]

export const placeOf = (place: string): RightsPlace =>
  place === SERVER ? { kind: 'server' } : { kind: 'organization', organization_id: place }

/** What is smaller than an organization is none of the places that are chosen here. */
const placeKey = (place: AssignmentPlace): string | null => {
  if (place.kind === 'server') return SERVER
  return place.kind === 'organization' ? place.organization_id : null
}

/** The roles that may be given there. */
export const rolesToGive = (me: Me, roles: readonly Role[], place: string): Role[] =>
  roles.filter((role) => mayGive(me, role, placeOf(place)))

/**
 * The role that is meant: the one that was chosen if it can be given in this place, else the usual one that they do not have.
 * Technicians are the most; who cannot give that lets look, and else gives the least.
 */
export function roleMeant(
  chosen: string,
  offered: readonly Role[],
  has: (role: string) => boolean = () => false,
): string {
  const keys = offered.map(({ key }) => key)
  if (keys.includes(chosen)) return chosen
  const usual = ['technician', 'viewer', ...keys].filter((key) => keys.includes(key))
  return usual.find((key) => !has(key)) ?? usual[0] ?? ''
}

/** What they have by a team alone can be given to themselves as well. */
export const hasIt = (person: Pick<Person, 'roles'>, { role, place }: What): boolean =>
  person.roles.some(
    (given) => !given.team_id && given.role === role && placeKey(given.place) === place,
  )
