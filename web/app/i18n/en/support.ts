/** Support codes and the people who wait with one: the page for technicians. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const support = {
  title: 'Support',
  intro:
    'For people whose computer has no agent: they open a page, type a code and wait here. They are asked before anybody sees their screen.',
  newCode: 'New code',
  waiting: {
    title: 'Waiting people',
    empty: {
      title: 'Nobody is waiting',
      body: 'Make a code and read it to the person you want to help. Whoever starts the program with it appears here.',
    },
    columns: {
      computer: 'Computer',
      since: 'Waiting',
      note: 'Note',
      who: 'Technician',
    },
    noUser: 'nobody logged on',
    inSession: 'in a session',
    anyone: 'whoever is free',
    assigned: (p: { name: string }) => `for ${p.name}`,
    assignedToYou: 'for you',
    taken: (p: { name: string }) => `taken by ${p.name}`,
    takenByYou: 'taken by you',
    take: 'Take and connect',
    coming: 'The computer is not connected at this moment.',
    takeLabel: (p: { computer: string }) => `Take and connect: ${p.computer}`,
    moreFor: (p: { computer: string }) => `More for ${p.computer}`,
    details: 'About this computer',
    takeOnly: 'Take without connecting',
    release: 'Give back',
    finish: 'Send away',
    finishTitle: (p: { computer: string }) => `Send ${p.computer} away?`,
    finishBody:
      'The program on that computer ends, sessions with it end, and its record is removed. Past sessions and the audit entries stay.',
    finished: (p: { computer: string }) => `${p.computer} was sent away`,
  },
  codes: {
    title: 'Open codes',
    empty: 'No code is open.',
    columns: { note: 'Note', who: 'For', expires: 'Expires', created: 'Created' },
    noNote: 'without a note',
    anyone: 'whoever is free',
    by: (p: { name: string }) => `by ${p.name}`,
    revoke: 'Revoke',
    revokeLabel: (p: { name: string }) => `Revoke the code: ${p.name}`,
    revokeTitle: (p: { name: string }) => `Revoke the code “${p.name}”?`,
    revokeBody: 'Nobody can come with it any more. Whoever has come already stays.',
    revoked: 'The code was revoked',
  },
  form: {
    title: 'A new support code',
    who: 'Who takes the person',
    anyone: {
      label: 'Whoever is free first',
      says: 'Every technician sees the person waiting, and one of them takes them.',
    },
    me: {
      label: 'I do',
      says: 'The others see that the person waits for you. A manager can step in.',
    },
    expires: 'Works for',
    minutes: (p: { count: number }) => plural(p.count, { one: '# minute', other: '# minutes' }),
    hours: (p: { count: number }) => plural(p.count, { one: '# hour', other: '# hours' }),
    note: 'Note',
    noteHint: 'For you and the other technicians: a name, a telephone number, a ticket.',
    submit: 'Create code',
  },
  done: {
    title: 'Read this code to the person',
    once: 'It works once, and is shown only now.',
    code: 'Support code',
    copyCode: 'Copy the code',
    link: 'Address to open on the computer that needs help',
    copyLink: 'Copy the link',
    chat: 'For a chat or an e-mail',
    chatLanguage: 'Language of the text',
    copyChat: 'Copy the text',
    expires: (p: { time: string }) => `Works until ${p.time}.`,
    close: 'Done',
  },
  /** To be sent to the person, in their language. */
  chat: (p: { code: string; link: string; time: string }) =>
    `To get help, open this address on the computer that needs it:\n${p.link}\n\nYour support code: ${p.code} (works until ${p.time})\n\nNobody sees your screen before you agree. Did someone call you unasked and want you to do this? Then do not open it.`,
}

/** The public page for people with a support code. They are no technicians: plain words, short sentences. */
export const join = {
  title: 'Get help',
  intro: 'Type the code that the person who helps you has given you.',
  code: 'Your support code',
  example: 'For example K7Q-F2M-9X4',
  mistyped: 'This code is not quite right. Compare it with the person who gave it to you.',
  unfinished: 'A code has nine letters and digits.',
  submit: 'Continue',
  looking: 'Looking for the code…',
  ready: {
    title: (p: { organization: string }) => `${p.organization} will help you`,
    technician: (p: { name: string }) => `${p.name} is waiting for you.`,
    until: (p: { time: string }) => `Your code works until ${p.time}.`,
    otherCode: 'Use another code',
  },
  warning: {
    title: 'Did someone phone you and ask for this?',
    body: (p: { organization: string }) =>
      `Go on only if you asked ${p.organization} for help yourself. Nobody honest calls you unasked about a problem with your computer or your bank: hang up, and close this page.`,
  },
  next: {
    title: 'What happens next',
    steps: [
      'Download the program and open it: it is not installed, and needs no administrator.',
      'It says who wants to connect and asks you; nobody sees your screen before you agree.',
      'You see all the time who is connected, and end it with one click; when you close the program, nothing stays behind.',
    ],
    linux: 'On Linux, allow the file to be run first (in its properties, or with chmod +x).',
    rename: 'Leave the name of the file as it is: it carries your code.',
  },
  download: {
    button: (p: { system: string; size: string }) => `Download for ${p.system} (${p.size})`,
    started: 'Open the downloaded file now. This page may stay open.',
    others: 'For another computer',
    systems: { windows: 'Windows', macos: 'macOS', linux: 'Linux' },
    named: (p: { system: string; arch: string }) => `${p.system}, ${p.arch}`,
    archs: { x86_64: 'Intel or AMD', aarch64: 'ARM' },
    none: {
      title: 'There is nothing to download yet',
      body: 'Whoever runs this server has to place the program first. Tell the person who helps you.',
    },
    notForThis: {
      title: 'There is no program for this computer',
      body: 'This server has it for other systems only. Tell the person who helps you.',
    },
  },
  phone: {
    title: 'Go to the computer that needs help',
    body: 'On a phone or tablet this does not work. Open this address there, and type the code:',
    address: 'Address',
    code: 'Code',
  },
}
