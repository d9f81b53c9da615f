/** The people of the mock server, what they may do, and who is invited. The signed-in person is one of them. */
import type {
  AccountInvitation,
  Machine,
  Me,
  Permission,
  Person,
  Role,
  RightsPlace,
  RoleAssignment,
} from '~/api/types'

import { accessOf } from './access-data'
import type { MockDb } from './db'
import { builtInRoles, someRoles } from './rights-data'

const DAY = 24 * 60 * 60_000
const atlantico = { id: '0197c2a0-0000-7000-8000-000000000001', name: 'Atlântico Suporte' }

/** What is kept of an assignment; whether the caller may take it depends on who asks. */
/** The mock gives roles for organizations and for the whole server alone. */
export type MockAssignment = Omit<RoleAssignment, 'may_take' | 'place'> & { place: RightsPlace }

/** What a role has that counts at all times, in a place that needs no name. */
export const ALWAYS = {
  place_name: null,
  conditions: { expires_at: null, hours: null, step_up_minutes: null, reason_required: false },
  state: 'active' as const,
  team_id: null,
  team_name: null,
}
export interface MockPerson extends Omit<Person, 'roles' | 'may_manage'> {
  roles: MockAssignment[]
}
/** With the secret of its link. */
export interface MockAccountInvitation extends AccountInvitation {
  token: string
}

/** The first role that somebody made. */
const NIGHT_SHIFT = someRoles()[0]?.key ?? ''

const roleOf = (key: string): Role | undefined =>
  [...builtInRoles(), ...someRoles()].find((role) => role.key === key)

const server: RightsPlace = { kind: 'server' }
const organization: RightsPlace = { kind: 'organization', organization_id: atlantico.id }

interface Given {
  role: string
  place: RightsPlace
}

