/**
 * People, their roles, invitations. Special values: nobody may be invited as `full@…` (too many are open), the token `throttled`
 * was tried too often, the password `wrong` is not that of the account there is.
 */
import { may } from '~/api/can'
import type { AssignmentConditions, AssignmentPlace, Me, Permission } from '~/api/types'
import { isSamePlace } from '~/components/assignment-form'

import { type MockDb, ownerMe } from '../db'
import {
  ALWAYS,
  explained,
  mayGive,
  type MockAccountInvitation,
  type MockPerson,
  permissionsAt,
  personAsSeen,
} from '../people-data'
import { MockProblem, notFound } from '../problem'
import { rolesByTeams, seesTeam, teamAsSeen } from '../team-data'
import type { Handlers } from '../types'
import { secondFactorAsked } from './factors'
import { page } from './pages'
import { strengthOf } from './strength'

type Names =
  | 'GET /api/accounts'
  | 'GET /api/accounts/{id}'
  | 'DELETE /api/accounts/{id}'
  | 'POST /api/accounts/{id}/disable'
  | 'POST /api/accounts/{id}/enable'
  | 'GET /api/accounts/{id}/effective-permissions'
  | 'GET /api/role-assignments'
  | 'POST /api/role-assignments'
  | 'DELETE /api/role-assignments/{id}'
  | 'GET /api/account-invitations'
  | 'POST /api/account-invitations'
  | 'DELETE /api/account-invitations/{id}'
  | 'POST /api/account-invitations/{id}/resend'
  | 'POST /api/account-invitations/look'
  | 'POST /api/account-invitations/accept'

const WEEK = 7 * 24 * 60 * 60_000

const forbidden = (detail: string) => new MockProblem(403, 'forbidden', detail)

const refused = (permission: Permission) =>
  forbidden(`None of your roles allows this here (“${permission}”).`)

const invalid = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

const linkInvalid = () =>
  new MockProblem(403, 'link_invalid', 'This link was used before, has expired or is incomplete.')

const lastOwner = () =>
  new MockProblem(409, 'last_owner', 'Then nobody would own the server as a whole.')

const ownsServer = ({ disabled_at, roles }: MockPerson): boolean =>
  !disabled_at && roles.some(({ role, place }) => role === 'owner' && place.kind === 'server')

/** What the server says about limits that cannot be. */
function checkConditions({ expires_at: end, hours }: AssignmentConditions): void {
  if (end !== null && new Date(end).getTime() <= Date.now()) {
    throw invalid('conditions.expires_at', 'out_of_range', 'The end is over already.')
  }
  if (hours && !Intl.supportedValuesOf('timeZone').includes(hours.time_zone)) {
    throw invalid('conditions.hours.time_zone', 'unknown', 'There is no such time zone.')
  }
}

/** Who is signed in, with the roles that they have now: a scenario changes those. */
const asTheyAre = (me: Me, person: MockPerson): MockPerson => {
  if (me.server_permissions.length > 0) return person
  const [given] = person.roles
  const roles = me.organizations.flatMap(({ id, name, roles: keys }) =>
    keys.map((role, at) => ({
      ...ALWAYS,
      id: `${given?.id ?? ''}${at}`,
      account_id: person.id,
      role: role.key,
      role_name: role.name,
      place: { kind: 'organization' as const, organization_id: id },
      organization_name: name,
      created_at: person.created_at,
      created_by_name: '',
      provided: false,
    })),
  )
  return { ...person, roles }
}

