/**
 * Which action is possible in which state: one place, so that a button, a menu and a shortcut agree.
 * The server decides in the end (`machines`, `recognition`, `sessions`, `enrollment` in crates/server); this only spares
 * people a request that is bound to fail.
 */
import type {
  Access,
  AccessRequest,
  AccessRequestState,
  AccountInvitation,
  ApiToken,
  ApiTokenState,
  AssignmentPlace,
  AssignmentState,
  EnrollmentToken,
  EnrollmentTokenState,
  Invitation,
  InvitationState,
  Machine,
  MachineToken,
  Me,
  MergedRecord,
  Permission,
  QuarantineEntry,
  Right,
  Role,
  RoleAssignment,
  ServerIdentity,
  Session,
  ShownCertificate,
  SupportCode,
  WaitingPerson,
} from './types'

export type ConnectVerdict = 'yes' | 'notAllowed' | 'blocked' | 'offline' | 'noScreen'

/** What it takes to have a right in a session. */
const PERMISSION: Readonly<Record<Right, Permission>> = {
  view: 'screen.view',
  control: 'screen.control',
  clipboard: 'clipboard.share',
  files: 'files.transfer',
  terminal: 'terminal.open',
}
const RIGHTS = Object.keys(PERMISSION) as readonly Right[]

/** Whether the account may do this with one machine, once it has proven itself where a role asks for that. */
export const mayOn = (
  { permissions }: Pick<Machine, 'permissions'>,
  permission: Permission,
): boolean => permissions.includes(permission)

const rightsWithin = (permissions: readonly Permission[]): readonly Right[] =>
  RIGHTS.filter((right) => permissions.includes(PERMISSION[right]))

/** The rights that the account's roles allow on a machine. */
export const permittedRights = ({ permissions }: Pick<Machine, 'permissions'>): readonly Right[] =>
  rightsWithin(permissions)

/**
 * Those that they allow on any machine alike. Undefined when that differs: an organization's permissions are what the account may
 * do with some of its machines at least.
 */
export function permittedEverywhere(
  me: Pick<Me, 'organizations' | 'server_permissions'>,
): readonly Right[] | undefined {
  const everywhere = rightsWithin(me.server_permissions)
  const same = openOrganizations(me).every(
    ({ permissions }) => rightsWithin(permissions).join() === everywhere.join(),
  )
  return same ? everywhere : undefined
}

export interface WaysToConnect {
  verdict: ConnectVerdict
  /** What the account's roles allow at all, the most first; whatever the machine allows now. */
  ways: readonly Access[]
}

/** How a session with the machine can be asked for, whether it can be now, and if not, why. */
export function waysToConnect(
  machine: Pick<Machine, 'presence' | 'capabilities' | 'state' | 'permissions'>,
): WaysToConnect {
  const permitted = permittedRights(machine)
  const ways = (['control', 'view'] as const).filter(
    (access) => permitted.includes('view') && permitted.includes(access),
  )
  const verdict = (): ConnectVerdict => {
    if (ways.length === 0) return 'notAllowed'
    if (isBlocked(machine)) return 'blocked'
    if (machine.presence.status !== 'online') return 'offline'
    return machine.capabilities.includes('screen') ? 'yes' : 'noScreen'
  }
  return { verdict: verdict(), ways }
}

/** What is asked for with each way of connecting. */
const ASKED: Readonly<Record<Access, readonly Right[]>> = {
  control: ['view', 'control', 'clipboard'],
  view: ['view'],
}

/** What an agent must offer for a right. Nobody asks for the others yet. */
const CAPABILITY: Readonly<Partial<Record<Right, string>>> = {
  view: 'screen',
  control: 'input',
  clipboard: 'clipboard',
}

/** Whether roles allow a right; as long as nobody knows, the server decides. */
export const isPermitted = (permitted: readonly Right[] | null, right: Right): boolean =>
  permitted === null || permitted.includes(right)

/** The way of connecting that is left of the chosen one. */
export const accessWithin = (access: Access, permitted: readonly Right[] | null): Access =>
  isPermitted(permitted, 'control') ? access : 'view'

