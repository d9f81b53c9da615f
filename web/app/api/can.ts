/**
 * Which action is possible in which state: one place, so that a button, a menu and a shortcut agree.
 * The server decides in the end (`machines`, `recognition`, `sessions`, `enrollment` in crates/server); this only spares
 * people a request that is bound to fail.
 */
import type {
  Access,
  EnrollmentToken,
  EnrollmentTokenState,
  Invitation,
  InvitationState,
  Machine,
  MachineToken,
  Me,
  MergedRecord,
  QuarantineEntry,
  Right,
  ServerIdentity,
  Session,
  ShownCertificate,
  SupportCode,
  WaitingPerson,
} from './types'

export type ConnectVerdict = 'yes' | 'blocked' | 'offline' | 'noScreen'

/** Whether a session with the machine can be asked for, and if not, why. */
export function canConnect(
  machine: Pick<Machine, 'presence' | 'capabilities' | 'state'>,
): ConnectVerdict {
  if (isBlocked(machine)) return 'blocked'
  if (machine.presence.status !== 'online') return 'offline'
  return machine.capabilities.includes('screen') ? 'yes' : 'noScreen'
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

/** The rights to ask for; those that the agent is known to lack are left out. */
export const rightsFor = (
  access: Access,
  machine: Pick<Machine, 'capabilities'> | undefined,
): readonly Right[] =>
  ASKED[access].filter(
    (right) =>
      right === 'view' ||
      machine === undefined ||
      machine.capabilities.includes(CAPABILITY[right] ?? right),
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

/** One that is used up still lets its machines find their records again, so it can be revoked too. */
export const canRevoke = (state: EnrollmentTokenState): boolean =>
  state === 'active' || state === 'used_up'

/** More time or more uses bring a token back, but not one that was revoked. */
export const canChange = (state: EnrollmentTokenState): boolean => state !== 'revoked'

/** Technicians see machines and connect to them; who a machine is, and who gets in, is for owners to decide. */
export const canManage = (me: Pick<Me, 'account'>): boolean => me.account.role === 'owner'

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

export type TakeVerdict = 'yes' | 'own' | 'taken' | 'assigned'

/** Whether a waiting person can be taken, and if not, why. */
export function canTake(
  person: Pick<WaitingPerson, 'assigned_to' | 'taken_by'>,
  me: Pick<Me, 'account'>,
): TakeVerdict {
  if (person.taken_by) return person.taken_by.id === me.account.id ? 'own' : 'taken'
  const { assigned_to: assigned } = person
  return !assigned || assigned.id === me.account.id || canManage(me) ? 'yes' : 'assigned'
}

/** Whoever took a person looks after them: gives them back, or sends them away. */
export const looksAfter = (
  person: Pick<WaitingPerson, 'assigned_to' | 'taken_by'>,
  me: Pick<Me, 'account'>,
): boolean => ['yes', 'own'].includes(canTake(person, me)) || canManage(me)

export const canRevokeCode = (
  code: Pick<SupportCode, 'created_by' | 'assigned_to'>,
  me: Pick<Me, 'account'>,
): boolean => canManage(me) || [code.created_by.id, code.assigned_to?.id].includes(me.account.id)

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

/** Whoever holds the key of one machine cannot become another one. */
export const canApproveAs = (
  entry: Pick<QuarantineEntry, 'holds_key_of'>,
  machineId: string,
): boolean => !entry.holds_key_of || entry.holds_key_of.machine.id === machineId

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