/** What everybody else's reads and writes share. */
function peopleOf(db: MockDb) {
  const me = (): Me => db.me ?? structuredClone(ownerMe)
  const require = (permission: Permission) => {
    if (!may(me(), permission)) throw refused(permission)
  }
  const find = (id: string): MockPerson => {
    const found = db.people.find((person) => person.id === id)
    if (!found) throw notFound('account')
    return found
  }
  const toManage = (id: string): MockPerson => {
    const person = find(id)
    if (id === me().account.id) {
      throw forbidden(
        'You cannot do this to your own account. Ask somebody else who manages people.',
      )
    }
    if (!personAsSeen(me(), whole(person)).may_manage) {
      throw forbidden(
        'This account has roles that you may not take away. Ask somebody who may do everything that it may.',
      )
    }
    return person
  }
  const placeName = (place: AssignmentPlace): string | null => {
    switch (place.kind) {
      case 'site':
        return db.sites.find(({ id }) => id === place.site_id)?.name ?? null
      case 'machine':
        return db.machines.find(({ id }) => id === place.machine_id)?.name ?? null
      default:
        return null
    }
  }
  const named = (key: string, place: AssignmentPlace) => {
    const role = db.roles.find((one) => one.key === key)
    if (!role) throw invalid('role', 'unknown', 'There is no such role (any more).')
    const organization =
      place.kind === 'server'
        ? null
        : me().organizations.find(({ id }) => id === place.organization_id)
    if (organization === undefined) throw notFound('organization')
    if (!permissionsAt(me(), place).includes('account.manage')) throw refused('account.manage')
    if (!mayGive(me(), place, key)) throw forbidden('You may not do everything that this allows.')
    return {
      role_name: role.name,
      organization_name: organization?.name ?? null,
      place_name: placeName(place),
    }
  }
  /** With what they have by their teams. */
  const whole = (person: MockPerson): MockPerson => ({
    ...person,
    roles: [...person.roles, ...rolesByTeams(db.teams, person.id)],
  })
  const changed = () => db.publish('accounts', 'teams', 'audit')
  return { me, require, find, toManage, named, whole, changed }
}

function accountHandlers(db: MockDb) {
  const { me, require, find, toManage, whole, changed } = peopleOf(db)
  const setDisabled = (id: string, disabled: boolean) => {
    const person = toManage(id)
    if (disabled && ownsServer(person) && db.people.filter(ownsServer).length === 1) {
      throw lastOwner()
    }
    person.disabled_at = disabled ? new Date().toISOString() : null
    if (disabled) person.last_used_at = null
    changed()
    return personAsSeen(me(), whole(person))
  }
  return {
    'GET /api/accounts': ({ query }) => {
      require('account.see')
      const people = db.people.map((person) => personAsSeen(me(), whole(person)))
      return page(
        db,
        people.toSorted((a, b) => a.name.localeCompare(b.name)),
        query,
      )
    },
    'GET /api/accounts/{id}': ({ id }) => personAsSeen(me(), whole(find(id))),
    'POST /api/accounts/{id}/disable': ({ id }) => setDisabled(id, true),
    'POST /api/accounts/{id}/enable': ({ id }) => setDisabled(id, false),
    'DELETE /api/accounts/{id}': ({ id, query }) => {
      const person = toManage(id)
      const heir = query.get('hand_over_to')
      if (heir && db.people.find((one) => one.id === heir)?.disabled_at !== null) {
        throw invalid('hand_over_to', 'unknown', 'There is no such account.')
      }
      for (const waiting of db.queue) {
        if (waiting.assigned_to?.id !== id) continue
        const to = db.people.find((one) => one.id === heir)
        waiting.assigned_to = to ? { id: to.id, name: to.name } : null
      }
      db.people.splice(db.people.indexOf(person), 1)
      changed()
      return null
    },
    'GET /api/accounts/{id}/effective-permissions': ({ id, query }) => {
      const machineId = query.get('machine')
      const machine = machineId ? db.machines.find((one) => one.id === machineId) : null
      if (machine === undefined) throw notFound('machine')
      const organizationId = machine?.organization_id ?? query.get('organization') ?? ''
      const organization = me().organizations.find((one) => one.id === organizationId)
      if (!organization) throw notFound('organization')
      if (id !== me().account.id) require('account.see')
      const person = id === me().account.id ? asTheyAre(me(), find(id)) : find(id)
      return {
        account_id: person.id,
        account_name: person.name,
        disabled: person.disabled_at !== null,
        organization_id: organization.id,
        organization_name: organization.name,
        machine_id: machine?.id ?? null,
        machine_name: machine?.name ?? null,
        ...explained(db, whole(person), organization.id, machine),
      }
    },
  } satisfies Partial<Handlers<Names>>
}

