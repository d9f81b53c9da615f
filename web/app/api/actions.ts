/**
 * What the console changes: one function per request, each resolving to the new state or throwing an `ApiProblem`.
 * Nothing here touches the query cache: the event stream tells every open console, this one included, what to re-read.
 */
import { api, call } from './client'
import type {
  AcceptAccountInvitation,
  AccessRule,
  AccessRuleChange,
  ApiToken,
  ApiTokenChange,
  ApiTokenRotation,
  AuditReport,
  EnrollmentToken,
  EnrollmentTokenChange,
  Invitation,
  Machine,
  MachineChange,
  MergedRecord,
  NewAccessRule,
  NewAccessRequest,
  NewAccountInvitation,
  NewApiToken,
  NewEnrollmentToken,
  NewInvitation,
  NewMailSettings,
  NewMailTest,
  NewRole,
  NewRoleAssignment,
  NewServiceAccount,
  NewSupportCode,
  NewTeam,
  NewWebhook,
  NewSignInRules,
  Organization,
  QuarantineApproval,
  Role,
  RoleChange,
  ServiceAccountChange,
  ServerJobName,
  ServerMail,
  Setup,
  SignInRules,
  Site,
  Team,
  TeamChange,
  Webhook,
  WebhookChange,
} from './types'

const inPath = (id: string) => ({ params: { path: { id } } })

export const setUp = (body: Setup) => call(api.POST('/api/setup', { body }))

/** Signs in, or asks for a second factor. */
export const signIn = (body: { email: string; password: string }) =>
  call(api.POST('/api/logins', { body }))

export const signInByLink = (token: string) =>
  call(api.POST('/api/logins/link', { body: { token } }))

export const signOut = () => call(api.DELETE('/api/logins/current'))

export const updateMe = (body: { locale?: string; name?: string }) =>
  call(api.PATCH('/api/me', { body }))

export interface PasswordQuestion {
  password: string
  /** Passwords made from these are judged as what they are: easy to guess. */
  name: string
  email: string
}

export const passwordStrength = (body: PasswordQuestion, signal: AbortSignal) =>
  call(api.POST('/api/password-strength', { body, signal }))

/** Renames or moves a machine if it is still as `machine` says. `version_mismatch` means that it is not. */
export const changeMachine = (machine: Pick<Machine, 'id' | 'etag'>, body: MachineChange) =>
  call(
    api.PATCH('/api/machines/{id}', {
      params: { path: { id: machine.id }, header: { 'If-Match': machine.etag } },
      body,
    }),
  )

export const removeMachine = (id: string) => call(api.DELETE('/api/machines/{id}', inPath(id)))

export const endSession = (id: string) => call(api.DELETE('/api/sessions/{id}', inPath(id)))

/** `too_many_invitations` means that some of the open ones have to be revoked first. */
export const inviteGuest = (sessionId: string, body: NewInvitation) =>
  call(api.POST('/api/sessions/{id}/invitations', { ...inPath(sessionId), body }))

/** Nobody gets in with it any more; a guest who did loses the session. */
export const revokeInvitation = ({ id: invitation, session_id: id }: Invitation) =>
  call(
    api.DELETE('/api/sessions/{id}/invitations/{invitation}', {
      params: { path: { id, invitation } },
    }),
  )

/** Removes the records of sessions that are over. */
export const removeSessions = (ids: readonly string[]) =>
  call(api.POST('/api/sessions/remove', { body: { ids: [...ids] } }))

export const createEnrollmentToken = (body: NewEnrollmentToken) =>
  call(api.POST('/api/enrollment-tokens', { body }))

/** Changes what a token allows if it is still as `token` says. `version_mismatch` means that it is not. */
export const changeEnrollmentToken = (
  token: Pick<EnrollmentToken, 'id' | 'etag'>,
  body: EnrollmentTokenChange,
) =>
  call(
    api.PATCH('/api/enrollment-tokens/{id}', {
      params: { path: { id: token.id }, header: { 'If-Match': token.etag } },
      body,
    }),
  )

