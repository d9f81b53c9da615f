/**
 * Short names for the generated API types. The only file outside `api/` that pages need for data shapes,
 * and the only place to touch when a schema is renamed on the server.
 */
import type { components } from './__generated__/openapi'

type Schemas = components['schemas']

export type Problem = Schemas['Problem']
export type ProblemCode = Schemas['ProblemCode']
export type FieldError = Schemas['FieldError']
export type Me = Schemas['Me']
export type Setup = Schemas['Setup']
/** With what somebody can prove who they are. */
export type FactorKind = Schemas['FactorKind']
/** What a browser and a device say to each other about a passkey; nobody in between looks into it. */
export type PasskeyJson = Schemas['PasskeyStart']['options']
export type PasskeyStart = Schemas['PasskeyStart']
export type Proof = Schemas['Proof']
/** With what a login may prove itself again. */
export type ProofAsked = Schemas['ProofAsked']
/** The password was right, and a second factor is to be shown. */
export type SecondFactorAsked = Schemas['SecondFactorAsked']
/** How an account is protected beside its password. */
export type Factors = Schemas['Factors']
/** How people may sign in to this server. */
export type SignInMethods = Schemas['SignInMethods']
export type Passkey = Schemas['Passkey']
export type NewTotp = Schemas['NewTotp']
/** One signed-in period of an account. */
export type Login = Schemas['Login']
/** An attempt to sign in to one's own account. */
export type LoginAttempt = Schemas['LoginAttempt']
export type PasswordStrength = Schemas['PasswordStrength']
export type Machine = Schemas['Machine']
/** Its name, its site or both; what is left out stays. */
export type InventorySectionName = Schemas['InventorySectionName']
export type DescribedInventory = Schemas['MachineInventory']
export type DescribedInventoryPart = Schemas['InventoryPart']
export type InventoryProblem = Schemas['InventoryProblem']
export type InventoryChange = Schemas['InventoryChange']
export type InventoryComparison = Schemas['InventoryComparison']
export type InventoryDifference = Schemas['Compared']
export type MachineChangeKind = Schemas['MachineChangeKind']
export type MachineChange = Schemas['MachineChange']
export type MachineMetrics = Schemas['MachineMetrics']
export type MetricSeries = Schemas['MetricSeries']
export type MetricName = Schemas['MetricName']
export type MetricUnit = Schemas['MetricUnit']
export type LiveMetrics = Schemas['LiveMetrics']
export type LiveSeries = Schemas['LiveSeries']
export type CpuLines = Schemas['CpuLines']
/** What is told of a search for machines that somebody writes. */
export type MachineSearch = Schemas['MachineSearch']
export type SearchMistake = Schemas['SearchMistake']
/** Something that could stand where they write. */
export type SearchOffer = Schemas['SearchOffer']
/** What the end user of a machine sees of it. */
export type OwnMachine = Schemas['OwnMachine']
export type SessionSummary = Schemas['SessionSummary']
export type Session = Schemas['Session']
export type CopiedTexts = Schemas['CopiedTexts']
export type Delay = Schemas['Delay']
/** One more person in a session, or the chance of it. */
export type Invitation = Schemas['Invitation']
export type InvitationState = Schemas['InvitationState']
export type NewInvitation = Schemas['NewInvitation']
/** With the secret, which is in no other answer. */
export type CreatedInvitation = Schemas['CreatedInvitation']
/** What an invitation is good for, for whoever holds its secret. */
export type GuestInvitation = Schemas['GuestInvitation']
export type GuestOpening = Schemas['GuestOpening']
export type SessionState = Schemas['SessionState']
/** One thing that a viewer may do. */
export type Right = Schemas['Rights'][number]
/** What a technician chooses when connecting; which rights that asks for is in `can.ts`. */
export type Access = 'control' | 'view'
/** Something that happened in a session; `detail` is an object whose fields depend on the kind. */
export type SessionEvent = Schemas['SessionEvent']
/** Why a session ended: the codes that `SessionEnding.reason` has now. */
export type KnownEndReason =
  | 'technician_ended'
  | 'end_user_ended'
  | 'viewer_lost'
  | 'agent_lost'
  | 'machine_offline'
  | 'no_answer'
  | 'agent_refused'
  | 'login_ended'
  | 'server_stopped'
  | 'server_restarted'
  | 'protocol_violation'
  | 'machine_removed'
  | 'machine_blocked'
  | 'machine_changed'
  | 'consent_refused'
  | 'consent_timed_out'
  | 'nobody_to_ask'
  | 'superseded'
  | 'expired'
  | 'agent_restarted'
  | 'handshake_failed'
  | 'access_changed'
  | 'host_left'
  | 'invitation_revoked'
