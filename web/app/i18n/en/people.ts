/** People: who has an account, what they may do and why; inviting them, and the page that their link opens. */
import type {
  AccountInvitation,
  BuiltInRole,
  CountingRole,
  MailState,
  PermissionVerdict,
} from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const people = {
  title: 'People',
  intro:
    'Who has an account on this server, and which roles they have where. A role says what somebody may do; several add up.',
  notAllowed:
    'None of your roles allows seeing people. Ask somebody who manages people in your organization.',
  count: (p: { count: number }) => plural(p.count, { one: '# person', other: '# people' }),
  invite: 'Invite',
  alone: 'Nobody else has an account yet. Invite the people you work with.',
  columns: { name: 'Person', email: 'E-mail', roles: 'Roles', used: 'Last used' },
  /** One who has it. */
  roles: {
    requester: 'Requester',
    viewer: 'Viewer',
    technician: 'Technician',
    administrator: 'Administrator',
    owner: 'Owner',
  } satisfies Record<BuiltInRole, string>,
  wholeServer: 'Whole server',
  /** “Technician · Atlântico Suporte” */
  roleAt: (p: { role: string; place: string }) => `${p.role} · ${p.place}`,
  /** A role that somebody has by a team. */
  byTeam: (p: { role: string; team: string }) => `${p.role} (team ${p.team})`,
  /** The whole server as a place in a badge or a sentence. */
  onServer: 'whole server',
  noRoles: 'no role',
  disabled: 'Disabled',
  disabledSince: (p: { time: string }) => `Disabled since ${p.time}`,
  notSignedIn: 'not signed in',
  secondFactor: 'Second factor',
  secondFactorHint: 'Has an authenticator app or a passkey.',
  withoutFactor: (p: { count: number }) => `Only without a second factor (${p.count})`,
  allProtected: 'Everybody here who can sign in has a second factor.',
  actionsFor: (p: { name: string }) => `Actions for ${p.name}`,
  menu: {
    roles: 'Roles…',
    permissions: 'What may they do…',
    ownPermissions: 'What may I do…',
    disable: 'Disable…',
    enable: 'Enable…',
    resetFactors: 'Take second factors away…',
    remove: 'Delete…',
  },
  disabling: {
    title: (p: { name: string }) => `Disable the account of ${p.name}?`,
    body: 'They are signed out everywhere at once, their sessions end, and nobody signs in with the account until it is enabled again. Roles and records stay.',
    action: 'Disable',
    done: (p: { name: string }) => `The account of ${p.name} is disabled`,
  },
  enabling: {
    title: (p: { name: string }) => `Enable the account of ${p.name}?`,
    body: 'They can sign in again with the password that they had, and their roles count again.',
    action: 'Enable',
    done: (p: { name: string }) => `The account of ${p.name} is enabled`,
  },
  resetting: {
    title: (p: { name: string }) => `Take all second factors from ${p.name}?`,
    body: [
      'For somebody who lost them. Their authenticator app, passkeys and recovery codes do not work any more, and they are signed out everywhere.',
      'Until they add new ones, the password alone signs them in. Make sure that it is really them who ask.',
    ],
    action: 'Take away',
    done: (p: { name: string }) => `${p.name} has no second factors now`,
  },
  removing: {
    title: (p: { name: string }) => `Delete the account of ${p.name}?`,
    body: 'They are signed out at once and lose all their roles. What they did stays on record under their name. This cannot be taken back.',
    heir: 'People who wait for them with a support code',
    nobody: 'Anybody may answer them',
    to: (p: { name: string }) => `${p.name} takes over`,
    heirHint: 'Where that person may not answer support, anybody may.',
    action: 'Delete',
    done: (p: { name: string }) => `The account of ${p.name} was deleted`,
  },
  assigning: {
    title: (p: { name: string }) => `Roles of ${p.name}`,
    none: 'No role: they can sign in, but do and see nothing.',
    since: (p: { time: string }) => `since ${p.time}`,
    sinceBy: (p: { time: string; name: string }) => `since ${p.time}, given by ${p.name}`,
    /** It is taken from the team alone. */
    throughTeam: (p: { team: string }) => `through the team ${p.team}`,
    take: 'Take away',
    takeLabel: (p: { role: string }) => `Take away: ${p.role}`,
    takeTitle: (p: { role: string; name: string }) => `Take “${p.role}” from ${p.name}?`,
    takeBody:
      'What only this role allows them, they may not do from now on. Sessions that they have by it end.',
    takeOwn: 'This is your own role: you may not be able to give it back to yourself afterwards.',
    taken: 'The role was taken away',
    giveTitle: 'Give a role',
    give: 'Give',
    given: 'The role was given',
    hasIt: 'They have this role there already.',
  },
  what: {
    role: 'Role',
    rolesLoading: 'Loading the roles…',
    noRole: 'No role that you may give',
    onlyOwn: 'Only roles whose permissions you have there yourself.',
  },
  inviting: {
    title: 'Invite somebody',
    intro: 'They get a link with which they make an account, or come in with the one they have.',
    email: 'E-mail',
    emailHint: 'They sign in with it.',
    send: 'Send the link by e-mail',
    noMail: 'This server sends no e-mail: you give them the link yourself.',
    submit: 'Make the link',
    submitAndSend: 'Send the invitation',
    wrongEmail: 'This is not an e-mail address.',
  },
  invited: {
    title: 'Send this link',
    sentTitle: 'The invitation is on its way',
    sent: (p: { email: string }) =>
      `The server sends it to ${p.email}. Here is the link, too, in case it does not arrive.`,
    once: 'It is shown only now. It works once, and for a week.',
    link: (p: { email: string }) => `Link for ${p.email}`,
    copy: 'Copy the link',
    warning: 'Whoever has the link can come in with it. Send it only to this person.',
    close: 'Done',
  },
  invitations: {
    title: 'Invitations',
    empty: 'No open invitations.',
    none: 'No invitations in the last month.',
    showEnded: 'Show those that ended in the last month',
    columns: {
      email: 'E-mail',
      role: 'Role',
      by: 'Invited by',
      until: 'Until',
      state: 'State',
    },
    states: {
      open: 'Open',
      accepted: 'Accepted',
      revoked: 'Revoked',
      expired: 'Expired',
    } satisfies Record<AccountInvitation['state'], string>,
    /** Of the e-mail with the link. */
    mail: {
      waiting: 'e-mail waits',
      sending: 'e-mail is being sent',
      sent: 'e-mail sent',
      failed: 'e-mail failed',
      canceled: 'e-mail canceled',
    } satisfies Record<MailState, string>,
    resendLabel: (p: { email: string }) => `Send the invitation of ${p.email} again`,
    resendTitle: (p: { email: string }) => `Send the invitation of ${p.email} again?`,
    resendBody: 'They get an e-mail with a new link for a week. The link of before works no more.',
    resend: 'Send again',
    revoke: 'Revoke',
    revokeLabel: (p: { email: string }) => `Revoke the invitation of ${p.email}`,
    revokeTitle: (p: { email: string }) => `Revoke the invitation of ${p.email}?`,
    revokeBody: 'Its link does not work any more. You can invite them again.',
    revoked: 'The invitation was revoked',
  },
  effective: {
    title: (p: { name: string }) => `What may ${p.name} do?`,
    organization: 'Organization',
    machine: 'Machine',
    wholeOrganization:
      'Everywhere in the organization. Access rules of machines may say less; roles for a site, tags or one machine count when a machine is chosen.',
    chooseMachine: 'Choose a machine',
    changeMachine: 'Choose another machine',
    anyMachine: 'Not about a machine',
    chooseTitle: 'On which machine?',
    yes: 'Yes',
    no: 'No',
    summary: (p: { allowed: number; all: number }) => `${p.allowed} of ${p.all} allowed`,
    disabled: 'The account is disabled: whatever its roles allow, it may do nothing.',
    givenHere: 'Given here',
    /** Where nothing was given at all. */
    noRolesHere: 'No role of theirs counts here.',
    /** Beside what was given. */
    standings: {
      counts: 'Counts',
      needs_proof: 'After a fresh proof',
      outside_hours: 'Out of hours',
      ended: 'Ended',
    } satisfies Record<CountingRole['standing'], string>,
    /** A role, and what keeps it from counting. */
    with: (p: { role: string; condition: string }) => `${p.role} (${p.condition})`,
    proofAge: (p: { age: string }) => `no older than ${p.age}`,
    asksReason: 'asks for a reason to open a session',
    because: {
      role: (p: { roles: string; rule: string }) => `because: ${p.roles}`,
      no_role: (_: { roles: string; rule: string }) => 'none of their roles allows it',
      access_rule: (p: { roles: string; rule: string }) => `access rule: ${p.rule}`,
      disabled: (_: { roles: string; rule: string }) => 'the account is disabled',
      step_up: (p: { roles: string; rule: string }) => `after a fresh proof: ${p.roles}`,
      hours: (p: { roles: string; rule: string }) => `at other hours: ${p.roles}`,
      ended: (p: { roles: string; rule: string }) => `ended: ${p.roles}`,
      api_token: (_: { roles: string; rule: string }) => 'the API token leaves it out',
    } satisfies Record<
      PermissionVerdict['decided_by'],
      (p: { roles: string; rule: string }) => string
    >,
    /** What was approved for a while on a machine, and is no role. */
    lent: 'access for a while',
    lentUntil: (p: { when: string }) => `access for a while until ${p.when}`,
    /** What access rules say: what happens, and which rule says so. */
    rule: (p: { says: string; source: string }) => `${p.says} (${p.source})`,
  },
}