/** The rights to ask for; those that the agent is known to lack or the account's roles do not allow are left out. */
export const rightsFor = (
  access: Access,
  machine: Pick<Machine, 'capabilities'> | undefined,
  permitted: readonly Right[] | null,
): readonly Right[] =>
  ASKED[access].filter(
    (right) =>
      right === 'view' ||
      (isPermitted(permitted, right) &&
        (machine === undefined || machine.capabilities.includes(CAPABILITY[right] ?? right))),
  )

/** Whether a session lets its technician act on the machine. */
export const mayControl = ({ rights }: Pick<Session, 'rights'>): boolean =>
  rights.includes('control')

/** Records of sessions stay until they are over. */
export const canRemoveRecord = (session: Pick<Session, 'state'>): boolean =>
  session.state === 'ended'

export const canEnd = (session: Pick<Session, 'state'>): boolean => session.state !== 'ended'

/** What a token is good for at `now`, in milliseconds since the epoch; its time may have ended since it was read. */
export const tokenState = (
  token: Pick<EnrollmentToken, 'state' | 'expires_at'>,
  now: number,
): EnrollmentTokenState =>
  token.state === 'active' && new Date(token.expires_at).getTime() <= now ? 'expired' : token.state

/** What an API token is good for at `now`, in milliseconds since the epoch. */
export const apiTokenState = (
  token: Pick<ApiToken, 'state' | 'expires_at'>,
  now: number,
): ApiTokenState =>
  token.state === 'active' && new Date(token.expires_at).getTime() <= now ? 'expired' : token.state

/** One that only reads takes these alone. */
const READING: readonly Permission[] = ['machine.see', 'session.see', 'audit.read', 'account.see']

export const onlyReads = (permission: Permission): boolean => READING.includes(permission)

/** All that the account may do anywhere: what its API tokens can be for. */
export const mayAnywhere = (
  me: Pick<Me, 'organizations' | 'server_permissions'>,
  permission: Permission,
): boolean => mayForServer(me, permission) || may(me, permission)

/** One that is used up still lets its machines find their records again, so it can be revoked too. */
export const canRevoke = (state: EnrollmentTokenState): boolean =>
  state === 'active' || state === 'used_up'

/** More time or more uses bring a token back, but not one that was revoked. */
export const canChange = (state: EnrollmentTokenState): boolean => state !== 'revoked'

/** The account's organizations into which something new can go. */
export const openOrganizations = (me: Pick<Me, 'organizations'>): Me['organizations'] =>
  me.organizations.filter(({ archived_at }) => archived_at === null)

/** Whether the account may do this in an organization; without one, in any of its organizations. */
export const may = (
  me: Pick<Me, 'organizations'>,
  permission: Permission,
  organizationId?: string,
): boolean =>
  me.organizations.some(
    ({ id, permissions }) =>
      (organizationId === undefined || id === organizationId) && permissions.includes(permission),
  )

/** Whether the account may do this for the whole server. */
export const mayForServer = (me: Pick<Me, 'server_permissions'>, permission: Permission): boolean =>
  me.server_permissions.includes(permission)

/** What counts for the whole server alone, so that nobody needs it to give a role in one organization. */
const OF_SERVER: readonly Permission[] = ['role.manage', 'server.manage']

/** What is about machines and their sessions: all that counts in a place smaller than an organization, and can be lent. */
const ON_MACHINES: readonly Permission[] = [
  'machine.see',
  'machine.manage',
  'machine.remove',
  'screen.view',
  'screen.control',
  'clipboard.share',
  'files.transfer',
  'terminal.open',
  'session.see',
  'session.manage',
]

export const isAboutMachines = (permission: Permission): boolean => ON_MACHINES.includes(permission)

/** What the account may do in a place. */
const permissionsAt = (
  me: Pick<Me, 'organizations' | 'server_permissions'>,
  place: AssignmentPlace,
): readonly Permission[] =>
  place.kind === 'server'
    ? me.server_permissions
    : (me.organizations.find(({ id }) => id === place.organization_id)?.permissions ?? [])