/** The same, open to what a newer server may send. */
export type EndReason = KnownEndReason | (string & {})
/** What is asked for when a session is opened. */
export type SessionRequest = Schemas['SessionRequest']
export type StartedSession = Schemas['Opening']
/** What people say of a machine beside its site. */
export type Labels = Required<Schemas['Labels']>
export type Site = Schemas['Site']
/** Whether a person has to agree before a newcomer becomes a machine. */
export type Approval = Schemas['EnrollmentApproval']
export type EnrollmentTokenState = Schemas['EnrollmentTokenState']
export type EnrollmentToken = Omit<Schemas['EnrollmentToken'], 'labels'> & { labels: Labels }
export type EnrollmentTokenUse = Schemas['EnrollmentTokenUse']
export type CreatedEnrollmentToken = EnrollmentToken & { token: string }
export type NewEnrollmentToken = Schemas['NewToken']
export type EnrollmentTokenChange = Schemas['TokenChange']
export type AccessRule = Schemas['AccessRule']
/** Which machines a rule is about. */
export type AccessScope = Schemas['AccessScope']
export type AccessRight = Schemas['AccessRight']
export type AccessMode = Schemas['AccessMode']
export type OnSilence = Schemas['OnSilence']
/** One thing that a role may allow. */
export type Permission = Schemas['Permission']
/** A named set of permissions. */
export type Role = Schemas['Role']
export type NewRole = Schemas['NewRole']
export type RoleChange = Schemas['RoleChange']
/** A named set of people that is given roles as one. */
export type Team = Schemas['Team']
export type TeamChange = Schemas['TeamChange']
export type NewTeam = Schemas['NewTeam']
/** Somebody in a team. */
export type TeamMember = Schemas['TeamMember']
/** Of those that every server has; others are named by identifiers. */
export type BuiltInRole = 'requester' | 'viewer' | 'technician' | 'administrator' | 'owner'
/** Where a role counts. */
export type RightsPlace = Schemas['RightsPlace']
/** Where a role was given; what is smaller than an organization included. */
export type AssignmentPlace = Schemas['AssignmentPlace']
/** When a role counts, and what it asks for. */
export type AssignmentConditions = Schemas['AssignmentConditions']
export type AssignmentHours = Schemas['AssignmentHours']
/** How a role counts at the moment. */
export type AssignmentState = Schemas['AssignmentState']
export type Day = Schemas['Day']
export type CountingRole = Schemas['CountingRole']
export type RoleAssignment = Schemas['RoleAssignment']
export type NewRoleAssignment = Schemas['NewRoleAssignment']
/** An account, as those see it who manage people. */
export type Person = Schemas['Person']
/** That somebody asks for more on a machine for a while, and what became of it. */
export type AccessRequest = Schemas['AccessRequest']
export type AccessRequestState = Schemas['AccessRequestState']
export type NewAccessRequest = Schemas['NewAccessRequest']
export type AccountInvitation = Schemas['AccountInvitation']
export type NewAccountInvitation = Schemas['NewAccountInvitation']
/** With the link, which is in no other answer. */
export type AcceptAccountInvitation = Schemas['AcceptAccountInvitation']
export type CreatedAccountInvitation = Schemas['CreatedAccountInvitation']
/** What an invitation says, for whoever has its link. */
export type AccountInvitationLook = Schemas['AccountInvitationLook']
export type EffectivePermissions = Schemas['EffectivePermissions']
export type PermissionVerdict = Schemas['PermissionVerdict']
export type Organization = Schemas['Organization']
/** What the server asks of everybody who signs in. */
export type SignInRules = Schemas['SignInRules']
export type NewSignInRules = Schemas['NewSignInRules']
export type SecondFactorRule = Schemas['SecondFactorRule']
/** An API token, without its secret. */
export type ApiToken = Schemas['ApiToken']
export type ApiTokenState = Schemas['ApiTokenState']
export type NewApiToken = Schemas['NewApiToken']
export type ApiTokenChange = Schemas['ApiTokenChange']
export type ApiTokenRotation = Schemas['ApiTokenRotation']
/** With the secret, which is in no other answer. */
export type CreatedApiToken = Schemas['CreatedApiToken']
/** A program's account, as those see it who see people. */
export type ServiceAccount = Schemas['ServiceAccount']
export type NewServiceAccount = Schemas['NewServiceAccount']
export type ServiceAccountChange = Schemas['ServiceAccountChange']
export type NewAccessRule = Schemas['NewAccessRule']
export type AccessRuleChange = Schemas['AccessRuleChange']
/** What the signed-in person may do on a machine, and which rules say so. */
export type MachineAccess = Schemas['MachineAccess']
export type RightAccess = Schemas['RightAccess']
export type MachineEvidence = Required<Schemas['MachineEvidence']>
/** Kinds of evidence, in the order in which the console shows them. */
export type EvidenceKind =
  'smbios_uuid' | 'board_serial' | 'system_serial' | 'disk_serial' | 'os_install_id'
