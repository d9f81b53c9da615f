/** Teams of the mock server, and what their people have by them. */
import type { Me, Team, TeamMember } from '~/api/types'

import { ALWAYS, mayGive, type MockAssignment, type MockPerson, permissionsAt } from './people-data'

const DAY = 24 * 60 * 60_000
const atlantico = { id: '0197c2a0-0000-7000-8000-000000000001', name: 'Atlântico Suporte' }

type MockMember = Pick<TeamMember, 'account_id' | 'added_at' | 'added_by_name'>

/** What is kept of a team; the rest depends on who asks. */
export interface MockTeam extends Omit<Team, 'roles' | 'may_manage' | 'member_count'> {
  roles: MockAssignment[]
  members: MockMember[]
}

/** Theo and Rui are in the first; nobody is in the other, which belongs to the whole server. */
export function someTeams(now: number): MockTeam[] {
  const at = (days: number) => new Date(now - days * DAY).toISOString()
  const made = { created_at: at(60), created_by_name: 'Marina Duarte', etag: '"1"' }
  const id = '0197c2d1-0000-7000-8000-000000000001'
  const place = { kind: 'organization' as const, organization_id: atlantico.id }
  const member = (index: number): MockMember => ({
    account_id: `0197c2a0-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    added_at: at(50),
    added_by_name: 'Marina Duarte',
  })
  return [
    {
      id,
      name: 'Field support',
      note: 'Drives out to the branches.',
      place,
      organization_name: atlantico.name,
      ...made,
      roles: [
        {
          id: '0197c2d2-0000-7000-8000-000000000001',
          account_id: id,
          role: 'technician',
          role_name: 'technician',
          place,
          organization_name: atlantico.name,
          ...ALWAYS,
          created_at: at(60),
          created_by_name: 'Marina Duarte',
          provided: false,
        },
      ],
      members: [member(11), member(14)],
    },
    {
      id: '0197c2d1-0000-7000-8000-000000000002',
      name: 'On call',
      note: '',
      place: { kind: 'server' },
      organization_name: null,
      ...made,
      roles: [],
      members: [],
    },
  ]
}

/** Who sees people where it is sees it. */
export const seesTeam = (me: Me, { place }: MockTeam): boolean =>
  permissionsAt(me, place).includes('account.see')

/** They manage people there and may give all that it has. */
export const mayManageTeam = (me: Me, { place, roles }: MockTeam): boolean =>
  permissionsAt(me, place).includes('account.manage') &&
  roles.every((role) => mayGive(me, role.place, role.role))

export function teamAsSeen(me: Me, team: MockTeam): Team {
  const { members, ...rest } = team
  return {
    ...rest,
    member_count: members.length,
    may_manage: mayManageTeam(me, team),
    roles: team.roles.map((role) => ({ ...role, may_take: mayGive(me, role.place, role.role) })),
  }
}

/** Its people, by name; who was deleted is in no team any more. */
export function membersOf(people: readonly MockPerson[], team: MockTeam): TeamMember[] {
  const members = team.members.flatMap((member) => {
    const person = people.find(({ id }) => id === member.account_id)
    return person ? [{ ...member, name: person.name, disabled: person.disabled_at !== null }] : []
  })
  return members.toSorted((a, b) => a.name.localeCompare(b.name))
}

/** What somebody has by their teams. */
export const rolesByTeams = (teams: readonly MockTeam[], account: string): MockAssignment[] =>
  teams
    .filter(({ members }) => members.some(({ account_id: id }) => id === account))
    .flatMap(({ id, name, roles }) =>
      roles.map((role) => ({ ...role, account_id: account, team_id: id, team_name: name })),
    )
