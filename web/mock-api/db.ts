/**
 * What the mock API remembers: plain arrays, made anew for every page load and every test.
 * `publish` reaches the fake event stream (`events.ts`), so live changes behave as with a server.
 */
import type {
  AccessRequest,
  AccessRule,
  ApiToken,
  AuditEntry,
  AuditFinding,
  EnrollmentToken,
  EnrollmentTokenUse,
  HelpdeskAgent,
  Machine,
  Mail,
  Me,
  Organization,
  Permission,
  Role,
  ServerCertificate,
  ServerIdentity,
  ServerJob,
  ServerMail,
  Session,
  SignInRules,
  Site,
  SupportCode,
  WaitingPerson,
  Webhook,
  WebhookDeliveryDetail,
} from '~/api/types'

import type { IdentityProvider } from '~/api/identity-providers'
import type { InventoryChange, MachineInventory } from '~/api/inventory'

import { someAccessRules } from './access-data'
import { someAccessRequests } from './access-request-data'
import { someAudit, someMachines, someTokens, someUses } from './data'
import { type MockProtection, someProtection } from './factors-data'
import { type MockInvitation, someInvitations } from './guest-data'
import { helpdeskOf } from './helpdesk-data'
import {
  type MockEntry,
  type MockMerge,
  type MockPair,
  goodCertificate,
  serverKeys,
  someMerges,
  somePairs,
  someQuarantine,
} from './identity-data'
import { type MockIdentity, someIdentities, someProviders } from './identity-provider-data'
import { giveInventories, someInventoryChanges } from './inventory-data'
import {
  type MockAccountInvitation,
  type MockPerson,
  someAccountInvitations,
  somePeople,
} from './people-data'
import { someJobs } from './job-data'
import { noServerMail, someMails, someServerMail } from './mail-data'
import { become, builtInRoles, permissionsOn, PERMISSIONS, someRoles } from './rights-data'
import { someSessions } from './session-data'
import { someSupportCodes, someWaiting } from './support-data'
import { type MockTeam, someTeams } from './team-data'
import { type MockServiceAccount, someApiTokens, someServiceAccounts } from './token-data'
import { someDeliveries, someWebhooks } from './webhook-data'

/**
 * What to begin with:
 * `usual` a fleet, signed in · `technician` the same, by somebody who may not manage · `signed-out` the same, signed out · `fresh` no account yet · `empty` an account and nothing
 * else · `failing` every list answers with an internal error · `offline` the event stream never opens.
 */
export type Scenario =
  'usual' | 'technician' | 'signed-out' | 'fresh' | 'empty' | 'failing' | 'offline'

/**
 * What happens to a session that is opened:
 * `usual` nothing in particular · `asks` somebody at the machine is asked · `interrupted` the machine is lost and stays away ·
 * `taken-back` the right to control is taken back · `forbidden` nobody may control · `locked`, `blank`, `no_display` the
 * screen is so · `key-changed` this browser knows another key of every machine · `together` colleagues are there, too · `watching` one of them
 * drives · `guest` somebody who was invited is there · `monitors` the machine has two · `reason` the role asks why.
 */
export type ViewerScenario =
  | 'usual'
  | 'asks'
  | 'interrupted'
  | 'taken-back'
  | 'forbidden'
  | 'locked'
  | 'blank'
  | 'no_display'
  | 'key-changed'
  | 'together'
  | 'watching'
  | 'guest'
  | 'monitors'
  | 'reason'

export interface MockDb {
  scenario: Scenario
  viewer: ViewerScenario
  me: Me | null
  signedIn: boolean
  machines: Machine[]
  /** What the signed-in account may do with some machines, by id, where its roles do not count for all of an organization. */
  machinePermissions: Record<string, Permission[]>
  sessions: Session[]
  tokens: EnrollmentToken[]
  accessRules: AccessRule[]
  /** Newest first; what the caller may do about each depends on who asks. */
  accessRequests: AccessRequest[]
  organizations: Organization[]
  sites: Site[]
  roles: Role[]
  /** Machines that were enrolled, by the token's id. */
  uses: Record<string, EnrollmentTokenUse[]>
  audit: AuditEntry[]
  /** What a verification finds; nothing by default. */
  auditFinding: AuditFinding | null
  quarantine: MockEntry[]
  pairs: MockPair[]
  merges: MockMerge[]
  /** What helpdesk agents told, by machine. */
  helpdesk: Record<string, HelpdeskAgent>
  /** What agents found, by machine; the agents of others deliver nothing. */
  inventories: Record<string, MachineInventory>
  /** What changed, by machine; newest first. */
  inventoryChanges: Record<string, InventoryChange[]>
  /** When a new key was asked for, by machine. */
  keyChanges: Record<string, string>
  supportCodes: SupportCode[]
  /** Who waits with a support code. */
  queue: WaitingPerson[]
  people: MockPerson[]
  /** Oldest first. */
  teams: MockTeam[]
  /** Of the signed-in person's account. */
  protection: MockProtection
  identityProviders: IdentityProvider[]
  identities: MockIdentity[]
  /** Newest first. */
  apiTokens: ApiToken[]
  serviceAccounts: MockServiceAccount[]
  /** Newest first. */
  accountInvitations: MockAccountInvitation[]
  /** Newest first. */
  invitations: MockInvitation[]
  /** Sessions of guests, by the key that speaks for each. */
  guestKeys: Record<string, string>
  serverIdentity: ServerIdentity
  serverCertificate: ServerCertificate
  serverJobs: ServerJob[]
  /** What is counted of people is found when it is asked for. */
  signInRules: Omit<SignInRules, 'without_factor'>
  serverMail: ServerMail
  /** Newest first. */
  mails: Mail[]
  /** Oldest first. */
  webhooks: Webhook[]
  /** Those of each webhook, newest first. */
  deliveries: Record<string, WebhookDeliveryDetail[]>
  publish: (...topics: string[]) => void
  onPublish: (listener: (topics: string[]) => void) => () => void
  /** A new id: UUIDv7-like, increasing. */
  nextId: () => string
}

