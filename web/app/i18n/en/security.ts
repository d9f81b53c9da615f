/** Proving who one is, and the page of one's own account: password, second factors, logins. */
import type { FactorKind } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

/** Second factors at sign-in, and proving again who one is. */
export const proof = {
  /** The second step of a sign-in. */
  secondStep: {
    title: 'One more step',
    intro: 'The password was right. Show now that it is you.',
    back: 'Back to the password',
  },
  /** Asked by the console before something that changes how an account is protected. */
  stepUp: {
    title: 'Is it you?',
    description:
      'What you are about to do asks for a fresh proof. It counts for ten minutes in this browser.',
  },
  code: 'Code of the authenticator app',
  codeHint: 'Six digits. It is sent as soon as it is whole.',
  recoveryCode: 'Recovery code',
  recoveryCodeHint: 'One of those that you kept. Each works once.',
  password: 'Password',
  confirm: 'Confirm',
  usePasskey: 'Use a passkey',
  noPasskeyHere: 'Your passkeys do not work at this address or in this browser.',
  other: 'Another way',
  /** Switches to it. */
  instead: {
    password: 'Use the password',
    totp: 'Use the authenticator app',
    recovery_code: 'Use a recovery code',
    passkey: 'Use a passkey',
  } satisfies Record<FactorKind, string>,
}

/** With what somebody signed in: values of a login's `method`, and of an attempt's. */
const methods = {
  password: 'Password',
  totp: 'Authenticator app',
  recovery_code: 'Recovery code',
  passkey: 'Passkey',
  password_totp: 'Password and authenticator app',
  password_recovery_code: 'Password and recovery code',
  password_passkey: 'Password and passkey',
  link: 'One-time link',
  invitation: 'Invitation',
  set_up: 'Set-up',
}