export const revokeEnrollmentToken = (id: string) =>
  call(api.DELETE('/api/enrollment-tokens/{id}', inPath(id)))

/** `access_rule_exists` means that there is one about the same machines, role and right. */
export const createAccessRule = (body: NewAccessRule) =>
  call(api.POST('/api/access-rules', { body }))

const seenRule = ({ id, etag }: Pick<AccessRule, 'id' | 'etag'>) => ({
  params: { path: { id }, header: { 'If-Match': etag } },
})

/** Changes what a rule says if it is still as `rule` says. `version_mismatch` means that it is not. */
export const changeAccessRule = (rule: Pick<AccessRule, 'id' | 'etag'>, body: AccessRuleChange) =>
  call(api.PATCH('/api/access-rules/{id}', { ...seenRule(rule), body }))

/** Deletes a rule if it is still as `rule` says. `version_mismatch` means that it is not. */
export const deleteAccessRule = (rule: Pick<AccessRule, 'id' | 'etag'>) =>
  call(api.DELETE('/api/access-rules/{id}', seenRule(rule)))

/** Nobody makes a role that allows what they may not do themselves. */
export const createRole = (body: NewRole) => call(api.POST('/api/roles', { body }))

const seenRole = ({ key, etag }: Pick<Role, 'key' | 'etag'>) => ({
  params: { path: { id: key }, header: { 'If-Match': etag ?? '*' } },
})

/** Changes a role that somebody made, if it is still as `role` says. */
export const changeRole = (role: Pick<Role, 'key' | 'etag'>, body: RoleChange) =>
  call(api.PATCH('/api/roles/{id}', { ...seenRole(role), body }))

/** `role_in_use` names what speaks of it. */
export const deleteRole = (role: Pick<Role, 'key' | 'etag'>) =>
  call(api.DELETE('/api/roles/{id}', seenRole(role)))

/** The answer has the secret, once. */
export const createApiToken = (body: NewApiToken) => call(api.POST('/api/api-tokens', { body }))

/** Changes a token if it is still as `token` says. `version_mismatch` means that it is not. */
export const changeApiToken = (token: Pick<ApiToken, 'id' | 'etag'>, body: ApiTokenChange) =>
  call(
    api.PATCH('/api/api-tokens/{id}', {
      params: { path: { id: token.id }, header: { 'If-Match': token.etag } },
      body,
    }),
  )

/** The answer has the new secret, once; the former one goes on working for the overlap. */
export const rotateApiToken = (id: string, body: ApiTokenRotation) =>
  call(api.POST('/api/api-tokens/{id}/rotate', { ...inPath(id), body }))

export const revokeApiToken = (id: string) => call(api.DELETE('/api/api-tokens/{id}', inPath(id)))

export const createServiceAccount = (body: NewServiceAccount) =>
  call(api.POST('/api/service-accounts', { body }))

export const changeServiceAccount = (id: string, body: ServiceAccountChange) =>
  call(api.PATCH('/api/service-accounts/{id}', { ...inPath(id), body }))

export const deleteServiceAccount = (id: string) =>
  call(api.DELETE('/api/service-accounts/{id}', inPath(id)))

/** It is of one organization, or of the whole server, for good. */
export const createTeam = (body: NewTeam) => call(api.POST('/api/teams', { body }))

const seenTeam = ({ id, etag }: Pick<Team, 'id' | 'etag'>) => ({
  params: { path: { id }, header: { 'If-Match': etag } },
})

/** Changes what a team is called if it is still as `team` says. `version_mismatch` means that it is not. */
export const changeTeam = (team: Pick<Team, 'id' | 'etag'>, body: TeamChange) =>
  call(api.PATCH('/api/teams/{id}', { ...seenTeam(team), body }))