/** The page that the link of an invitation opens. */
export const accountInvitation = {
  title: 'Invitation',
  loading: 'Reading the invitation…',
  noToken: {
    title: 'Open the link that you were sent',
    body: 'This page needs the whole link, with everything behind the # sign. Copy it again from the message.',
  },
  badLink: {
    title: 'This invitation does not work',
    body: 'It was used or revoked, is older than a week, or the link is incomplete. Ask whoever invited you for a new one.',
  },
  /** Who invites whom as what where. */
  says: (p: { by: string; role: string; place: string }) =>
    `${p.by} invites you as “${p.role}” into ${p.place}.`,
  saysServer: (p: { by: string; role: string }) =>
    `${p.by} invites you as “${p.role}” for the whole server.`,
  email: 'You sign in as',
  name: 'Your name',
  nameHint: 'End users see it when you connect to their machine.',
  password: 'Password',
  newPassword: 'New password',
  language: 'Language of the console',
  hasAccount: 'There is an account with this e-mail address. Sign in with its password to accept.',
  wrongPassword: 'This is not the password of that account.',
  signedInAs: (p: { name: string; email: string }) => `You are signed in as ${p.name} (${p.email})`,
  otherAccount: (p: { email: string }) =>
    `The invitation is for another account. Accepting it signs you in as ${p.email} in this browser, and ends your sessions here.`,
  sameAccount: 'The invitation is for this account.',
  create: 'Create the account',
  accept: 'Accept',
}