/** What a role allows in a place of this kind. */
const countsThere = (place: AssignmentPlace, permission: Permission): boolean => {
  if (place.kind === 'server') return true
  return place.kind === 'organization'
    ? !OF_SERVER.includes(permission)
    : isAboutMachines(permission)
}

/** Whether the account may give a role in a place: it manages people there and may do all that the role allows there. */
export function mayGive(
  me: Pick<Me, 'organizations' | 'server_permissions'>,
  role: Pick<Role, 'permissions'>,
  place: AssignmentPlace,
): boolean {
  const own = permissionsAt(me, place)
  const there = role.permissions.filter((one) => countsThere(place, one))
  const isNothing = there.length === 0 && role.permissions.length > 0
  return (
    own.includes('account.manage') &&
    there.every((one) => own.includes(one)) &&
    // The server refuses what would allow nothing on any machine.
    (place.kind === 'organization' || !isNothing)
  )
}

/** How an assignment counts at `now`, in milliseconds since the epoch; it may have ended since it was read. */
export const assignmentState = (
  { state, conditions }: Pick<RoleAssignment, 'state' | 'conditions'>,
  now: number,
): AssignmentState =>
  conditions.expires_at !== null && new Date(conditions.expires_at).getTime() <= now
    ? 'ended'
    : state

/** What became of an access request at `now`, in milliseconds since the epoch; its time may have ended since it was read. */
export function accessRequestState(
  { state, expires_at, lapses_at }: Pick<AccessRequest, 'state' | 'expires_at' | 'lapses_at'>,
  now: number,
): AccessRequestState {
  const end = state === 'approved' ? expires_at : state === 'waiting' ? lapses_at : null
  return end !== null && new Date(end).getTime() <= now ? 'ended' : state
}

/** What an invitation to make an account is good for at `now`, in milliseconds since the epoch. */
export const accountInvitationState = (
  invitation: Pick<AccountInvitation, 'state' | 'expires_at'>,
  now: number,
): AccountInvitation['state'] =>
  invitation.state === 'open' && new Date(invitation.expires_at).getTime() <= now
    ? 'expired'
    : invitation.state

export type ChangeRoleVerdict = 'yes' | 'builtIn' | 'beyond'

/** Whether a role can be changed: nobody changes one that allows more than they may do themselves, for the whole server. */
export function canChangeRole(
  role: Pick<Role, 'built_in' | 'permissions'>,
  me: Pick<Me, 'server_permissions'>,
): ChangeRoleVerdict {
  if (role.built_in) return 'builtIn'
  return role.permissions.every((one) => mayForServer(me, one)) ? 'yes' : 'beyond'
}

export const isBlocked = (machine: Pick<Machine, 'state'>): boolean => machine.state === 'blocked'

/** Whether the session is that of somebody who was invited into another one. */
export const isGuests = (session: Pick<Session, 'guest_of'>): boolean => session.guest_of !== null

/** What an invitation is good for at `now`, in milliseconds since the epoch; its time may have ended since it was read. */
export const invitationState = (
  invitation: Pick<Invitation, 'state' | 'expires_at'>,
  now: number,
): InvitationState =>
  invitation.state === 'open' && new Date(invitation.expires_at).getTime() <= now
    ? 'expired'
    : invitation.state

/** One that somebody came with can be revoked, too: it ends their session. */
export const canRevokeInvitation = (state: InvitationState): boolean =>
  state === 'open' || state === 'accepted'

/** Who manages machines looks after people that others took, too. */
const looksAfterAll = (me: Pick<Me, 'organizations'>): boolean => may(me, 'machine.manage')

export type TakeVerdict = 'yes' | 'own' | 'taken' | 'assigned'

/** Whether a waiting person can be taken, and if not, why. */
export function canTake(
  person: Pick<WaitingPerson, 'assigned_to' | 'taken_by'>,
  me: Pick<Me, 'account' | 'organizations'>,
): TakeVerdict {
  if (person.taken_by) return person.taken_by.id === me.account.id ? 'own' : 'taken'
  const { assigned_to: assigned } = person
  return !assigned || assigned.id === me.account.id || looksAfterAll(me) ? 'yes' : 'assigned'
}