/** Its people lose what it has. */
export const deleteTeam = (team: Pick<Team, 'id' | 'etag'>) =>
  call(api.DELETE('/api/teams/{id}', seenTeam(team)))

const inTeam = (id: string, account_id: string) => ({ params: { path: { id, account_id } } })

/** They have all that the team has from now on. */
export const addToTeam = (team: string, account: string) =>
  call(api.PUT('/api/teams/{id}/members/{account_id}', inTeam(team, account)))

/** They lose what the team has; what they have open by it ends. */
export const takeOutOfTeam = (team: string, account: string) =>
  call(api.DELETE('/api/teams/{id}/members/{account_id}', inTeam(team, account)))

/** To an account, or to a team and with it to all of its people. */
export const giveRole = (body: NewRoleAssignment) =>
  call(api.POST('/api/role-assignments', { body }))

/** `last_owner` means that nobody would own the server. */
export const takeRole = (id: string) => call(api.DELETE('/api/role-assignments/{id}', inPath(id)))

/** Asks for more on a machine for a while. */
export const askForAccess = (body: NewAccessRequest) =>
  call(api.POST('/api/access-requests', { body }))

/** What was asked for counts from now on, for as long as was asked. */
export const approveAccess = (id: string, note: string) =>
  call(api.POST('/api/access-requests/{id}/approve', { ...inPath(id), body: { note } }))

export const refuseAccess = (id: string, note: string) =>
  call(api.POST('/api/access-requests/{id}/refuse', { ...inPath(id), body: { note } }))

/** Takes one's own request back, or ends what was approved before its time. */
export const withdrawAccess = (id: string) =>
  call(api.POST('/api/access-requests/{id}/withdraw', inPath(id)))

export const disableAccount = (id: string) =>
  call(api.POST('/api/accounts/{id}/disable', inPath(id)))

export const enableAccount = (id: string) => call(api.POST('/api/accounts/{id}/enable', inPath(id)))

/** Those who wait for the account with a support code wait for `heir` then, or for anybody. */
export const deleteAccount = (id: string, heir: string | null) =>
  call(
    api.DELETE('/api/accounts/{id}', {
      params: { path: { id }, query: heir ? { hand_over_to: heir } : {} },
    }),
  )

/** The answer has the link to be sent, once. */
export const inviteAccount = (body: NewAccountInvitation) =>
  call(api.POST('/api/account-invitations', { body }))

export const revokeAccountInvitation = (id: string) =>
  call(api.DELETE('/api/account-invitations/{id}', inPath(id)))

/** Sends it again by e-mail, with a new link. */
export const resendAccountInvitation = (id: string) =>
  call(api.POST('/api/account-invitations/{id}/resend', inPath(id)))

/** What an invitation says, for whoever has its link. */
export const lookAtAccountInvitation = (token: string) =>
  call(api.POST('/api/account-invitations/look', { body: { token } }))

/** Makes the account unless there is one, and signs it in. */
export const acceptAccountInvitation = (body: AcceptAccountInvitation) =>
  call(api.POST('/api/account-invitations/accept', { body }))

export const createOrganization = (name: string) =>
  call(api.POST('/api/organizations', { body: { name } }))

export const renameOrganization = ({ id, etag }: Pick<Organization, 'id' | 'etag'>, name: string) =>
  call(
    api.PATCH('/api/organizations/{id}', {
      params: { path: { id }, header: { 'If-Match': etag } },
      body: { name },
    }),
  )

export const createSite = (organizationId: string, name: string) =>
  call(api.POST('/api/sites', { body: { organization_id: organizationId, name } }))

const seenSite = ({ id, etag }: Pick<Site, 'id' | 'etag'>) => ({
  params: { path: { id }, header: { 'If-Match': etag } },
})

export const renameSite = (site: Pick<Site, 'id' | 'etag'>, name: string) =>
  call(api.PATCH('/api/sites/{id}', { ...seenSite(site), body: { name } }))

