/** What stands in the fields “role” and “where”, and what may be chosen there. Pure. */
import { may, mayForServer, mayGive, openOrganizations } from '~/api/can'
import type { Me, Person, Role } from '~/api/types'
import { isSamePlace, placeOf, type PlaceForm, SERVER } from '~/components/assignment-form'

/** What somebody is to have, and where. */
export interface What {
  /** Empty until it is known which there are. */
  role: string
  place: PlaceForm
}

/** Places in which the signed-in person gives roles: their organizations, the whole server last. */
export const placesToGive = (me: Me): string[] => [
  ...openOrganizations(me)
    .filter(({ id }) => may(me, 'account.manage', id))
    .map(({ id }) => id),
  ...(mayForServer(me, 'account.manage') ? [SERVER] : []),
]

/** The roles that may be given there. */
export const rolesToGive = (me: Me, roles: readonly Role[], place: PlaceForm): Role[] =>
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

/** Whether they have it there already; what ended can be given again, and what they have by a team alone to themselves as well. */
export const hasIt = (person: Pick<Person, 'roles'>, { role, place }: What): boolean =>
  person.roles.some(
    (given) =>
      !given.team_id &&
      given.role === role &&
      given.state !== 'ended' &&
      isSamePlace(given.place, placeOf(place)),
  )