function assignmentHandlers(db: MockDb) {
  const { me, require, find, named, whole, changed } = peopleOf(db)
  const seen = (person: MockPerson) => personAsSeen(me(), whole(person)).roles
  return {
    'GET /api/role-assignments': ({ query }) => {
      require('account.see')
      const account = query.get('account')
      const teams = db.teams.filter((team) => seesTeam(me(), team))
      const items = [
        ...db.people.flatMap(seen).filter((one) => account || one.team_id === null),
        ...teams.flatMap((team) => teamAsSeen(me(), team).roles),
      ]
      return page(db, account ? items.filter((one) => one.account_id === account) : items, query)
    },
    'POST /api/role-assignments': ({ body }) => {
      const { role, place, conditions = ALWAYS.conditions } = body
      checkConditions(conditions)
      const names = named(role, place)
      const program = db.serviceAccounts.find((one) => one.id === body.account_id)
      const team = db.teams.find((one) => one.id === body.account_id && seesTeam(me(), one))
      if (
        team?.place.kind === 'organization' &&
        !('organization_id' in place && place.organization_id === team.place.organization_id)
      ) {
        throw invalid('place', 'outside_team', 'This team has roles in its organization alone.')
      }
      const person = program ?? team ?? find(body.account_id)
      if (person.roles.some((one) => one.role === role && isSamePlace(one.place, place))) {
        throw new MockProblem(409, 'conflict', 'They have this role there already.')
      }
      const given = {
        id: db.nextId(),
        account_id: person.id,
        role,
        place,
        ...ALWAYS,
        ...names,
        conditions,
        created_at: new Date().toISOString(),
        created_by_name: me().account.name,
        provided: false,
      }
      person.roles.push(given)
      changed()
      return { ...given, may_take: true }
    },
    'DELETE /api/role-assignments/{id}': ({ id }) => {
      const all = [...db.people, ...db.serviceAccounts, ...db.teams]
      const person = all.find(({ roles }) => roles.some((role) => role.id === id))
      const role = person?.roles.find((one) => one.id === id)
      if (!person || !role) throw notFound('role assignment')
      if (!mayGive(me(), role.place, role.role)) {
        throw forbidden('You may not do everything that this allows.')
      }
      const kept = person.roles.filter((one) => one.id !== id)
      const owners = db.people.map((one) => (one === person ? { ...one, roles: kept } : one))
      if (!owners.some(ownsServer)) throw lastOwner()
      person.roles = kept
      changed()
      return null
    },
  } satisfies Partial<Handlers<Names>>
}

/** What everybody sees of it. */
const withoutToken = ({ token: _token, ...invitation }: MockAccountInvitation) => invitation

function invitationHandlers(db: MockDb) {
  const { me, require, named, changed } = peopleOf(db)
  return {
    'GET /api/account-invitations': ({ query }) => {
      require('account.manage')
      return page(db, db.accountInvitations.map(withoutToken), query)
    },
    'POST /api/account-invitations': ({ body }) => {
      if (!body.email.includes('@')) {
        throw invalid('email', 'invalid', 'This is not an e-mail address.')
      }
      const names = named(body.role, body.place)
      if (body.conditions) checkConditions(body.conditions)
      if (body.email.startsWith('full@')) {
        const detail = 'You have 200 open invitations. Take some back first.'
        throw new MockProblem(409, 'conflict', detail)
      }
      if (body.send && !db.serverMail.settings) {
        throw new MockProblem(409, 'mail_not_set_up', 'This server sends no e-mail.')
      }
      const created: MockAccountInvitation = {
        id: db.nextId(),
        email: body.email.trim(),
        role: body.role,
        place: body.place,
        ...names,
        conditions: body.conditions ?? ALWAYS.conditions,
        created_at: new Date().toISOString(),
        created_by_name: me().account.name,
        expires_at: new Date(Date.now() + WEEK).toISOString(),
        state: 'open',
        mail: body.send ? 'waiting' : null,
        token: `t${String(db.accountInvitations.length)}Jq8mZ3vRk0eWnXc5LbTgPd`,
      }
      db.accountInvitations.unshift(created)
      changed()
      const url = `https://farol.example/invitation#token=${created.token}`
      return { ...withoutToken(created), url }
    },
    'DELETE /api/account-invitations/{id}': ({ id }) => {
      const invitation = db.accountInvitations.find((one) => one.id === id)
      if (!invitation || !permissionsAt(me(), invitation.place).includes('account.manage')) {
        throw notFound('invitation')
      }
      if (invitation.state === 'open') invitation.state = 'revoked'
      changed()
      return null
    },
    'POST /api/account-invitations/{id}/resend': ({ id }) => {
      const invitation = db.accountInvitations.find((one) => one.id === id)
      if (!invitation) throw notFound('invitation')
      if (invitation.state !== 'open') {
        throw new MockProblem(409, 'conflict', 'This invitation is over. Make a new one.')
      }
      invitation.mail = 'waiting'
      invitation.token = `again-${invitation.token}`
      invitation.expires_at = new Date(Date.now() + WEEK).toISOString()
      changed()
      const url = `https://farol.example/invitation#token=${invitation.token}`
      return { ...withoutToken(invitation), url }
    },
  } satisfies Partial<Handlers<Names>>
}

