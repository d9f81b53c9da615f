/** Who a machine is: identity, blocking, merging, duplicates, and the keys and the certificate of the server. */
import type { CertificateSource, EvidenceKind } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const identity = {
  tabs: { label: 'About this machine', overview: 'Overview', identity: 'Identity' },
  uid: 'Machine uid',
  uidHint: 'A fingerprint over the evidence. It helps to recognize the machine and proves nothing.',
  evidence: 'Evidence',
  evidenceHint: 'What identifies hardware and system, as the agent last said.',
  noEvidence: 'Its agent tells nothing that identifies it.',
  keys: 'Machine keys',
  keysHint: 'The private half never leaves the machine; this is how a key is recognized.',
  keyColumns: { fingerprint: 'Fingerprint', state: 'State', since: 'Since', until: 'Until' },
  keyState: { current: 'Current', former: 'Former', removed: 'Removed' },
  noKeys: 'Its agent has no key of its own.',
  newKey: 'New key',
  newKeyTitle: (p: { name: string }) => `New key for ${p.name}?`,
  newKeySays: [
    'The agent makes a new key and proves both; the old one is worth nothing afterwards.',
    'The link and running sessions are not disturbed.',
  ],
  newKeyOffline: 'It is offline: it is asked at its next connection.',
  newKeyAsked: 'The agent was asked for a new key',
  keyPending: (p: { time: string }) =>
    `A new key was asked for on ${p.time}. It appears here as soon as the agent has made it.`,
  installation: 'Installation',
  installId: 'Installation id',
  counter: 'Connections counted',
  installHint: 'Tells a copy or a restored snapshot from the machine itself.',
  trusts: 'Server key it trusts',
  trustsUnknown: 'Not known until it connects',
  copyFingerprint: 'Copy the fingerprint',
  merged: 'Merged records',
  mergedHint: 'Records of this same machine. Their sessions and audit entries are shown under it.',
  noMerged: 'No record was merged into this machine.',
  mergedAt: (p: { time: string }) => `merged on ${p.time}`,
  mergedIntoAt: (p: { into: string; time: string }) => `merged into ${p.into} on ${p.time}`,
  undoUntil: (p: { time: string }) => `can be taken back until ${p.time}`,
  final: 'stays: 30 days have passed',
  undo: 'Take back',
  undoLabel: (p: { name: string }) => `Take the merge of ${p.name} back`,
  undoTitle: (p: { name: string }) => `Make ${p.name} a machine of its own again?`,
  undoSays: 'It gets its own row, name and history back. Nothing was lost by the merge.',
  undoTakes: (p: { names: string }) => `What was merged into that record goes with it: ${p.names}.`,
  undone: (p: { name: string }) => `${p.name} is a machine of its own again`,
  helpdesk: {
    title: 'Helpdesk agent',
    hint: 'What a helpdesk’s desktop agent says of this machine. None of it is proved.',
    account: 'Linked account',
    noAccount: 'None was told',
    profile: 'Access profile',
    profiles: { collaborator: 'Collaborator', manager: 'Manager' },
    noProfile: 'None was told',
    heartbeat: 'Last heartbeat',
    noHeartbeat: 'None so far',
    tokens: 'Tokens',
    tokenColumns: { made: 'Made', expires: 'Expires', state: 'State' },
    tokenState: { active: 'Works', expired: 'Expired', revoked: 'Revoked' },
    because: { registered_again: 'the agent registered again', withdrawn: 'it was withdrawn' },
    noTokens: 'Its agent has no token.',
    inventory: 'Inventory',
    noInventory: 'It sent no inventory.',
    entries: (p: { count: number }) => plural(p.count, { one: '# entry', other: '# entries' }),
    withdraw: 'Withdraw tokens',
    withdrawTitle: (p: { name: string }) => `Withdraw the tokens of ${p.name}?`,
    withdrawSays: [
      'Its agent is turned away at once, and whoever signed in through it has to sign in again.',
      'It may register again with the provisioning secret. Block the machine if it must not.',
    ],
    withdrawn: (p: { name: string }) => `The tokens of ${p.name} were withdrawn`,
  },
  block: {
    action: 'Block',
    unblock: 'Unblock',
    badge: 'Blocked',
    title: (p: { name: string }) => `Block ${p.name}?`,
    says: [
      'Running sessions end at once, and its agent is told that it is blocked and goes quiet.',
      'Neither it nor a reinstallation of it gets in until it is unblocked.',
    ],
    reason: 'Reason',
    reasonHint: 'Shown to everybody who opens the machine.',
    done: (p: { name: string }) => `${p.name} is blocked`,
    undone: (p: { name: string }) =>
      `${p.name} is unblocked. Its agent comes back by itself within five minutes.`,
    notice: (p: { name: string; time: string }) => `Blocked by ${p.name} on ${p.time}`,
    noReason: 'No reason was given.',
  },
  merge: {
    action: 'Merge',
    menu: 'Merge with another machine…',
    chooseTitle: (p: { name: string }) => `Which record is ${p.name}, too?`,
    search: 'Search machines',
    searchPlaceholder: 'Name, user, system, address',
    nothing: 'No machine matches.',
    more: (p: { count: number }) =>
      plural(p.count, { one: '# more; search to find it.', other: '# more; search to find them.' }),
    title: 'Merge two records of one machine',
    stays: 'Which one stays?',
    older: (p: { time: string }) => `enrolled on ${p.time}, the older one`,
    newer: (p: { time: string }) => `enrolled on ${p.time}`,
    named: (p: { name: string; time: string }) => `${p.name} (enrolled on ${p.time})`,
    says: (p: { stays: string; goes: string }) =>
      `Sessions and audit entries of both are shown under ${p.stays}. ${p.goes} has no row of its own any more. This can be taken back for 30 days, on the machine’s page under Identity.`,
    done: (p: { goes: string; stays: string }) => `${p.goes} is part of ${p.stays} now`,
    cannot: {
      same: 'This is the same record.',
      bothOnline:
        'Both are connected at the same moment, so they are two machines. One machine cannot be online twice. If one is a leftover copy, block it or switch it off first.',
      inSession: 'The one that would go has open sessions. End them first.',
    },
  },
  duplicates: {
    title: 'Duplicates',
    intro: 'Pairs of records that may be one machine, the likeliest first.',
    count: (p: { count: number }) => plural(p.count, { one: '# pair', other: '# pairs' }),
    pair: (p: { first: string; second: string }) => `${p.first} and ${p.second}`,
    strong: 'Very likely one machine',
    weak: 'Perhaps one machine',
    because: (p: { kinds: string }) => `The same: ${p.kinds}.`,
    against: (p: { kinds: string }) => `Different: ${p.kinds}.`,
    noneAgainst: 'Nothing speaks against it.',
    kinds: {
      smbios_uuid: 'hardware UUID',
      board_serial: 'board serial',
      system_serial: 'system serial',
      disk_serial: 'a disk',
      os_install_id: 'system installation',
    } satisfies Record<EvidenceKind, string>,
    rows: {
      presence: 'Presence',
      lastSeen: 'Last seen',
      enrolled: 'Enrolled',
      sessions: 'Open sessions',
      address: 'Address',
    },
    two: 'These are two machines',
    twoTitle: 'Are these two machines?',
    twoSays: (p: { first: string; second: string }) =>
      `${p.first} and ${p.second} are not listed as a pair any more, however alike they look.`,
    dismissed: 'The pair is not listed any more',
    empty: {
      title: 'No duplicates',
      body: 'No two records share evidence that would make them one machine.',
    },
  },
  removal: {
    goes: 'What goes',
    stays: 'What stays',
    records: (p: { count: number }) =>
      plural(p.count, {
        one: 'its record',
        other: '# records: its own and those merged into it',
      }),
    keys: (p: { count: number }) =>
      plural(p.count, {
        one: 'its machine key: the agent is turned away from now on',
        other: '# machine keys: the agent is turned away from now on',
      }),
    noKeys: 'its right to connect',
    online: 'its connection: the agent is told to stop',
    sessions: (p: { count: number }) =>
      plural(p.count, { one: '# session under way ends', other: '# sessions under way end' }),
    reports: (p: { count: number }) =>
      plural(p.count, {
        one: '# report of the helpdesk’s agent',
        other: '# reports of the helpdesk’s agent',
      }),
    sections: (p: { count: number }) =>
      plural(p.count, { one: '# inventory section', other: '# inventory sections' }),
    logins: (p: { count: number }) =>
      plural(p.count, {
        one: '# login of an end user, who is signed out',
        other: '# logins of end users, who are signed out',
      }),
    keptSessions: (p: { count: number }) =>
      plural(p.count, { one: '# past session', other: '# past sessions' }),
    mergesFinal: (p: { count: number }) =>
      plural(p.count, {
        one: 'the merge of # record, which cannot be taken back any more',
        other: 'the merges of # records, which cannot be taken back any more',
      }),
    recognition: 'what is known of its hardware and installations, by which it would be recognized',
    helpdesk: 'the tokens of its helpdesk agent, which has to register again',
    keptAudit: 'all audit entries',
  },
  signInRules: {
    title: 'Sign-in rules',
    intro:
      'What the server asks of everybody who signs in. A rule counts at once. API tokens and service accounts are asked for nothing.',
    secondFactor: 'Second factor',
    rule: {
      optional: 'Optional',
      technicians: 'Required for technicians',
      everybody: 'Required for everybody',
    },
    says: {
      optional: 'Everybody decides for themselves.',
      technicians: 'For whoever may do more than look: work on machines, or administer.',
      everybody: 'For every person who signs in.',
    },
    without: (p: { count: number }) =>
      plural(p.count, {
        one: '# person has none now.',
        other: '# people have none now.',
      }),
    trust: 'Trust identity providers',
    trustHint:
      'Who comes through single sign-on is not asked for a second factor here: the provider asks in its own way.',
    grace: 'Days to add one',
    graceHint: (p: { most: number }) =>
      `From 0 to ${p.most}, counted from when the rule began or the account was made. Until then people are told and not stopped.`,
    graceWrong: (p: { most: number }) => `A number from 0 to ${p.most}.`,
    atOnce: (p: { count: number }) =>
      plural(p.count, {
        one: '# person will have to add a second factor before they can go on. What they have open is cut.',
        other:
          '# people will have to add a second factor before they can go on. What they have open is cut.',
      }),
    later: (p: { count: number }) =>
      plural(p.count, {
        one: '# person will be told to add a second factor.',
        other: '# people will be told to add a second factor.',
      }),
    who: 'Who?',
    saved: 'The sign-in rules were saved',
    ownTitle: 'You have no second factor yourself',
    ownBody:
      'You would lock yourself out. Add a passkey or an authenticator app to your account first.',
    toAccount: 'To my account',
    conflict: 'Changed by somebody else meanwhile',
    conflictBody: (p: { rule: string }) => `The rule is “${p.rule}” now. Save again to replace it.`,
  },
  server: {
    title: 'Settings',
    heading: 'Server identity',
    intro:
      'The key by which agents recognize this server, whatever its address or certificate. Enrollment tokens carry its fingerprint.',
    columns: { fingerprint: 'Fingerprint', state: 'State', trustedBy: 'Trusted by' },
    present: 'Present',
    older: 'Older',
    machines: (p: { count: number }) => plural(p.count, { one: '# machine', other: '# machines' }),
    trustNote:
      'As each machine last said. One that was offline since a change trusts an older key.',
    rotate: 'Make a new key',
    rotateTitle: 'Make a new identity key?',
    rotateSays: [
      'Connected agents learn of it at once, the others at their next connection. The key that they trust signs the new one, so nobody is stranded.',
      'The older key serves on until you retire it. Tokens that were made before keep working until then.',
    ],
    rotated: 'The server has a new identity key',
    retire: 'Retire older keys',
    retireTitle: 'Retire the older keys?',
    retireNone: 'No machine is known to trust an older key.',
    retireStrands: (p: { count: number }) =>
      plural(p.count, {
        one: '# machine still trusts an older key. It will not connect any more and has to be enrolled again.',
        other:
          '# machines still trust an older key. They will not connect any more and have to be enrolled again.',
      }),
    retireTokens: 'Enrollment tokens that carry an older key stop working.',
    retireFinal: 'This cannot be taken back.',
    retireConfirm: (p: { count: number }) =>
      plural(p.count, {
        one: 'I will enroll # machine again',
        other: 'I will enroll # machines again',
      }),
    retired: 'The older keys are retired',
    onlyOne: 'There is no older key.',
    ownersOnly:
      'None of your roles allows seeing and changing the keys of the server. Ask an owner of the server.',
  },
  certificate: {
    heading: 'Certificate',
    intro:
      'What browsers see when they come here. Agents go by the identity key above, so that no change of the certificate strands them.',
    fact: {
      source: 'Comes from',
      until: 'Valid until',
      renewal: 'Renewal',
      names: 'Names',
      sha256: 'SHA-256',
    },
    source: {
      none: 'Nowhere',
      proxy: 'A reverse proxy',
      files: 'Files that you keep valid',
      acme: 'A certificate authority, by ACME',
      own: 'The certificate authority of this server.',
    } satisfies Record<CertificateSource, string>,
    howToTrust: 'How to trust it',
    state: {
      valid: 'Valid',
      due: 'Ends soon',
      ended: 'Ended',
      placeholder: 'Not there yet',
    },
    renewal: {
      none: () => 'None',
      proxy: () => 'By the proxy',
      files: (p: { time: string }) =>
        `By you. Put a new certificate and its key into the files by ${p.time}; the server takes them without a restart.`,
      acme: (p: { time: string }) => `By the server itself, from ${p.time} on.`,
      own: (p: { time: string }) => `By the server itself, from ${p.time} on.`,
    } satisfies Record<CertificateSource, (p: { time: string }) => string>,
    warning: {
      due: (p: { time: string }) => `It ends ${p.time}, and the next one is not there`,
      ended: (p: { time: string }) => `It ended ${p.time}: browsers refuse to come here`,
      placeholder: () => 'The server has no certificate yet. It shows one that no browser trusts.',
    },
    advice: {
      files: 'Put a new certificate and its key into the files.',
      acme: 'The server tries again by itself. Where that fails, the reason stands below.',
      own: 'The server makes a new one within the hour.',
    },
    trouble: {
      certificate_files: 'The new certificate files cannot be used',
      acme: 'The certificate authority gives no certificate',
      own_authority: 'The certificate does not name every address of this server',
    },
    troubleUnknown: 'Something is wrong with the certificate',
    since: (p: { time: string }) => `Since ${p.time}.`,
    nextAttempt: (p: { time: string }) => `Next attempt on ${p.time}.`,
    copy: 'Copy the SHA-256 of the certificate',
    elsewhere: {
      none: 'This server shows no certificate: it speaks plain HTTP and answers only the machine that it runs on.',
      proxy:
        'The reverse proxy in front of this server shows its own certificate. When that ends and who renews it is known there.',
    },
  },
}