export function somePeople(me: Me, alone: boolean, now: number): MockPerson[] {
  const at = (days: number) => new Date(now - days * DAY).toISOString()
  let assignments = 0
  const person = (
    index: number,
    name: string,
    about: Partial<Omit<MockPerson, 'roles'>>,
    roles: readonly Given[],
  ): MockPerson => {
    const id = `0197c2a0-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
    return {
      id,
      kind: 'person',
      name,
      email: `${name.split(' ')[0]?.toLowerCase() ?? ''}@atlantico.example`,
      created_at: at(200 - index),
      disabled_at: null,
      last_used_at: at(0.02 * index),
      second_factor: false,
      ...about,
      roles: roles.map(({ role, place }) => {
        assignments += 1
        return {
          id: `0197c2c1-0000-7000-8000-${String(assignments).padStart(12, '0')}`,
          account_id: about.id ?? id,
          role,
          role_name: roleOf(role)?.name ?? role,
          place,
          organization_name: place.kind === 'server' ? null : atlantico.name,
          ...ALWAYS,
          created_at: at(200 - index),
          created_by_name: index === 10 ? '' : me.account.name,
          provided: false,
        }
      }),
    }
  }
  const own = person(10, me.account.name, { id: me.account.id, email: me.account.email }, [
    { role: 'owner', place: server },
  ])
  if (alone) return [own]
  return [
    person(12, 'Ana Castro', {}, [
      { role: 'technician', place: organization },
      { role: NIGHT_SHIFT, place: organization },
    ]),
    person(13, 'Caio Brandt', { last_used_at: null }, [{ role: 'viewer', place: organization }]),
    own,
    person(14, 'Rui Tavares', { disabled_at: at(12), last_used_at: null }, [
      { role: 'technician', place: organization },
    ]),
    person(11, 'Theo Lindqvist', { second_factor: true }, [
      { role: 'administrator', place: organization },
    ]),
  ]
}

/** Open ones have the tokens `once` (somebody new) and `member` (Caio, who has an account). */
export function someAccountInvitations(now: number): MockAccountInvitation[] {
  const at = (days: number) => new Date(now + days * DAY).toISOString()
  const invitation = (
    index: number,
    email: string,
    about: Partial<MockAccountInvitation>,
  ): MockAccountInvitation => ({
    id: `0197c2c2-0000-7000-8000-${String(index).padStart(12, '0')}`,
    email,
    role: 'technician',
    role_name: roleOf(about.role ?? 'technician')?.name ?? '',
    place: organization,
    organization_name: atlantico.name,
    created_at: at(-index),
    created_by_name: 'Marina Duarte',
    expires_at: at(7 - index),
    state: 'open',
    mail: null,
    token: `ended-${index}`,
    ...about,
  })
  return [
    invitation(1, 'joana@atlantico.example', { token: 'once', mail: 'waiting' }),
    invitation(2, 'caio@atlantico.example', {
      token: 'member',
      role: NIGHT_SHIFT,
      created_by_name: 'Theo Lindqvist',
    }),
    invitation(9, 'paulo@atlantico.example', { state: 'expired', role: 'viewer' }),
    invitation(16, 'ana@atlantico.example', { state: 'accepted' }),
    invitation(20, 'lost@atlantico.example', { state: 'revoked', role: 'administrator' }),
  ]
}

/** What counts for the whole server alone. */
const OF_SERVER: readonly Permission[] = ['role.manage', 'server.manage']

export const permissionsAt = (me: Me, place: RightsPlace): readonly Permission[] =>
  place.kind === 'server'
    ? me.server_permissions
    : (me.organizations.find(({ id }) => id === place.organization_id)?.permissions ?? [])

/** They manage people there and have all of the role themselves. */
export function mayGive(me: Me, place: RightsPlace, key: string): boolean {
  const own = permissionsAt(me, place)
  const needed = (roleOf(key)?.permissions ?? []).filter(
    (one) => place.kind === 'server' || !OF_SERVER.includes(one),
  )
  return own.includes('account.manage') && needed.every((one) => own.includes(one))
}

export function personAsSeen(me: Me, person: MockPerson): Person {
  const able = (role: MockAssignment) => mayGive(me, role.place, role.role)
  const everywhere = me.server_permissions.includes('account.manage')
  return {
    ...person,
    // What a team has is taken from nobody but the team.
    roles: person.roles.map((role) => ({ ...role, may_take: role.team_id === null && able(role) })),
    may_manage:
      person.id !== me.account.id &&
      (everywhere || person.roles.length > 0) &&
      person.roles.every(able),
  }
}

const RIGHT_OF: Partial<Record<Permission, string>> = {
  'screen.view': 'view',
  'screen.control': 'control',
  'clipboard.share': 'clipboard',
  'files.transfer': 'files',
  'terminal.open': 'terminal',
}

/** Every permission, yes or no, and why. */
export function explained(
  db: Pick<MockDb, 'accessRules'>,
  person: MockPerson,
  organizationId: string,
  machine: Machine | null,
) {
  const counting = person.roles.filter(
    ({ place }) => place.kind === 'server' || place.organization_id === organizationId,
  )
  const keys = counting.map(({ role }) => role)
  const asked = machine ? accessOf(db.accessRules, machine, keys).rights : []
  // The owner has every permission there is, in the order in which people read them.
  const all = roleOf('owner')?.permissions ?? []
  return {
    roles: counting.map(({ id, role, role_name, place, conditions, team_id, team_name }) => ({
      assignment_id: id,
      role,
      role_name,
      place,
      conditions,
      standing: 'counts' as const,
      lent: false,
      team_id,
      team_name,
    })),
    permissions: all.map((permission) => {
      const roles = counting
        .filter(
          ({ role, place }) =>
            (roleOf(role)?.permissions ?? []).includes(permission) &&
            (place.kind === 'server' || !OF_SERVER.includes(permission)),
        )
        .map(({ id }) => id)
      const access = asked.find(({ right }) => right === RIGHT_OF[permission]) ?? null
      const allowing = access?.mode === 'never' ? ('access_rule' as const) : ('role' as const)
      const able = person.disabled_at ? ('disabled' as const) : allowing
      const decided_by = roles.length === 0 ? ('no_role' as const) : able
      return { permission, allowed: decided_by === 'role', decided_by, roles, access }
    }),
  }
}
