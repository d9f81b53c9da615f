/** Session history, on its own page and on the page of a machine. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const sessions = {
  title: 'Sessions',
  columns: {
    machine: 'Machine',
    technician: 'Technician',
    rights: 'Rights',
    started: 'Started',
    duration: 'Duration',
    data: 'Data',
    end: 'State',
  },
  /** Before a session, where a role asks for it. */
  why: {
    title: 'Why do you open this session?',
    body: 'Your role on this machine asks for a reason. It is kept with the session, for those who read what was done.',
    label: 'Reason',
    hint: 'In a few words, such as the number of a ticket.',
    action: 'Connect',
  },
  dataHint: 'Received by the viewer',
  guest: 'guest',
  end: 'End',
  endLabel: (p: { machine: string; technician: string }) =>
    `End the session of ${p.technician} with ${p.machine}`,
  endTitle: 'End this session?',
  endBody: (p: { machine: string; technician: string }) =>
    `${p.technician} loses the connection to ${p.machine} at once.`,
  ended: 'The session was ended',
  by: (p: { reason: string; name: string }) => `${p.reason}: ${p.name}`,
  empty: {
    title: 'No sessions yet',
    body: 'Every session that anybody opens is kept here: who, which machine, how long, and why it ended.',
    action: 'Go to Machines',
  },
  searchLabel: 'Filter the sessions that are loaded',
  searchPlaceholder: 'Machine, technician, reason',
  notConnected: 'not connected',
  openLabel: (p: { technician: string; machine: string }) =>
    `Session of ${p.technician} with ${p.machine}`,

  select: (p: { technician: string; machine: string }) =>
    `Select the session of ${p.technician} with ${p.machine}`,
  selectAll: 'Select all that are over',
  selected: (p: { count: number }) => plural(p.count, { one: '# selected', other: '# selected' }),
  clearSelection: 'Clear the selection',
  remove: 'Remove records',
  removeTitle: (p: { count: number }) =>
    plural(p.count, { one: 'Remove this record?', other: 'Remove # records?' }),
  removeBody:
    'What happened in these sessions is no longer shown here. The audit keeps who connected to what, and who removed the records.',
  removed: (p: { count: number }) =>
    plural(p.count, { one: 'The record was removed', other: '# records were removed' }),

  one: {
    title: (p: { machine: string }) => `Session with ${p.machine}`,
    facts: 'Facts',
    timeline: 'What happened',
    noEvents: 'Nothing was recorded.',
    machine: 'Machine',
    technician: 'Technician',
    guest: 'Guest',
    guestOf: 'Invited into',
    hostSession: (p: { name: string }) => `the session of ${p.name}`,
    hostUnknown: 'another session',
    state: 'State',
    reason: 'Reason',
    rights: 'Rights',
    rightsAsked: 'Asked for',
    consent: 'Consent',
    notAsked: 'Nobody had to be asked',
    requested: 'Requested',
    connected: 'Connected',
    ended: 'Ended',
    duration: 'Duration',
    interruptions: 'Interruptions',
    toViewer: 'To the viewer',
    toAgent: 'To the machine',
    quality: 'How it went',
    noFigures: 'Nothing was measured.',
    pictureDelay: 'Picture delay',
    roundTrip: 'Round trip',
    pictures: 'Pictures shown',
    copiedToViewer: 'Copied from it',
    copiedToAgent: 'Copied to it',
    /** Half of all times are no longer than the first, 95 of 100 no longer than the second. */
    spread: (p: { half: string; most: string }) => `${p.half}; 95 % within ${p.most}`,
    copied: (p: { count: number; size: string }) =>
      p.count === 0
        ? 'Nothing'
        : plural(p.count, { one: `Once, ${p.size}`, other: `# times, ${p.size}` }),
    id: 'Id',
    consentOutcome: {
      allowed: 'Agreed',
      nobody_logged_on: 'Nobody was logged on, which allows it',
      refused: 'Refused',
      timed_out: 'No answer',
      nobody_to_ask: 'Nobody there',
    },
    consentBy: (p: { outcome: string; name: string; time: string }) =>
      `${p.outcome}: ${p.name}, ${p.time}`,
    consentAt: (p: { outcome: string; time: string }) => `${p.outcome}, ${p.time}`,
    /** Titles of what happened, by kind. */
    event: {
      requested: 'Asked for',
      consent_given: 'Agreed to at the machine',
      consent_refused: 'Not agreed to at the machine',
      connected: 'Connected',
      interrupted: 'Interrupted',
      resumed: 'Brought back',
      rights_asked: 'More rights asked for',
      rights_granted: 'Rights given',
      rights_refused: 'Rights not given',
      rights_taken_back: 'Rights taken back at the machine',
      ended: 'Ended',
      said: 'Said',
      handed_over: 'Handed over',
    },
    drivesNow: (p: { name: string }) => `${p.name} drives`,
  },
}