function guestsOf(db: MockDb) {
  const open = (token: string): MockAccountInvitation => {
    if (token === 'throttled') {
      throw new MockProblem(429, 'too_many_attempts', 'Too many attempts.', { retryAfter: 42 })
    }
    const found = db.accountInvitations.find((one) => one.token === token)
    if (found?.state !== 'open') throw linkInvalid()
    return found
  }
  const accountOf = ({ email }: MockAccountInvitation) =>
    db.people.find((person) => person.email === email)
  return { open, accountOf }
}

function checkNewcomer(name: string, email: string, password: string): void {
  const fields = []
  if (name === '') {
    fields.push({ field: 'name', code: 'required', detail: 'A name is needed.' })
  }
  if (strengthOf(password, [name, email]).score < 3) {
    const detail = 'This password is too easy to guess.'
    fields.push({ field: 'password', code: 'too_weak', detail })
  }
  if (fields.length) {
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
  }
}

function acceptHandlers(db: MockDb) {
  const { open, accountOf } = guestsOf(db)
  return {
    'POST /api/account-invitations/look': ({ body }) => {
      const invitation = open(body.token)
      const { email, organization_name, role, role_name, created_by_name } = invitation
      return {
        email,
        organization_name,
        role,
        role_name,
        invited_by: created_by_name,
        has_account: accountOf(invitation) !== undefined,
      }
    },
    'POST /api/account-invitations/accept': ({ body }) => {
      const invitation = open(body.token)
      const known = accountOf(invitation)
      const name = known?.name ?? (body.name ?? '').trim()
      if (!known) checkNewcomer(name, invitation.email, body.password)
      else if (body.password === 'wrong') {
        throw new MockProblem(401, 'invalid_credentials', 'E-mail or password is wrong.')
      }
      if (known?.second_factor) return secondFactorAsked()
      if (known?.disabled_at) {
        throw new MockProblem(403, 'account_disabled', 'This account is disabled.')
      }
      invitation.state = 'accepted'
      const id = known?.id ?? db.nextId()
      const { role, place, role_name, organization_name, conditions, place_name } = invitation
      const permissions = db.roles.find(({ key }) => key === role)?.permissions ?? []
      db.me = {
        account: { id, name, email: invitation.email, locale: body.locale ?? 'en' },
        organizations: structuredClone(ownerMe.organizations).map((organization) => ({
          ...organization,
          roles: [{ key: role, name: role_name }],
          permissions,
        })),
        server_permissions: place.kind === 'server' ? permissions : [],
        second_factor_missing: null,
        server_version: ownerMe.server_version,
      }
      const now = new Date().toISOString()
      const given = {
        id: db.nextId(),
        account_id: id,
        role,
        role_name,
        place,
        organization_name,
        ...ALWAYS,
        place_name: place_name ?? null,
        conditions,
        created_at: now,
        created_by_name: invitation.created_by_name,
        provided: false,
      }
      if (known) known.roles.push(given)
      else {
        const { email } = invitation
        const fresh = {
          kind: 'person' as const,
          created_at: now,
          disabled_at: null,
          last_used_at: now,
          second_factor: false,
        }
        db.people.push({ id, name, email, ...fresh, roles: [given] })
      }
      db.signedIn = true
      db.publish('accounts', 'audit')
      return db.me
    },
  } satisfies Partial<Handlers<Names>>
}

export const peopleHandlers = (db: MockDb): Handlers<Names> => ({
  ...accountHandlers(db),
  ...assignmentHandlers(db),
  ...invitationHandlers(db),
  ...acceptHandlers(db),
})