/** Whoever took a person looks after them: gives them back, or sends them away. */
export const looksAfter = (
  person: Pick<WaitingPerson, 'assigned_to' | 'taken_by'>,
  me: Pick<Me, 'account' | 'organizations'>,
): boolean => ['yes', 'own'].includes(canTake(person, me)) || looksAfterAll(me)

export const canRevokeCode = (
  code: Pick<SupportCode, 'created_by' | 'assigned_to'>,
  me: Pick<Me, 'account' | 'organizations'>,
): boolean =>
  looksAfterAll(me) || [code.created_by.id, code.assigned_to?.id].includes(me.account.id)

export type MergeVerdict = 'yes' | 'same' | 'bothOnline' | 'inSession'

type Mergeable = Pick<Machine, 'id' | 'presence' | 'sessions'>

/** Whether `from` can become a record of `into`, and if not, why. */
export function canMerge(into: Mergeable, from: Mergeable): MergeVerdict {
  if (into.id === from.id) return 'same'
  if (into.presence.status === 'online' && from.presence.status === 'online') return 'bothOnline'
  return from.sessions.length > 0 ? 'inSession' : 'yes'
}

/** A merge can be taken back for 30 days; `now` in milliseconds since the epoch. */
export const canUndoMerge = (record: Pick<MergedRecord, 'undo_until'>, now: number): boolean =>
  now <= new Date(record.undo_until).getTime()

/** Only our own agent has a key that it could change. */
export const canRotateKey = (machine: Pick<Machine, 'door'>): boolean => machine.door === 'agent'

export const canDecide = (entry: Pick<QuarantineEntry, 'state'>): boolean =>
  entry.state === 'waiting'

/** Whether a helpdesk's desktop agent speaks for the machine. */
export const hasHelpdeskAgent = (machine: Pick<Machine, 'doors'>): boolean =>
  machine.doors.includes('helpdesk')

export type MachineTokenState = 'active' | 'expired' | 'revoked'

/** What a machine's token is good for at `now`, in milliseconds since the epoch. */
export function machineTokenState(
  token: Pick<MachineToken, 'expires_at' | 'revoked_at'>,
  now: number,
): MachineTokenState {
  if (token.revoked_at) return 'revoked'
  return new Date(token.expires_at).getTime() <= now ? 'expired' : 'active'
}

/** Whoever holds the key of one machine cannot become another one, and nobody gives away a machine that they do not manage. */
export const canApproveAs = (
  entry: { holds_key_of: { machine: Pick<Machine, 'id'> } | null },
  machine: Pick<Machine, 'id' | 'permissions'>,
): boolean =>
  mayOn(machine, 'machine.manage') &&
  (!entry.holds_key_of || entry.holds_key_of.machine.id === machine.id)

/** The copy holds a machine's key, so it has to enroll itself with a key of its own before it is a machine. */
export const becomesNewByItself = (entry: Pick<QuarantineEntry, 'holds_key_of'>): boolean =>
  Boolean(entry.holds_key_of)

/** Machines that would have to be enrolled again if the older keys of the server were given up. */
export const strandedByRetiring = ({ keys }: ServerIdentity): number =>
  keys.reduce((sum, key) => (key.present ? sum : sum + key.trusted_by), 0)

export const canRetire = ({ keys }: ServerIdentity): boolean => keys.some((key) => !key.present)

/** `due`: the next one should be there by now. `placeholder`: there was none yet. */
export type CertificateState = 'valid' | 'due' | 'ended' | 'placeholder'

/** How the server's certificate is at `now`, in milliseconds since the epoch. */
export function certificateState(
  shown: Pick<ShownCertificate, 'not_after' | 'renew_at' | 'placeholder'>,
  now: number,
): CertificateState {
  if (shown.placeholder) return 'placeholder'
  if (new Date(shown.not_after).getTime() <= now) return 'ended'
  return new Date(shown.renew_at).getTime() <= now ? 'due' : 'valid'
}