/** The page of one's own account. */
export const ownAccount = {
  title: 'Your account',
  menu: 'Your account',
  profile: {
    title: 'Profile',
    name: 'Your name',
    nameHint: 'End users see it when you connect to their machine.',
    email: 'E-mail',
    language: 'Language of the console',
    saved: 'Your profile was saved',
  },
  password: {
    title: 'Password',
    intro: 'With another password, all your other logins end.',
    field: 'New password',
    submit: 'Change the password',
    done: 'Your password was changed; your other logins ended',
  },
  totp: {
    title: 'Authenticator app',
    intro: 'An app on your phone shows a code that you type after the password.',
    none: 'There is none.',
    since: (p: { time: string }) => `In use since ${p.time}`,
    add: 'Add an app',
    remove: 'Remove',
    removeTitle: 'Remove the authenticator app?',
    removeBody: 'Its codes do not work any more. You can add it again, or another one.',
    removed: 'The authenticator app was removed',
    added: 'The authenticator app was added',
    dialogTitle: 'Add an authenticator app',
    dialogIntro: 'Scan the picture with the app, or type the secret into it.',
    picture: 'QR code for the authenticator app',
    secret: 'Secret',
    copySecret: 'Copy the secret',
    code: 'Code that the app shows',
    confirm: 'Add',
    wrong:
      'This is not the code that the app should show. Check that the clock of your phone is right.',
    preparing: 'Preparing the secret…',
  },
  recovery: {
    title: 'Recovery codes',
    intro: 'For when you have neither app nor passkey at hand. Each works once.',
    later: 'You get them with your first authenticator app or passkey.',
    left: (p: { count: number }) => plural(p.count, { one: '# code left', other: '# codes left' }),
    few: 'Few codes are left',
    fewBody: 'Make new ones before they are used up, or you may lock yourself out.',
    make: 'Make new codes',
    makeTitle: 'Make new recovery codes?',
    makeBody: 'The codes that you have now count for nothing then.',
    dialogTitle: 'Keep these recovery codes',
    once: 'They are shown only now. Keep them where you find them without this device: on paper, or in a password manager.',
    list: 'Recovery codes',
    copy: 'Copy all',
    download: 'Save as a file',
    print: 'Print',
    close: 'I have kept them',
    /** Above the codes in the file. */
    fileHead: (p: { server: string; email: string }) =>
      `Recovery codes for Farol at ${p.server}, account ${p.email}. Each works once.`,
    fileName: 'farol-recovery-codes.txt',
  },
  passkeys: {
    title: 'Passkeys',
    intro:
      'A key in this device, a phone or a password manager. It signs you in alone, without the password.',
    none: 'There are none.',
    unavailable: 'Passkeys do not work on this server',
    unavailableBody:
      'They are bound to a host name, and this server is reached by a number. Whoever runs it gives it a name with public_url.',
    elsewhere: 'Passkeys work at another address',
    elsewhereBody: 'They are bound to the name of the server. To add or use one, open it at:',
    unsupported: 'This browser knows no passkeys.',
    columns: { name: 'Name', added: 'Added', used: 'Last used' },
    synced: 'Synced',
    syncedHint: 'Copied to your other devices by whoever keeps it for you.',
    never: 'never',
    actionsFor: (p: { name: string }) => `Actions for the passkey ${p.name}`,
    add: 'Add a passkey',
    addTitle: 'Add a passkey',
    addIntro: 'Give it a name by which you know it. The browser asks you for the rest.',
    name: 'Name',
    namePlaceholder: 'Work laptop',
    added: 'The passkey was added',
    rename: 'Rename…',
    renameTitle: (p: { name: string }) => `Rename the passkey ${p.name}`,
    renamed: 'The passkey was renamed',
    remove: 'Remove…',
    removeTitle: (p: { name: string }) => `Remove the passkey ${p.name}?`,
    removeBody:
      'Nobody signs in with it any more. The device may go on offering it; delete it there, too.',
    removeAction: 'Remove',
    removed: 'The passkey was removed',
  },
  logins: {
    title: 'Logins',
    intro: 'Where you are signed in. Ending one cuts at once what it has open.',
    columns: { device: 'Device', method: 'Signed in with', address: 'Address', used: 'Last used' },
    current: 'This one',
    /** “Firefox on Linux” */
    device: (p: { browser: string; system: string }) => `${p.browser} on ${p.system}`,
    unknownDevice: 'Unknown device',
    since: (p: { time: string }) => `since ${p.time}`,
    end: 'End',
    endLabel: (p: { device: string; address: string }) =>
      `End the login of ${p.device}, ${p.address}`,
    ended: 'The login ended',
    endOthers: 'End all others',
    endOthersTitle: 'End all your other logins?',
    endOthersBody: 'Only this browser stays signed in. Sessions that the others have open end.',
    endedOthers: (p: { count: number }) =>
      plural(p.count, { one: '# login ended', other: '# logins ended' }),
    onlyThis: 'You are signed in nowhere else.',
  },
  signIns: {
    title: 'Recent sign-ins',
    intro: 'The newest attempts on your account, also those that failed.',
    none: 'No attempts are on record.',
    columns: { at: 'When', what: 'What happened', method: 'With', address: 'Address' },
    succeeded: 'Signed in',
    failed: 'Refused',
    newPlace: 'New place',
    newPlaceHint: 'The first sign-in from such a network with such a device.',
    /** Codes of refusals. */
    reasons: {
      invalid_credentials: 'wrong password',
      second_factor_wrong: 'wrong code',
      recovery_code_used: 'a recovery code that was used before',
      passkey_unknown: 'a passkey that the server does not know',
      passkey_invalid: 'a passkey that could not be checked',
      passkey_cloned: 'a passkey that may be a copy',
      account_disabled: 'the account was disabled',
      too_many_attempts: 'too many attempts',
    },
  },
  methods,
}

/** The second factor that the server asks for and the account does not have. */
export const factorAsked = {
  title: 'Set up a second factor to go on',
  intro:
    'This server asks for a second factor, and your account has none. Add a passkey or an authenticator app; it takes a minute, and you stay signed in.',
  signedInAs: (p: { email: string }) => `Signed in as ${p.email}`,
  dueTitle: 'Your account needs a second factor',
  dueBody: (p: { time: string }) =>
    `This server asks for one. Add a passkey or an authenticator app by ${p.time}; after that you cannot go on without.`,
  toAccount: 'Add one',
}