export type Comparison = Schemas['Comparison']
export type QuarantineEntry = Schemas['QuarantineEntry']
/** Why a person has to decide: the codes that `QuarantineEntry.reason` has now. */
export type KnownQuarantineReason =
  | 'approve_first'
  | 'sandbox'
  | 'other_hardware'
  | 'hardware_doubtful'
  | 'copy'
  | 'copy_alive'
  | 'former_key'
  | 'merged_both_alive'
  | 'uid_online'
  | 'uid_blocked'
  | 'reinstalled'
  | 'ambiguous'
  | 'partial'
/** What an installation in quarantine is let in as. */
export type QuarantineApproval = { as: 'new' } | { as: 'machine'; machine_id: string }
export type DuplicatePair = Schemas['DuplicatePair']
export type MachineIdentity = Schemas['MachineIdentity']
export type MergedRecord = Schemas['MergedRecord']
/** What a helpdesk's desktop agent told about a machine, and its tokens. */
export type HelpdeskAgent = Schemas['HelpdeskView']
export type MachineToken = Schemas['MachineToken']
export type MachineRemoval = Schemas['Removal']
export type ServerMail = Schemas['ServerMail']
export type MailSettings = Schemas['MailSettings']
export type NewMailSettings = Schemas['NewMailSettings']
export type NewMailTest = Schemas['NewMailTest']
export type MailSecurity = Schemas['MailSecurity']
/** How a test went: what was wrong, or nothing. */
export type MailTest = Schemas['MailTest']
/** An e-mail of the outbox, without what it says. */
export type Mail = Schemas['Mail']
export type MailState = Schemas['MailState']
/** At which step an e-mail did not go out. */
export type MailFailure = Schemas['MailFailure']
export type MailFailureCode = Schemas['MailFailureCode']
/** A receiver of an organization's events, without its secret. */
export type Webhook = Schemas['Webhook']
export type NewWebhook = Schemas['NewWebhook']
export type WebhookChange = Schemas['WebhookChange']
/** With the secret, which is in no other answer. */
export type CreatedWebhook = Schemas['CreatedWebhook']
/** How a test event went: what was wrong, or nothing. */
export type WebhookTest = Schemas['WebhookTest']
/** An event on its way to a receiver. */
export type WebhookDelivery = Schemas['WebhookDelivery']
export type WebhookDeliveryState = Schemas['WebhookDeliveryState']
/** With what is sent, whose `data` depends on the event's type. */
export type WebhookDeliveryDetail = Schemas['WebhookDeliveryDetail']
export type WebhookAttempt = Schemas['WebhookAttempt']
/** Why an event was not delivered. */
export type WebhookFailure = Schemas['WebhookFailure']
export type WebhookFailureCode = Schemas['WebhookFailureCode']
/** What the server does by itself, and how that goes. */
export type ServerJob = Schemas['ServerJob']
export type ServerJobName = Schemas['ServerJobName']
export type ServerJobState = Schemas['ServerJobState']
export type ServerJobFailure = Schemas['ServerJobFailure']
/** The keys by which agents recognize the server. */
export type ServerIdentity = Schemas['ServerIdentity']
/** The certificate that the server shows, where it comes from and what is wrong with it. */
export type ServerCertificate = Schemas['ServerCertificate']
export type CertificateSource = Schemas['CertificateSource']
export type ShownCertificate = Schemas['ServerCertificateView']
/** A code that somebody may still come with; its text is in `CreatedSupportCode` alone. */
export type SupportCode = Schemas['SupportCode']
export type NewSupportCode = Schemas['NewSupportCode']
/** Somebody who started a one-time agent, with their machine. */
export type WaitingPerson = Schemas['WaitingPerson']
/** What a support code is good for, for whoever holds it. */
export type Joining = Schemas['Joining']
/** A one-time agent that can be downloaded. */
export type OneTimeAgent = Schemas['OneTimeAgent']
export type AuditEntryList = Schemas['AuditEntryList']
/** An object whose fields depend on the action. */
export type AuditFields = Readonly<Record<string, unknown>>
export type AuditEntry = Omit<Schemas['AuditEntry'], 'detail' | 'before' | 'after'> & {
  detail: AuditFields
  before: AuditFields | null
  after: AuditFields | null
}
export type AuditReport = Schemas['AuditReport']
export type AuditFinding = Schemas['AuditFinding']
export type AuditFindingKind = Schemas['AuditFindingKind']
