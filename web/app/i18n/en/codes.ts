/**
 * Sentences for the stable codes of the API: errors, form fields, end reasons, session and screen states.
 * A code without a sentence here falls back to what the server says in English.
 */
import type { LocalCode } from '~/api/problem'
import type { KnownEndReason, ProblemCode, Right, SessionState } from '~/api/types'

export const codes = {
  problem: {
    network: {
      title: 'The server does not answer',
      detail: 'Check the network and whether farol is running, then try again.',
    },
    unreadable_answer: {
      title: 'The answer cannot be read',
      detail: 'Something between this browser and the server answered in its place.',
    },
    passkey_not_given: {
      title: 'No passkey was used',
      detail: 'The browser gave none: it was canceled, took too long, or there is none here.',
    },
    passkey_there_already: {
      title: 'This device has a passkey of yours already',
      detail: 'Use that one, or add one in another device.',
    },
    passkey_not_possible: {
      title: 'The browser refuses passkeys here',
      detail: 'They work only at the server’s own name and over a secure connection.',
    },
    reason_required: {
      title: 'This needs a reason',
      detail: 'Your role on this machine asks why. Connect again and say it in a few words.',
    },
    not_signed_in: { title: 'You are signed out', detail: 'Sign in again to go on.' },
    invalid_credentials: {
      title: 'E-mail or password is wrong',
      detail: 'Check both, and whether Caps Lock is on.',
    },
    second_factor_wrong: {
      title: 'This code is not right',
      detail:
        'Wait for the next code that the app shows; each works once. Check that the clock of your phone is right.',
    },
    recovery_code_used: {
      title: 'This recovery code was used before',
      detail: 'Each works once. Take another one from your list.',
    },
    passkey_unknown: {
      title: 'This server does not know the passkey',
      detail: 'It was removed, or belongs to another server. Sign in another way.',
    },
    passkey_invalid: {
      title: 'The passkey could not be checked',
      detail:
        'Try again, or sign in another way. The device must check that it is you, by a PIN or a fingerprint.',
    },
    passkey_cloned: {
      title: 'There may be a copy of this passkey',
      detail: 'Its counter went back. Sign in another way and remove this passkey.',
    },
    sign_in_over: {
      title: 'This took too long',
      detail: 'It works for five minutes and once. Begin again.',
    },
    step_up_required: {
      title: 'Prove first that it is you',
      detail: 'This asks for a proof that is younger than ten minutes.',
    },
    second_factor_required: {
      title: 'A second factor is required',
      detail: 'Add a passkey or an authenticator app to your account, then go on.',
    },
    second_factor_last: {
      title: 'This is your only second factor',
      detail: 'This server asks for one. Add another one first, then remove this.',
    },
    passkeys_unavailable: {
      title: 'Passkeys do not work at this address',
      detail:
        'They are bound to a host name, and this server is reached by a number. Give it a name with public_url.',
    },
    sign_in_unknown: {
      title: 'This sign-in is not known',
      detail: 'It was not begun here, or long ago. Start again.',
    },
    sign_in_used: {
      title: 'This sign-in was finished already',
      detail: 'Each works once. Start again.',
    },
    sign_in_expired: {
      title: 'The sign-in took too long',
      detail: 'It has ten minutes. Start again.',
    },
    sign_in_elsewhere: {
      title: 'This sign-in was begun in another browser',
      detail: 'Start again in this one, at the console’s own address, with cookies allowed.',
    },
    provider_unknown: {
      title: 'This identity provider is not in use',
      detail: 'It was removed or switched off. Sign in another way.',
    },
    provider_refused: {
      title: 'The identity provider did not let you in',
      detail: 'You said no there, or have no access. Start again, or ask whoever manages it.',
    },
    provider_unreachable: {
      title: 'The identity provider does not answer',
      detail: 'Try again in a moment, or sign in with your password.',
    },
    provider_not_right: {
      title: 'The identity provider is not set up right',
      detail: 'Tell whoever looks after this server: “Check” at the provider says what is wrong.',
    },
    issuer_mismatch: {
      title: 'Another identity provider answered',
      detail: 'Somebody may be trying to mix them up. Start again.',
    },
    nonce_mismatch: {
      title: 'The answer belongs to another sign-in',
      detail: 'Start again.',
    },
    identity_token_invalid: {
      title: 'The identity provider’s answer cannot be believed',
      detail: 'Start again. If it happens again, tell whoever looks after this server.',
    },
    account_missing: {
      title: 'You have no account here',
      detail:
        'Ask for an invitation. If you have an account, sign in to it and connect it from the menu with your name.',
    },
    account_limit_reached: {
      title: 'No more accounts are made here',
      detail:
        'As many as allowed were made through this identity provider. Ask whoever looks after this server.',
    },
    email_domain_refused: {
      title: 'Your e-mail address gets no account here',
      detail: 'Ask for an invitation.',
    },
    email_not_verified: {
      title: 'Your e-mail address is not verified',
      detail: 'The identity provider has to say that it is yours. Ask whoever manages it.',
    },
    email_taken: {
      title: 'Your e-mail address has an account already',
      detail: 'Sign in to it as before, then connect it from the menu with your name.',
    },
    identity_taken: {
      title: 'This is connected otherwise',
      detail:
        'The person there belongs to another account, or the account to another person. Disconnect that first.',
    },
    identity_last: {
      title: 'This is your only way in',
      detail: 'Your account has no password. Ask whoever manages people to disconnect it.',
    },
    link_invalid: {
      title: 'This link does not work',
      detail:
        'It was used before, has expired or is incomplete. Get a new one on the server with: farol sign-in-link',
    },
    invitation_ended: {
      title: 'This invitation is over',
      detail:
        'What it is for was limited in time, and that time is over. Ask whoever invited you for a new one.',
    },
    enrollment_token_invalid: {
      title: 'The enrollment token is not valid',
      detail: 'It is wrong, used up, revoked or expired. Create a new one.',
    },
    code_unknown: {
      title: 'This support code does not work',
      detail: 'Check it with the person who gave it to you, or ask for a new one.',
    },
    invitation_not_valid: {
      title: 'This invitation does not work',
      detail:
        'It was used or revoked, has expired or is incomplete. Ask whoever invited you for a new one.',
    },
    guest_key_invalid: {
      title: 'You are not in this session any more',
      detail: 'Ask whoever invited you for a new invitation.',
    },
    api_token_invalid: {
      title: 'This API token is not valid',
      detail: 'It is none of this server, or mistyped.',
    },
    api_token_expired: {
      title: 'This API token has expired',
      detail: 'Make a new one.',
    },
    api_token_revoked: {
      title: 'This API token was revoked',
      detail: 'Or its secret was replaced. Use another one.',
    },
    insufficient_scope: {
      title: 'This API token may not do this',
      detail: 'Its scopes or its organizations leave it out. Use another one.',
    },
    login_required: {
      title: 'No API token does this',
      detail: 'Sign in to the console for it.',
    },
    two_credentials: {
      title: 'A login and an API token came together',
      detail: 'Send one of them.',
    },
    forbidden: {
      title: 'You may not do this',
      detail: 'None of your roles allows it. Ask somebody who manages people in your organization.',
    },
    encryption_required: {
      title: 'This address is not encrypted',
      detail: 'Open the console at its https address.',
    },
    proxy_not_trusted: {
      title: 'The server does not trust the proxy in front of it',
      detail: 'Whoever runs the server has to name the proxy in trusted_proxies in farol.toml.',
    },
    cross_site: {
      title: 'The request came from another site',
      detail: 'Open the console at its own address and try again.',
    },
    not_found: { title: 'Not found', detail: 'It was removed, or it never existed.' },
    method_not_allowed: {
      title: 'The server does not know this request',
      detail: 'Console and server may be of different versions. Reload the page.',
    },
    machine_offline: {
      title: 'The machine is offline',
      detail: 'Its agent has no connection to the server. Try again when it is back.',
    },
    capability_missing: {
      title: 'The agent cannot do this',
      detail: 'This machine’s agent does not offer what was asked.',
    },
    already_enrolled: {
      title: 'The machine is already enrolled',
      detail: 'Remove it first, or keep the enrollment that it has.',
    },
    enrollment_network_refused: {
      title: 'The token does not count here',
      detail: 'It is meant for other networks than the one that the request came from.',
    },
    enrollment_refused: {
      title: 'The installation was refused',
      detail: 'Somebody decided that it has no place here.',
    },
    key_not_proved: {
      title: 'The machine key was not proved',
      detail: 'Whoever asked for enrollment does not hold the key that was named.',
    },
    key_retired: {
      title: 'This machine key counts no more',
      detail: 'It was replaced, or its machine was removed. The agent makes a new one.',
    },
    quarantine_full: {
      title: 'The quarantine is full',
      detail: 'Decide about some of those that wait; then others can ask again.',
    },
    account_disabled: {
      title: 'This account is disabled',
      detail: 'Ask whoever manages people in your organization.',
    },
    site_in_use: {
      title: 'The site is in use',
      detail: 'Something stands there still, or it is the last site. Move or remove it first.',
    },
    organization_in_use: {
      title: 'The organization is in use',
      detail:
        'Machines are in it still, or it is the last one that is not archived. Move or remove them first.',
    },
    archived: {
      title: 'This is archived',
      detail: 'Nothing new goes in. Restore it first, or choose another place.',
    },
    last_owner: {
      title: 'The last owner of the server',
      detail: 'Make somebody else an owner of the whole server first.',
    },
    role_in_use: {
      title: 'The role is in use',
      detail:
        'Somebody has it, or an invitation or an access rule speaks of it. Take it away there first.',
    },
    access_rule_exists: {
      title: 'There is such a rule already',
      detail: 'It is about the same machines, role and right. Change that one instead.',
    },
    access_rules_full: {
      title: 'There are too many access rules',
      detail: 'Delete some that are not needed, then try again.',
    },
    machine_blocked: {
      title: 'The machine is blocked',
      detail: 'Unblock it on its page; then its agent comes back by itself.',
    },
    both_online: {
      title: 'Both are connected, so they are two machines',
      detail:
        'One machine cannot be online twice. Note them as two machines, or block or switch off the one that should not be there.',
    },
    merge_final: {
      title: 'This merge stays',
      detail:
        'It is older than 30 days. Remove the machine and enroll it anew if they are two after all.',
    },
    machine_routes_off: {
      title: 'The routes for helpdesk agents are off',
      detail: 'Set MACHINE_PROVISIONING_SECRET on the server and start it again.',
    },
    provisioning_secret_invalid: {
      title: 'The provisioning secret is not valid',
      detail: 'Give the agent the secret that the server was started with.',
    },
    machine_token_invalid: {
      title: 'The machine token is not valid',
      detail: 'The machine’s agent has to register again.',
    },
    machine_token_expired: {
      title: 'The machine token has expired',
      detail: 'The machine’s agent has to register again.',
    },
    machine_token_revoked: {
      title: 'The machine token was revoked',
      detail: 'It was replaced or withdrawn. The machine’s agent has to register again.',
    },
    machine_login_missing: {
      title: 'You are not signed in from this machine',
      detail: 'Open this page from the agent on the machine.',
    },
    taken: {
      title: 'Somebody else has taken this person',
      detail: 'The list shows who. Ask them to give the person back.',
    },
    version_mismatch: {
      title: 'Somebody else changed this first',
      detail: 'Look at the present values, then decide again.',
    },
    version_required: {
      title: 'The server does not know this request',
      detail: 'Console and server may be of different versions. Reload the page.',
    },
    mail_not_set_up: {
      title: 'This server sends no e-mail',
      detail: 'An owner of the server has to set up a mail server first.',
    },
    mail_outbox_full: {
      title: 'Too much e-mail waits to be sent',
      detail: 'Ask an owner of the server to look at its outbox.',
    },
    idempotency_key_in_use: {
      title: 'This is being done already',
      detail: 'The same request was sent before and has not been answered. Wait a moment.',
    },
    idempotency_key_reused: {
      title: 'This key stood for another request',
      detail: 'A program sent its Idempotency-Key twice. Take a new one for each change.',
    },
    conflict: { title: 'This is not possible now', detail: 'Something else is in the way.' },
    malformed: {
      title: 'The server does not know this request',
      detail: 'Console and server may be of different versions. Reload the page.',
    },
    too_large: { title: 'That is too large', detail: 'Shorten it and try again.' },
    unsupported_media_type: {
      title: 'The server does not know this request',
      detail: 'Console and server may be of different versions. Reload the page.',
    },
    validation_failed: { title: 'Some fields need attention', detail: 'They are marked below.' },
    too_many_requests: {
      title: 'Too many requests',
      detail: 'They come faster than the server allows. Wait a little.',
    },
    too_many_attempts: {
      title: 'Too many attempts',
      detail: 'Wait a little before you try again.',
    },
    too_many_sessions: {
      title: 'Too many sessions are open',
      detail: 'End one of them and try again.',
    },
    access_never: {
      title: 'An access rule forbids this',
      detail: 'Ask somebody who manages the access rules to change it, or ask for less.',
    },
    session_over: {
      title: 'The session is over',
      detail: 'It ended meanwhile. Connect again.',
    },
    too_many_support_codes: {
      title: 'Too many support codes are open',
      detail: 'Revoke some that are not needed any more.',
    },
    too_many_invitations: {
      title: 'Too many invitations are open',
      detail: 'Revoke some that are not needed any more.',
    },
    storage_full: {
      title: 'The server’s disk is full',
      detail: 'Nothing was lost, but nothing can be saved until there is space again.',
    },
    storage_busy: { title: 'The database is busy', detail: 'Try again in a moment.' },
    storage_unavailable: {
      title: 'The database cannot be reached',
      detail: 'The server’s log says why. Try again once it is back.',
    },
    secrets_unavailable: {
      title: 'The server cannot open its secrets',
      detail: 'The key file that belongs to its database is missing. The server’s log says which.',
    },
    certificate_unavailable: {
      title: 'The server has no valid certificate',
      detail: 'The server’s log says why. Agents stay connected.',
    },
    shutting_down: { title: 'The server is stopping', detail: 'Try again in a moment.' },
    timed_out: { title: 'The server took too long', detail: 'Try again in a moment.' },
    internal: {
      title: 'The server has failed',
      detail: 'Its log has the rest under the request id.',
    },
  } satisfies Record<ProblemCode | LocalCode, { title: string; detail: string }>,
  retryAfter: (p: { wait: string }) => `Try again in ${p.wait}.`,
  field: {
    required: 'Fill this in.',
    unknown: 'There is none such, or not any more.',
    empty: 'This ends when it begins.',
    allows_nothing:
      'Nothing that this role allows is about machines. Give it for all of the organization.',
    not_about_machines: 'Among these is something that is not about machines and their sessions.',
    held: 'You may do all of this there already.',
    too_short: 'This is too short.',
    too_long: 'This is too long.',
    too_weak: 'This password is too easy to guess.',
    breached: 'Others know this password from a breach.',
    wrong: 'This is not right.',
    not_enough: 'The account has a second factor. Show that one.',
    invalid: 'This is not valid.',
    malformed: 'This contains characters that are not allowed.',
    out_of_range: 'This is out of range.',
    taken: 'Another one is called that already.',
    not_reading:
      'Among these is something that changes things; a token that only reads cannot have it.',
    too_many: 'These are too many.',
    not_a_network: 'One of these is not an address or a network such as 10.2.0.0/16.',
    not_with_mode: 'This goes only with asking when somebody is logged on.',
    outside_team: 'This team belongs to one organization, and has roles there alone.',
    below_uses: 'More machines than that were enrolled with it already.',
  },
  endReason: {
    technician_ended: 'Ended by the technician',
    end_user_ended: 'Ended by the end user',
    viewer_lost: 'The viewer’s connection was lost or its tab was closed',
    agent_lost: 'The agent’s connection was lost',
    machine_offline: 'The machine went offline',
    no_answer: 'The agent did not answer',
    agent_refused: 'The agent refused',
    login_ended: 'The technician’s login ended',
    server_stopped: 'The server was stopped',
    server_restarted: 'The server was restarted',
    protocol_violation: 'Unacceptable data was sent',
    machine_removed: 'The machine was removed',
    machine_blocked: 'The machine was blocked',
    machine_changed: 'Another installation took the machine’s place, or its records changed',
    consent_refused: 'Refused by the person at the machine',
    consent_timed_out: 'Nobody answered at the machine',
    nobody_to_ask: 'Nobody was there who could agree',
    superseded: 'It went on in another tab',
    expired: 'It was interrupted or open for too long',
    agent_restarted: 'The agent was restarted',
    handshake_failed: 'Both ends could not agree on a secure connection',
    access_changed: 'The technician’s rights were changed',
    host_left: 'The session of who invited the guest ended',
    invitation_revoked: 'The guest’s invitation was revoked',
  } satisfies Record<KnownEndReason, string>,
  sessionState: {
    requested: 'Requested',
    waiting_for_consent: 'Waiting for consent',
    active: 'Active',
    interrupted: 'Interrupted',
    ended: 'Ended',
  } satisfies Record<SessionState, string>,
  rights: {
    view: 'View',
    control: 'Control',
    clipboard: 'Clipboard',
    files: 'Files',
    terminal: 'Terminal',
  } satisfies Record<Right, string>,
  screen: {
    ok: 'There is a picture',
    no_display: 'No display is running',
    access_denied: 'The agent may not open the display',
    locked: 'The screen is locked',
    log_on: 'The log-on screen is in front',
    blank: 'The screen is blank',
    lost: 'The display went away',
    unsupported: 'This kind of display is not supported',
  },
  capability: {
    screen: 'Screen',
    input: 'Mouse and keyboard',
    clipboard: 'Clipboard',
    consent: 'Asks the person there',
    inventory: 'Inventory',
    metrics: 'Metrics',
  },
  actorKind: {
    account: 'Account',
    api_token: 'API token',
    agent: 'Machine',
    guest: 'Guest',
    command_line: 'Server command line',
    server: 'Server',
  },
}
