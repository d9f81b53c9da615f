/** What is written about a team, where it may be made, and whom one may find for it. Pure. */
import type { Me, NewTeam, Person, RightsPlace, Team, TeamMember } from '~/api/types'
import { SERVER } from '~/components/assignment-form'
import { placesToGive } from '~/pages/people/form'

/** The longest that the server takes. */
export const NAME_MAX = 80
export const NOTE_MAX = 300

export interface TeamForm {
  name: string
  note: string
  /** An organization, or the whole server, as places are named where roles are given. */
  place: string
}

export const blankForm = (me: Me): TeamForm => ({
  name: '',
  note: '',
  place: placesToGive(me)[0] ?? '',
})

export const formOf = ({ name, note }: Pick<Team, 'name' | 'note'>): Omit<TeamForm, 'place'> => ({
  name,
  note,
})

export const wishesOf = ({ name, note, place }: TeamForm): NewTeam => ({
  name: name.trim(),
  note: note.trim(),
  place: place === SERVER ? { kind: 'server' } : { kind: 'organization', organization_id: place },
})

/**
 * The signed-in person as far as they have anything where the team is given roles: the dialog of roles offers no other place then.
 */
export function meWithin(me: Me, place: RightsPlace): Me {
  if (place.kind === 'server') return me
  return {
    ...me,
    organizations: me.organizations.filter(({ id }) => id === place.organization_id),
    server_permissions: [],
  }
}

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase()

/** Who is not in the team and has all of these words in their name or address; accents do not count. */
export function outside(
  people: readonly Person[],
  members: readonly Pick<TeamMember, 'account_id'>[],
  words: string,
): Person[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean)
  return people.filter(
    ({ id, name, email }) =>
      !members.some((member) => member.account_id === id) &&
      wanted.every((word) => plain(`${name} ${email}`).includes(word)),
  )
}