export const organization = {
  id: '0197c2a0-0000-7000-8000-000000000001',
  name: 'Atlântico Suporte',
}
const made = {
  created_at: '2026-01-05T09:00:00Z',
  archived_at: null,
  archived_by_name: null,
  etag: '"1"',
}
export const site = {
  id: '0197c2a0-0000-7000-8000-000000000002',
  organization_id: organization.id,
  name: 'Main',
  ...made,
}
export const secondSite = {
  id: '0197c2a0-0000-7000-8000-000000000003',
  organization_id: organization.id,
  name: 'Lisbon',
  ...made,
}
export const owner = { id: '0197c2a0-0000-7000-8000-00000000000a', name: 'Marina Duarte' }

export const ownerMe: Me = {
  account: { ...owner, email: 'marina@atlantico.example', locale: 'en' },
  organizations: [
    {
      ...organization,
      archived_at: null,
      roles: [{ key: 'owner', name: 'owner' }],
      permissions: PERMISSIONS.owner,
    },
  ],
  second_factor_missing: null,
  server_permissions: PERMISSIONS.owner,
  server_version: '0.1.0',
}

export function createDb(scenario: Scenario = 'usual', now = Date.now()): MockDb {
  const listeners = new Set<(topics: string[]) => void>()
  const bare = scenario === 'fresh' || scenario === 'empty'
  const machines = bare ? [] : someMachines(now)
  const me = structuredClone(ownerMe)
  if (scenario === 'technician') become(me, 'technician')
  let ids = 0
  const queue = bare ? [] : someWaiting(now)
  const db: MockDb = {
    scenario,
    viewer: 'usual',
    me: scenario === 'fresh' ? null : me,
    signedIn: scenario !== 'fresh' && scenario !== 'signed-out',
    machines,
    machinePermissions: {},
    sessions: bare ? [] : someSessions(machines, now),
    tokens: bare ? [] : someTokens(now),
    organizations: [{ ...organization, ...made }],
    sites: structuredClone([site, secondSite]),
    roles: bare ? builtInRoles() : [...builtInRoles(), ...someRoles()],
    accessRules: bare ? [] : someAccessRules(machines, now),
    accessRequests: bare ? [] : someAccessRequests(machines, me, now),
    uses: bare ? {} : someUses(machines, now),
    audit: bare ? [] : someAudit(now),
    auditFinding: null,
    quarantine: bare ? [] : someQuarantine(machines, now),
    pairs: bare ? [] : somePairs(machines),
    merges: bare ? [] : someMerges(machines, now),
    helpdesk: Object.fromEntries(machines.map((machine) => [machine.id, helpdeskOf(machine, now)])),
    inventories: giveInventories(machines, now),
    inventoryChanges: someInventoryChanges(machines, now),
    keyChanges: {},
    supportCodes: bare ? [] : someSupportCodes(now),
    queue,
    people: somePeople(me, bare, now),
    teams: bare ? [] : someTeams(now),
    protection: someProtection(now),
    apiTokens: bare ? [] : someApiTokens(me, now),
    serviceAccounts: bare ? [] : someServiceAccounts(now),
    identityProviders: bare ? [] : someProviders(),
    identities: bare ? [] : someIdentities(now, [me.account.id]),
    accountInvitations: bare ? [] : someAccountInvitations(now),
    invitations: bare ? [] : someInvitations(now),
    guestKeys: {},
    serverIdentity: serverKeys(machines),
    serverCertificate: goodCertificate(now),
    serverJobs: bare ? [] : someJobs(now),
    signInRules: {
      second_factor: 'optional',
      trust_providers: true,
      grace_days: 0,
      since: null,
      etag: '"0"',
    },
    serverMail: bare ? noServerMail() : someServerMail(now),
    mails: bare ? [] : someMails(now),
    webhooks: bare ? [] : someWebhooks(now),
    deliveries: bare ? {} : someDeliveries(now),
    publish: (...topics) => {
      for (const listener of listeners) listener(topics)
    },
    onPublish: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    nextId: () => {
      ids += 1
      return `0197c2b0-0000-7000-8000-${String(ids).padStart(12, '0')}`
    },
  }
  // What may be done with a machine depends on who asks, and when.
  for (const machine of [...machines, ...queue.map((person) => person.machine)]) {
    Object.defineProperty(machine, 'permissions', { get: () => permissionsOn(db, machine) })
  }
  return db
}
