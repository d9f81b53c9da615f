/** The people of the mock server, what they may do, and who is invited. The signed-in person is one of them. */
import type {
  AccessRequest,
  AccountInvitation,
  AssignmentPlace,
  CountingRole,
  Machine,
  Me,
  Permission,
  Person,
  Role,
  RoleAssignment,
} from '~/api/types'

import { isAboutMachines, mayGive as mayGiveRole } from '~/api/can'

import { accessOf } from './access-data'
import type { MockDb } from './db'
import { builtInRoles, someRoles } from './rights-data'

const DAY = 24 * 60 * 60_000
const atlantico = { id: '0197c2a0-0000-7000-8000-000000000001', name: 'Atlântico Suporte' }

/** What is kept of an assignment; whether the caller may take it depends on who asks. */
export type MockAssignment = Omit<RoleAssignment, 'may_take'>

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

const server: AssignmentPlace = { kind: 'server' }
const organization: AssignmentPlace = { kind: 'organization', organization_id: atlantico.id }

const LISBON = '0197c2a0-0000-7000-8000-000000000003'
const lisbon: AssignmentPlace = {
  kind: 'site',
  organization_id: atlantico.id,
  site_id: LISBON,
}

interface Given extends Partial<Pick<MockAssignment, 'conditions' | 'state' | 'place_name'>> {
  role: string
  place: AssignmentPlace
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
      roles: roles.map(({ role, place, ...more }) => {
        assignments += 1
        return {
          id: `0197c2c1-0000-7000-8000-${String(assignments).padStart(12, '0')}`,
          account_id: about.id ?? id,
          role,
          role_name: roleOf(role)?.name ?? role,
          place,
          organization_name: place.kind === 'server' ? null : atlantico.name,
          ...ALWAYS,
          ...more,
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
    person(15, 'Sofia Reis', { last_used_at: null }, [
      {
        role: 'technician',
        place: lisbon,
        place_name: 'Lisbon',
        conditions: {
          expires_at: at(-30),
          hours: {
            days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
            from: '08:00',
            to: '18:00',
            time_zone: 'Europe/Lisbon',
          },
          step_up_minutes: 15,
          reason_required: false,
        },
        state: 'outside_hours',
      },
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
    place_name: null,
    created_at: at(-index),
    created_by_name: 'Marina Duarte',
    expires_at: at(7 - index),
    conditions: ALWAYS.conditions,
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

export const permissionsAt = (me: Me, place: AssignmentPlace): readonly Permission[] =>
  place.kind === 'server'
    ? me.server_permissions
    : (me.organizations.find(({ id }) => id === place.organization_id)?.permissions ?? [])

/** They manage people there and have all of the role themselves. */
export const mayGive = (me: Me, place: AssignmentPlace, key: string): boolean =>
  mayGiveRole(me, { permissions: roleOf(key)?.permissions ?? [] }, place)

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

type Standing = CountingRole['standing']

/** A proof is there whenever it is asked for; the rest is as it was given. */
function standingOf({ state, conditions }: MockAssignment): Standing {
  if (state === 'ended') return 'ended'
  if (state === 'outside_hours') return 'outside_hours'
  return conditions.step_up_minutes === null ? 'counts' : 'needs_proof'
}

/** What counts for the whole server alone. */
const OF_SERVER: readonly Permission[] = ['role.manage', 'server.manage']

/** What a role allows where it reaches. */
function leaves(place: AssignmentPlace, permissions: readonly Permission[]): Permission[] {
  if (place.kind === 'server') return [...permissions]
  return permissions.filter((one) =>
    place.kind === 'organization' ? !OF_SERVER.includes(one) : isAboutMachines(one),
  )
}

function reaches(place: AssignmentPlace, organizationId: string, machine: Machine | null): boolean {
  if (place.kind === 'server') return true
  if (place.organization_id !== organizationId) return false
  switch (place.kind) {
    case 'organization':
      return true
    case 'site':
      return machine?.site_id === place.site_id
    case 'tags':
      return machine !== null && place.tags.every((tag) => machine.labels.tags.includes(tag))
    case 'machine':
      return machine?.id === place.machine_id
  }
}

/** What somebody was given in a place, and what of it. */
type Counting = CountingRole & { allows: Permission[] }

/** What was approved for a while on the machine. */
const lentOn = (
  requests: readonly AccessRequest[],
  account: string,
  machine: Machine | null,
): Counting[] =>
  requests
    .filter(
      (one) =>
        one.state === 'approved' && one.account_id === account && one.machine_id === machine?.id,
    )
    .map(({ id, organization_id, machine_id, permissions, expires_at }) => ({
      assignment_id: id,
      role: id,
      role_name: '',
      place: { kind: 'machine', organization_id, machine_id },
      conditions: { ...ALWAYS.conditions, expires_at },
      standing: 'counts',
      lent: true,
      team_id: null,
      team_name: null,
      allows: permissions,
    }))

/** Once it is mended what keeps it from counting, soonest first. */
const ORDER: readonly Standing[] = ['counts', 'needs_proof', 'outside_hours', 'ended']
const HINDERED = {
  needs_proof: 'step_up',
  outside_hours: 'hours',
  ended: 'ended',
  counts: 'role',
} as const

/** Every permission, yes or no, and why. */
export function explained(
  db: Pick<MockDb, 'accessRules' | 'accessRequests' | 'roles'>,
  person: MockPerson,
  organizationId: string,
  machine: Machine | null,
) {
  const allows = (key: string) => db.roles.find((one) => one.key === key)?.permissions ?? []
  const given: Counting[] = [
    ...person.roles
      .filter(({ place }) => reaches(place, organizationId, machine))
      .map((one) => ({
        assignment_id: one.id,
        role: one.role,
        role_name: one.role_name,
        place: one.place,
        conditions: one.conditions,
        standing: standingOf(one),
        lent: false,
        team_id: one.team_id ?? null,
        team_name: one.team_name ?? null,
        allows: leaves(one.place, allows(one.role)),
      })),
    ...lentOn(db.accessRequests, person.id, machine),
  ]
  const keys = given.filter(({ lent }) => !lent).map(({ role }) => role)
  const asked = machine ? accessOf(db.accessRules, machine, keys).rights : []
  // The owner has every permission there is, in the order in which people read them.
  const all = roleOf('owner')?.permissions ?? []
  return {
    roles: given.map(({ allows: _allows, ...one }) => one),
    permissions: all.map((permission) => {
      const would = given.filter((one) => one.allows.includes(permission))
      const standing = ORDER.find((one) => would.some((role) => role.standing === one))
      const roles = would
        .filter((one) => one.standing === standing)
        .map(({ assignment_id: id }) => id)
      const access = asked.find(({ right }) => right === RIGHT_OF[permission]) ?? null
      const decide = () => {
        if (!standing) return 'no_role' as const
        if (person.disabled_at) return 'disabled' as const
        if (standing === 'counts' && access?.mode === 'never') return 'access_rule' as const
        return HINDERED[standing]
      }
      const decided_by = decide()
      return { permission, allowed: decided_by === 'role', decided_by, roles, access }
    }),
  }
}