/** `site_in_use` says what stands there, or that it is the last one. */
export const deleteSite = (site: Pick<Site, 'id' | 'etag'>) =>
  call(api.DELETE('/api/sites/{id}', seenSite(site)))

/** `organization_in_use` says what is there still, or that it is the last one. What leads into it is revoked. */
export const archiveOrganization = ({ id, etag }: Pick<Organization, 'id' | 'etag'>) =>
  call(
    api.POST('/api/organizations/{id}/archive', {
      params: { path: { id }, header: { 'If-Match': etag } },
    }),
  )

export const restoreOrganization = ({ id, etag }: Pick<Organization, 'id' | 'etag'>) =>
  call(
    api.POST('/api/organizations/{id}/restore', {
      params: { path: { id }, header: { 'If-Match': etag } },
    }),
  )

/** `site_in_use` says what stands there, or that it is the last one. */
export const archiveSite = (site: Pick<Site, 'id' | 'etag'>) =>
  call(api.POST('/api/sites/{id}/archive', seenSite(site)))

export const restoreSite = (site: Pick<Site, 'id' | 'etag'>) =>
  call(api.POST('/api/sites/{id}/restore', seenSite(site)))

export const createSupportCode = (body: NewSupportCode) =>
  call(api.POST('/api/support-codes', { body }))

export const revokeSupportCode = (id: string) =>
  call(api.DELETE('/api/support-codes/{id}', inPath(id)))

/** Of several who take a person one gets them; the others get `taken`. */
export const takePerson = (id: string) => call(api.POST('/api/support-queue/{id}/take', inPath(id)))

export const releasePerson = (id: string) =>
  call(api.POST('/api/support-queue/{id}/release', inPath(id)))

/** Ends the one-time agent and removes its record. */
export const finishPerson = (id: string) => call(api.DELETE('/api/support-queue/{id}', inPath(id)))

/** What a support code is good for. `code_unknown` says nothing of why. */
export const lookAtSupportCode = (code: string) =>
  call(api.POST('/api/join/look', { body: { code } }))

/** What an invitation is good for. `invitation_not_valid` says nothing of why. */
export const lookAtInvitation = (secret: string) =>
  call(api.POST('/api/guest/look', { body: { secret }, credentials: 'omit' }))

/**
 * Has the server verify the audit entries, step by step; `onStep` hears of each. Resolves to one report per organization.
 */
export async function verifyAudit(onStep: (report: AuditReport) => void): Promise<AuditReport[]> {
  const reports = new Map<string, AuditReport>()
  let cursor: string | undefined
  do {
    const step = await call(api.GET('/api/audit/verification', { params: { query: { cursor } } }))
    reports.set(step.report.organization_id, step.report)
    onStep(step.report)
    cursor = step.next_cursor ?? undefined
  } while (cursor !== undefined)
  return [...reports.values()]
}

/** `from` is a record of the machine `into` from now on. `both_online` means that they are two machines. */
export const mergeMachines = (into: string, from: string) =>
  call(api.POST('/api/machines/{id}/merge', { ...inPath(into), body: { from_id: from } }))

/** Makes the record a machine of its own again. `merge_final` means that it is too late. */
export const undoMerge = ({ id: record, merged_into: id }: MergedRecord) =>
  call(api.DELETE('/api/machines/{id}/merged/{record}', { params: { path: { id, record } } }))

export const dismissDuplicate = (first: string, second: string) =>
  call(
    api.POST('/api/machine-duplicates/dismiss', {
      body: { first_id: first, second_id: second },
    }),
  )

export const blockMachine = (id: string, reason: string) =>
  call(api.POST('/api/machines/{id}/block', { ...inPath(id), body: { reason } }))

export const unblockMachine = (id: string) =>
  call(api.POST('/api/machines/{id}/unblock', inPath(id)))

/** Asks the machine's agent for a new key: at once, or when it is next connected. */
export const rotateMachineKey = (id: string) =>
  call(api.POST('/api/machines/{id}/rotate-key', inPath(id)))

