/** Audit entries: a title for each action (filters), and a sentence (the list). */

/** What a sentence speaks of. Texts here are only holes: names are put in as elements of the page. */
export interface SentenceHoles {
  actor: string
  target: string
  /** The name before and after a change. */
  before: string
  after: string
  /** The installation or record that an act on a machine is about as well. */
  other: string
  /** What was given or taken away. */
  role: string
  format: string
}

export const audit = {
  title: 'Audit',
  intro: 'Who did what, newest first. Entries are chained, signed and never changed.',
  ownersOnly:
    'None of your roles allows reading the audit entries. Ask somebody who manages people in your organization for a role that does.',
  searchLabel: 'Search by name',
  searchPlaceholder: 'Person or machine',
  columns: { at: 'Time', what: 'What happened', by: 'By', from: 'From' },
  details: {
    show: 'Show details',
    hide: 'Hide details',
    field: 'Field',
    before: 'Before',
    after: 'After',
    by: 'By',
    action: 'Action',
    target: 'On',
    from: 'From address',
    place: 'Place in the chain',
    copyAddress: 'Copy the address',
    onlyActor: 'Only by this one',
    onlyTarget: 'Only on this',
    onlyAddress: 'Only from here',
    onlyRequest: 'Only this request',
    absent: 'nothing',
  },
  /** Fields of details and changes; those of a newer server stand as they are. */
  fields: {
    account: 'Account',
    account_id: 'Account id',
    accounts: 'Accounts',
    address: 'Address',
    api_token: 'API token',
    approval: 'Approval',
    assigned_to: 'For',
    because: 'Because',
    bytes_to_agent: 'Bytes to the agent',
    bytes_to_viewer: 'Bytes to the viewer',
    counter: 'Counter',
    description: 'Description',
    detail: 'Detail',
    door: 'Through',
    duration_seconds: 'Duration in seconds',
    email: 'E-mail',
    enrollment_token: 'Enrollment token',
    enrollment_token_id: 'Enrollment token id',
    entries: 'Entries',
    evidence: 'Evidence',
    expected: 'Expected',
    expires_at: 'Expires',
    filter: 'Filter',
    format: 'Format',
    guest: 'Guest',
    guest_of: 'Id of the session of who invited',
    guest_session_id: 'Id of the guest’s session',
    handed_over_to: 'Handed over to',
    hostname: 'Host name',
    invitation_id: 'Invitation id',
    invited_by: 'Invited by',
    labels: 'Labels',
    locale: 'Language',
    machine_id: 'Machine id',
    machine_key: 'Machine key',
    machine_login_id: 'Machine login id',
    machine_token_id: 'Machine token id',
    max_uses: 'Machines it may enroll',
    merged_into: 'Id of what it was merged into',
    merged_machine: 'Merged record',
    merged_machine_id: 'Id of the merged record',
    method: 'Method',
    mode: 'Who is asked',
    name: 'Name',
    networks: 'Networks',
    new_account: 'New account',
    note: 'Note',
    on_silence: 'When nobody answers',
    organization_ids: 'Organization ids',
    permissions: 'Permissions',
    place: 'Where',
    previous_until: 'Former secret works until',
    quarantine_id: 'Id of the quarantine entry',
    read_only: 'Only reads',
    reason: 'Reason',
    records: 'Records',
    retired: 'Retired',
    right: 'Right',
    rights: 'Rights',
    role: 'Role',
    role_name: 'Name of the role',
    scope: 'Applies to',
    scopes: 'Scopes',
    session_id: 'Session id',
    sha256: 'SHA-256',
    site: 'Site',
    site_id: 'Site id',
    support_code_id: 'Support code id',
    tag: 'Tag',
    taken_by: 'Taken by',
    tokens: 'Tokens',
    undo_until: 'Can be taken back until',
    why: 'Why',
  },
  filters: {
    action: 'Action',
    anyAction: 'Any action',
    all: (p: { subject: string }) => `${p.subject}: all`,
    since: 'From',
    until: 'To',
    by: (p: { name: string }) => `By ${p.name}`,
    on: (p: { name: string }) => `On ${p.name}`,
    from: (p: { address: string }) => `From ${p.address}`,
    request: (p: { id: string }) => `Request ${p.id}`,
    remove: (p: { filter: string }) => `Remove the filter “${p.filter}”`,
    clear: 'Clear all',
    group: 'Active filters',
  },
  export: {
    button: 'Export',
    csv: 'CSV, for spreadsheets',
    ndjson: 'NDJSON, with hashes to verify',
    hint: 'What passes the filters. The export is recorded.',
  },
  verify: {
    button: 'Verify',
    running: (p: { done: string; all: string }) => `${p.done} of ${p.all} entries verified…`,
    fine: (p: { entries: string; time: string }) =>
      `All ${p.entries} entries are in order, verified at ${p.time}.`,
    signed: (p: { seq: string }) => `Signed by the server up to entry ${p.seq}.`,
    notSigned: 'The server has not signed the newest entries yet; it does so every day.',
    pruned: (p: { seq: string }) => `Older entries were removed; the first one kept is ${p.seq}.`,
    broken: (p: { name: string }) => `The audit entries of ${p.name} are not in order`,
    finding: {
      changed: (p: { seq: string; checkpoint: string }) =>
        `Entry ${p.seq} was changed after it was written.`,
      exchanged: (p: { seq: string; checkpoint: string }) =>
        `Entry ${p.seq} does not continue the one before: one of them was exchanged.`,
      missing: (p: { seq: string; checkpoint: string }) => `Entry ${p.seq} is missing.`,
      cut_off: (p: { seq: string; checkpoint: string }) =>
        `The end was cut off: entry ${p.seq} should be there.`,
      inserted: (p: { seq: string; checkpoint: string }) =>
        `Entry ${p.seq} was put in where there is none.`,
      checkpoint_differs: (p: { seq: string; checkpoint: string }) =>
        `The signed checkpoint ${p.checkpoint} names another entry ${p.seq}: the entries were rewritten.`,
      checkpoint_missing: (p: { seq: string; checkpoint: string }) =>
        `The signed checkpoint ${p.checkpoint} is missing.`,
      signature_wrong: (p: { seq: string; checkpoint: string }) =>
        `The checkpoint ${p.checkpoint} is not signed by this server.`,
      not_as_noted: (p: { seq: string; checkpoint: string }) =>
        `The checkpoint ${p.checkpoint}, the last one that the server noted, is not in the database: it was rewritten, or an older copy was restored. Whoever restored it says so with “farol audit accept-restore”.`,
    },
    foundAt: (p: { time: string }) => `Time of the entry: ${p.time}.`,
    advice: 'Keep a copy of the database as it is, and compare it with a backup.',
  },
  empty: { title: 'No entries yet', body: 'Everything that changes something is recorded here.' },
  none: { title: 'No entry passes the filters', body: 'Change or clear them to see more.' },
  end: 'That is everything.',
  subjects: {
    second_factor: 'Second factors',
    recovery_codes: 'Recovery codes',
    recovery_code: 'Recovery codes in use',
    identity: 'Connected identities',
    identity_provider: 'Identity providers',
    access_rule: 'Access rules',
    account: 'Account',
    account_invitation: 'Invitations to make an account',
    api_token: 'API tokens',
    audit: 'Audit',
    authority: 'Certificate authority',
    certificate: 'Certificate',
    enrollment_token: 'Enrollment tokens',
    invitation: 'Invitations',
    login: 'Logins',
    mail: 'E-mails',
    machine: 'Machines',
    machine_duplicate: 'Duplicates',
    machine_login: 'Machine logins',
    machine_token: 'Machine tokens',
    organization: 'Organizations',
    quarantine: 'Quarantine',
    role: 'Roles',
    secrets: 'Secrets',
    server: 'Server',
    server_identity: 'Server identity',
    service_account: 'Service accounts',
    server_mail: 'Sending of e-mail',
    session: 'Sessions',
    sign_in_link: 'Sign-in links',
    site: 'Sites',
    support_code: 'Support codes',
  },
  actions: {
    'server.set_up': 'Server set up',
    'login.started': 'Signed in',
    'login.ended': 'Signed out',
    'login.refused': 'Sign-in refused',
    'sign_in_link.created': 'Sign-in link made',
    'account.changed': 'Account changed',
    'account.password_changed': 'Password changed',
    'account.recovered': 'Account recovered',
    'second_factor.added': 'Second factor added',
    'second_factor.removed': 'Second factor removed',
    'recovery_codes.made': 'Recovery codes made',
    'recovery_code.used': 'Recovery code used',
    'account.invited': 'Person invited',
    'account_invitation.revoked': 'Invitation of a person revoked',
    'account_invitation.sent_again': 'Invitation of a person sent again',
    'account.joined': 'Invitation of a person accepted',
    'account.disabled': 'Account disabled',
    'account.enabled': 'Account enabled',
    'account.deleted': 'Account deleted',
    'account.provisioned': 'Account made by a provider',
    'identity.linked': 'Account connected',
    'identity.unlinked': 'Account disconnected',
    'identity_provider.created': 'Identity provider made',
    'identity_provider.changed': 'Identity provider changed',
    'identity_provider.deleted': 'Identity provider deleted',
    'role.given': 'Role given',
    'role.taken': 'Role taken away',
    'role.created': 'Role made',
    'role.changed': 'Role changed',
    'role.deleted': 'Role deleted',
    'service_account.created': 'Service account made',
    'service_account.changed': 'Service account changed',
    'api_token.created': 'API token made',
    'api_token.changed': 'API token changed',
    'api_token.rotated': 'API token: new secret',
    'api_token.revoked': 'API token revoked',
    'api_token.refused': 'API token refused',
    'organization.created': 'Organization made',
    'organization.renamed': 'Organization renamed',
    'site.created': 'Site made',
    'site.renamed': 'Site renamed',
    'site.deleted': 'Site deleted',
    'access_rule.created': 'Access rule created',
    'access_rule.changed': 'Access rule changed',
    'access_rule.deleted': 'Access rule deleted',
    'enrollment_token.created': 'Enrollment token created',
    'enrollment_token.changed': 'Enrollment token changed',
    'enrollment_token.revoked': 'Enrollment token revoked',
    'machine.enrolled': 'Machine enrolled',
    'machine.renamed': 'Machine renamed',
    'machine.moved': 'Machine moved',
    'machine.removed': 'Machine removed',
    'machine.blocked': 'Machine blocked',
    'machine.unblocked': 'Machine unblocked',
    'machine.merged': 'Machines merged',
    'machine.merge_undone': 'Merge taken back',
    'machine.rebound': 'Installation recognized',
    'machine.split': 'Machine split',
    'machine.key_rotation_asked': 'New machine key asked for',
    'machine.key_rotated': 'Machine key replaced',
    'machine.pipe_key_changed': 'Session key of machine changed',
    'machine.evidence_changed': 'Hardware changed',
    'machine.rolled_back': 'Snapshot restored',
    'machine.quarantined': 'Machine quarantined',
    'quarantine.approved': 'Quarantine: approved',
    'quarantine.refused': 'Quarantine: refused',
    'machine_duplicate.dismissed': 'Duplicate dismissed',
    'machine_token.issued': 'Machine token issued',
    'machine_token.revoked': 'Machine token revoked',
    'machine_login.created': 'End user signed in by machine',
    'machine_login.ended': 'End user signed out',
    'support_code.created': 'Support code created',
    'support_code.revoked': 'Support code revoked',
    'support_code.redeemed': 'Support code used',
    'support_code.taken': 'Waiting person taken',
    'support_code.released': 'Waiting person given back',
    'session.requested': 'Session requested',
    'session.consent_given': 'Session agreed to',
    'session.consent_refused': 'Session not agreed to',
    'session.connected': 'Session connected',
    'session.interrupted': 'Session interrupted',
    'session.resumed': 'Session taken up again',
    'session.rights_asked': 'Session: rights asked for',
    'session.rights_granted': 'Session: rights given',
    'session.rights_refused': 'Session: rights not given',
    'session.rights_taken_back': 'Session: rights taken back',
    'session.ended': 'Session ended',
    'session.removed': 'Session record removed',
    'invitation.created': 'Guest invited',
    'invitation.accepted': 'Guest came',
    'invitation.revoked': 'Invitation revoked',
    'server_identity.rotated': 'Server identity key replaced',
    'server_identity.retired': 'Server identity key retired',
    'authority.created': 'Certificate authority made',
    'certificate.renewed': 'Certificate renewed',
    'server_mail.changed': 'Mail server set',
    'server_mail.removed': 'Mail server removed',
    'server_mail.tested': 'Mail server tested',
    'mail.retried': 'E-mail sent again',
    'mail.canceled': 'E-mail canceled',
    'secrets.rotated': 'Secrets sealed again',
    'audit.exported': 'Audit exported',
    'audit.pruned': 'Old audit entries removed',
    'audit.restore_accepted': 'Restored database accepted',
  },
  sentences: {
    'server.set_up': (p: SentenceHoles) => `${p.actor} set up the server`,
    'login.started': (p: SentenceHoles) => `${p.actor} signed in`,
    'login.ended': (p: SentenceHoles) => `${p.actor} signed out`,
    /** Instead of `login.ended` when nobody did it. */
    'login.expired': (p: SentenceHoles) => `The login of ${p.target} expired`,
    'login.refused': (p: SentenceHoles) => `A sign-in as ${p.target} was refused`,
    'sign_in_link.created': (p: SentenceHoles) => `${p.actor} made a sign-in link for ${p.target}`,
    'account.changed': (p: SentenceHoles) => `${p.actor} changed their account`,
    'account.password_changed': (p: SentenceHoles) => `${p.actor} changed their password`,
    'account.recovered': (p: SentenceHoles) =>
      `${p.target} was let back in from the server’s command line`,
    'second_factor.added': (p: SentenceHoles) => `${p.actor} added a second factor`,
    'second_factor.removed': (p: SentenceHoles) =>
      `${p.actor} removed a second factor of ${p.target}`,
    'recovery_codes.made': (p: SentenceHoles) => `${p.actor} made new recovery codes`,
    'recovery_code.used': (p: SentenceHoles) => `${p.actor} used a recovery code`,
    'account.invited': (p: SentenceHoles) => `${p.actor} invited ${p.target} to this server`,
    'account_invitation.revoked': (p: SentenceHoles) =>
      `${p.actor} revoked the invitation of ${p.target}`,
    'account_invitation.sent_again': (p: SentenceHoles) =>
      `${p.actor} sent the invitation of ${p.target} again`,
    'account.joined': (p: SentenceHoles) => `${p.actor} came with an invitation`,
    'account.disabled': (p: SentenceHoles) => `${p.actor} disabled the account of ${p.target}`,
    'account.enabled': (p: SentenceHoles) => `${p.actor} enabled the account of ${p.target}`,
    'account.deleted': (p: SentenceHoles) => `${p.actor} deleted the account of ${p.target}`,
    'account.provisioned': (p: SentenceHoles) =>
      `An identity provider vouched for ${p.target}, who got an account`,
    'identity.linked': (p: SentenceHoles) =>
      `${p.actor} connected the account of ${p.target} with an identity provider`,
    'identity.unlinked': (p: SentenceHoles) =>
      `${p.actor} disconnected the account of ${p.target} from an identity provider`,
    'identity_provider.created': (p: SentenceHoles) =>
      `${p.actor} made the identity provider ${p.target}`,
    'identity_provider.changed': (p: SentenceHoles) =>
      `${p.actor} changed the identity provider ${p.target}`,
    'identity_provider.deleted': (p: SentenceHoles) =>
      `${p.actor} deleted the identity provider ${p.target}`,
    'role.given': (p: SentenceHoles) => `${p.actor} gave ${p.target} the role ${p.role}`,
    'role.taken': (p: SentenceHoles) => `${p.actor} took the role ${p.role} from ${p.target}`,
    'role.created': (p: SentenceHoles) => `${p.actor} made the role ${p.target}`,
    'role.changed': (p: SentenceHoles) => `${p.actor} changed the role ${p.target}`,
    'role.deleted': (p: SentenceHoles) => `${p.actor} deleted the role ${p.target}`,
    'service_account.created': (p: SentenceHoles) =>
      `${p.actor} made the service account ${p.target}`,
    'service_account.changed': (p: SentenceHoles) =>
      `${p.actor} changed the service account ${p.target}`,
    'api_token.created': (p: SentenceHoles) => `${p.actor} made the API token ${p.target}`,
    'api_token.changed': (p: SentenceHoles) => `${p.actor} changed the API token ${p.target}`,
    'api_token.rotated': (p: SentenceHoles) =>
      `${p.actor} gave the API token ${p.target} another secret`,
    'api_token.revoked': (p: SentenceHoles) => `${p.actor} revoked the API token ${p.target}`,
    'api_token.refused': (p: SentenceHoles) =>
      `A request with the API token ${p.target} was refused`,
    /** Instead of `api_token.refused` when nobody knows the token. */
    'api_token.unknown': () => 'A request with an unknown API token was refused',
    'organization.created': (p: SentenceHoles) => `${p.actor} made the organization ${p.target}`,
    'organization.renamed': (p: SentenceHoles) =>
      `${p.actor} renamed the organization ${p.before} to ${p.after}`,
    'site.created': (p: SentenceHoles) => `${p.actor} made the site ${p.target}`,
    'site.renamed': (p: SentenceHoles) => `${p.actor} renamed the site ${p.before} to ${p.after}`,
    'site.deleted': (p: SentenceHoles) => `${p.actor} deleted the site ${p.target}`,
    'access_rule.created': (p: SentenceHoles) =>
      `${p.actor} created an access rule for ${p.target}`,
    'access_rule.changed': (p: SentenceHoles) =>
      `${p.actor} changed an access rule for ${p.target}`,
    'access_rule.deleted': (p: SentenceHoles) =>
      `${p.actor} deleted an access rule for ${p.target}`,
    'enrollment_token.created': (p: SentenceHoles) =>
      `${p.actor} created the enrollment token ${p.target}`,
    'enrollment_token.changed': (p: SentenceHoles) =>
      `${p.actor} changed the enrollment token ${p.target}`,
    'enrollment_token.revoked': (p: SentenceHoles) =>
      `${p.actor} revoked the enrollment token ${p.target}`,
    'machine.enrolled': (p: SentenceHoles) => `Machine ${p.target} was enrolled`,
    'machine.renamed': (p: SentenceHoles) => `${p.actor} renamed machine ${p.before} to ${p.after}`,
    'machine.moved': (p: SentenceHoles) =>
      `${p.actor} moved machine ${p.target} from ${p.before} to ${p.after}`,
    'machine.removed': (p: SentenceHoles) => `${p.actor} removed machine ${p.target}`,
    'machine.blocked': (p: SentenceHoles) => `${p.actor} blocked machine ${p.target}`,
    'machine.unblocked': (p: SentenceHoles) => `${p.actor} unblocked machine ${p.target}`,
    'machine.merged': (p: SentenceHoles) => `${p.actor} merged ${p.other} into machine ${p.target}`,
    'machine.merge_undone': (p: SentenceHoles) =>
      `${p.actor} separated ${p.other} from machine ${p.target} again`,
    'machine.rebound': (p: SentenceHoles) =>
      `A new installation was recognized as machine ${p.target}`,
    /** Instead of `machine.rebound` when a person decided so. */
    'machine.recognized': (p: SentenceHoles) =>
      `${p.actor} recognized the installation ${p.other} as machine ${p.target}`,
    'machine.split': (p: SentenceHoles) =>
      `${p.actor} gave the installation ${p.other} its own record, apart from machine ${p.target}`,
    'machine.key_rotation_asked': (p: SentenceHoles) =>
      `${p.actor} asked machine ${p.target} for a new key`,
    'machine.key_rotated': (p: SentenceHoles) => `The key of machine ${p.target} was replaced`,
    'machine.pipe_key_changed': (p: SentenceHoles) =>
      `Machine ${p.target} opens sessions with another key than before`,
    'machine.evidence_changed': (p: SentenceHoles) => `The hardware of machine ${p.target} changed`,
    'machine.rolled_back': (p: SentenceHoles) =>
      `Machine ${p.target} went back to an earlier state, as by a restored snapshot`,
    'machine.quarantined': (p: SentenceHoles) =>
      `The installation ${p.target} was put into quarantine`,
    'quarantine.approved': (p: SentenceHoles) =>
      `${p.actor} let ${p.target} out of quarantine as a new machine`,
    'quarantine.refused': (p: SentenceHoles) =>
      `${p.actor} refused the installation ${p.target}, which was in quarantine`,
    'machine_duplicate.dismissed': (p: SentenceHoles) =>
      `${p.actor} decided that machine ${p.target} is no duplicate`,
    'machine_token.issued': (p: SentenceHoles) => `A machine token was issued for ${p.target}`,
    'machine_token.revoked': (p: SentenceHoles) => `A machine token of ${p.target} was revoked`,
    /** Instead of `machine_token.revoked` when a person did it. */
    'machine_token.withdrawn': (p: SentenceHoles) =>
      `${p.actor} withdrew the machine tokens of ${p.target}`,
    'machine_login.created': (p: SentenceHoles) =>
      `The end user of machine ${p.target} was signed in by its token`,
    'machine_login.ended': (p: SentenceHoles) => `The end user of machine ${p.target} signed out`,
    'support_code.created': (p: SentenceHoles) => `${p.actor} created the support code ${p.target}`,
    'support_code.revoked': (p: SentenceHoles) => `${p.actor} revoked the support code ${p.target}`,
    'support_code.redeemed': (p: SentenceHoles) =>
      `Somebody used the support code ${p.target} on ${p.other}`,
    'support_code.taken': (p: SentenceHoles) =>
      `${p.actor} took the person who came with the support code ${p.target}`,
    'support_code.released': (p: SentenceHoles) =>
      `${p.actor} gave back the person who came with the support code ${p.target}`,
    'session.requested': (p: SentenceHoles) => `${p.actor} asked for a session with ${p.target}`,
    'session.consent_given': (p: SentenceHoles) => `A session with ${p.target} was agreed to`,
    'session.consent_refused': (p: SentenceHoles) => `A session with ${p.target} was not agreed to`,
    'session.connected': (p: SentenceHoles) => `${p.actor} connected to ${p.target}`,
    'session.interrupted': (p: SentenceHoles) => `The session with ${p.target} was interrupted`,
    'session.resumed': (p: SentenceHoles) =>
      `${p.actor} came back into the session with ${p.target}`,
    'session.rights_asked': (p: SentenceHoles) =>
      `${p.actor} asked for other rights in the session with ${p.target}`,
    'session.rights_granted': (p: SentenceHoles) =>
      `The session with ${p.target} got the rights that were asked for`,
    'session.rights_refused': (p: SentenceHoles) =>
      `The session with ${p.target} did not get the rights that were asked for`,
    'session.rights_taken_back': (p: SentenceHoles) =>
      `Rights of the session with ${p.target} were taken back`,
    'session.ended': (p: SentenceHoles) => `${p.actor} ended the session with ${p.target}`,
    /** Instead of `session.ended` when nobody did it. */
    'session.over': (p: SentenceHoles) => `The session with ${p.target} ended`,
    'session.removed': (p: SentenceHoles) =>
      `${p.actor} removed the record of a session with ${p.target}`,
    'invitation.created': (p: SentenceHoles) =>
      `${p.actor} invited a guest into the session with ${p.target}`,
    'invitation.accepted': (p: SentenceHoles) =>
      `${p.actor} came into the session with ${p.target} as a guest`,
    'invitation.revoked': (p: SentenceHoles) =>
      `${p.actor} revoked an invitation to the session with ${p.target}`,
    'server_identity.rotated': (p: SentenceHoles) =>
      `${p.actor} replaced the server’s identity key`,
    'server_identity.retired': (p: SentenceHoles) =>
      `${p.actor} retired former identity keys of the server`,
    'authority.created': () => 'The server made itself a certificate authority',
    'certificate.renewed': () => 'The server’s certificate was renewed',
    'server_mail.changed': (p: SentenceHoles) => `${p.actor} set how the server sends e-mail`,
    'server_mail.removed': (p: SentenceHoles) =>
      `${p.actor} made the server send no e-mail any more`,
    'server_mail.tested': (p: SentenceHoles) =>
      `${p.actor} tried whether the server can send e-mail`,
    'mail.retried': (p: SentenceHoles) => `${p.actor} had the e-mail to ${p.target} sent at once`,
    'mail.canceled': (p: SentenceHoles) => `${p.actor} canceled the e-mail to ${p.target}`,
    'secrets.rotated': (p: SentenceHoles) => `${p.actor} sealed the stored secrets with a new key`,
    'audit.exported': (p: SentenceHoles) => `${p.actor} exported audit entries as ${p.format}`,
    'audit.pruned': (p: SentenceHoles) => `${p.actor} removed old audit entries`,
    'audit.restore_accepted': (p: SentenceHoles) =>
      `${p.actor} took a restored copy of the database for right`,
  },
  /** For actions of a newer server. */
  unknownSentence: (p: SentenceHoles & { action: string }) =>
    `${p.actor} did ${p.action} on ${p.target}`,
  unknownSentenceAlone: (p: SentenceHoles & { action: string }) => `${p.actor} did ${p.action}`,
}