/** Withdraws the tokens of the machine's helpdesk agent; it may register again. */
export const withdrawMachineTokens = (id: string) =>
  call(api.DELETE('/api/machines/{id}/helpdesk/tokens', inPath(id)))

export const approveQuarantined = (id: string, body: QuarantineApproval) =>
  call(api.POST('/api/quarantine/{id}/approve', { ...inPath(id), body }))

export const refuseQuarantined = (id: string, reason: string) =>
  call(api.POST('/api/quarantine/{id}/refuse', { ...inPath(id), body: { reason } }))

const seenMail = ({ etag }: Pick<ServerMail, 'etag'>) => ({
  params: { header: { 'If-Match': etag } },
})

/** Sets the mail server if the settings are still as `seen` says. `version_mismatch` means that they are not. */
export const changeServerMail = (seen: Pick<ServerMail, 'etag'>, body: NewMailSettings) =>
  call(api.PUT('/api/server-mail', { ...seenMail(seen), body }))

export const removeServerMail = (seen: Pick<ServerMail, 'etag'>) =>
  call(api.DELETE('/api/server-mail', seenMail(seen)))

/** Changes the sign-in rules if they are still as `seen` says. `version_mismatch` means that they are not. */
export const changeSignInRules = (seen: Pick<SignInRules, 'etag'>, body: NewSignInRules) =>
  call(
    api.PUT('/api/server-sign-in-rules', {
      params: { header: { 'If-Match': seen.etag } },
      body,
    }),
  )

/** Sends a test to oneself. That it does not go out is an answer, not a failure. */
export const testServerMail = (body: NewMailTest) =>
  call(api.POST('/api/server-mail/test', { body }))

export const retryMail = (id: string) =>
  call(api.POST('/api/server-mail/outbox/{id}/retry', inPath(id)))

export const cancelMail = (id: string) =>
  call(api.DELETE('/api/server-mail/outbox/{id}', inPath(id)))

const seenWebhook = ({ id, etag }: Pick<Webhook, 'id' | 'etag'>) => ({
  params: { path: { id }, header: { 'If-Match': etag } },
})

/** The answer has the secret, once. */
export const createWebhook = (body: NewWebhook) => call(api.POST('/api/webhooks', { body }))

/** Changes a webhook if it is still as `seen` says. `version_mismatch` means that it is not. */
export const changeWebhook = (seen: Pick<Webhook, 'id' | 'etag'>, body: WebhookChange) =>
  call(api.PATCH('/api/webhooks/{id}', { ...seenWebhook(seen), body }))

export const deleteWebhook = (seen: Pick<Webhook, 'id' | 'etag'>) =>
  call(api.DELETE('/api/webhooks/{id}', seenWebhook(seen)))

/** The answer has the new secret, once. */
export const rotateWebhookSecret = (id: string) =>
  call(api.POST('/api/webhooks/{id}/rotate', inPath(id)))

/** Sends a test event. That the receiver does not take it is an answer, not a failure. */
export const testWebhook = (id: string) => call(api.POST('/api/webhooks/{id}/test', inPath(id)))

export const replayDelivery = (id: string, delivery: string) =>
  call(
    api.POST('/api/webhooks/{id}/deliveries/{delivery}/replay', {
      params: { path: { id, delivery } },
    }),
  )

export const replayDead = (id: string) => call(api.POST('/api/webhooks/{id}/replay', inPath(id)))
export const runServerJob = (name: ServerJobName) =>
  call(api.POST('/api/server-jobs/{name}/run', { params: { path: { name } } }))

export const rotateServerIdentity = () => call(api.POST('/api/server-identity/rotate'))

export const retireServerIdentity = () => call(api.POST('/api/server-identity/retire'))

/** Asks a machine's agent to read its inventory again. What it finds comes later: the event stream tells. */
export const refreshInventory = (id: string) =>
  call(api.POST('/api/machines/{id}/inventory/refresh', inPath(id)))
