/** Inviting one more person into a session, for technicians; and the page and the viewer of whoever is invited. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const invitations = {
  title: 'Invitations',
  invite: 'Invite someone',
  /** Why the button rests. */
  notNow: 'While the session is connected you can invite somebody to it.',
  dialog: {
    title: 'Invite someone to this session',
    intro: 'They need no account: a link leads them in, from any browser.',
    may: 'What the guest may do',
    view: { label: 'Watch only', says: 'They see the screen, can point and write in the chat.' },
    control: {
      label: 'Use mouse and keyboard, too',
      says: 'They may ask to drive; you decide when.',
    },
    noControl: 'The guest will only watch: this session may not control the machine either.',
    lasts: 'The link works for',
    minutes: (p: { count: number }) => plural(p.count, { one: '# minute', other: '# minutes' }),
    hours: (p: { count: number }) => plural(p.count, { one: '# hour', other: '# hours' }),
    create: 'Create the link',
    link: 'Link for the guest',
    copy: 'Copy the link',
    once: 'Whoever has this link gets in, once. Give it only to the person you mean.',
    shownOnce: 'It is shown only now.',
    another: 'Invite somebody else',
  },
  none: 'Nobody was invited.',
  loading: 'Looking for invitations…',
  state: { open: 'Open', accepted: 'Accepted', revoked: 'Revoked', expired: 'Expired' },
  open: (p: { left: string }) => `works for another ${p.left}`,
  acceptedBy: (p: { name: string; time: string }) => `by ${p.name}, ${p.time}`,
  accepted: (p: { time: string }) => `at ${p.time}`,
  revokedAt: (p: { time: string }) => `at ${p.time}`,
  wasAccepted: (p: { name: string; time: string }) => `Accepted by ${p.name}, ${p.time}`,
  expiredAt: (p: { time: string }) => `at ${p.time}`,
  expiredWithSession: 'when the session ended',
  made: (p: { name: string; time: string }) => `Made by ${p.name}, ${p.time}`,
  theirSession: (p: { name: string }) => `Session of ${p.name}`,
  revoke: 'Revoke',
  revokeLabel: (p: { time: string }) => `Revoke the invitation of ${p.time}`,
  revokeGuestLabel: (p: { name: string }) => `Revoke the invitation of ${p.name}`,
  revokeTitle: (p: { name: string }) => `Revoke the invitation of ${p.name}?`,
  revokeBody: (p: { name: string }) =>
    `If ${p.name} is still in the session, it ends for them at once. Everybody else stays.`,
  revoked: 'The invitation was revoked',
}

/** The page for guests. They may never have seen this product: plain words, short sentences. */
export const guest = {
  title: 'You are invited',
  /** Over everything but an invitation that works. */
  heading: 'Invitation',
  looking: 'Looking at the invitation…',
  comingBack: 'Coming back into the session…',
  /** Who invites, to which machine of whom. */
  to: (p: { inviter: string; organization: string; machine: string }) =>
    `${p.inviter} of ${p.organization} invites you to watch the computer ${p.machine} with them.`,
  may: 'What you may do',
  view: 'See the screen, point at things, and write in the chat.',
  control: 'Use mouse and keyboard, when the person who drives hands over to you.',
  seen: 'Everybody in the session, and the person at the computer, sees your name and that you are a guest.',
  until: (p: { time: string }) => `The invitation is good until ${p.time}, and for one person.`,
  name: 'Your name',
  nameHint: 'So that the others know who you are.',
  nameMissing: 'Say who you are first.',
  join: 'Join',
  joining: 'Joining…',
  noLink: {
    title: 'Open the link that you were sent',
    body: 'This page needs the whole link of an invitation. It is taken out of the address when it is opened, so open it once more, or ask the person who invited you for a new one.',
  },
  viewer: {
    title: (p: { machine: string }) => `Guest at ${p.machine}`,
    leave: 'Leave the session',
    left: 'You left the session',
    leftBody: 'You can close this page.',
    ended: 'Your visit is over',
    again: 'If you want to come back, ask the person who invited you for a new link.',
    people: 'They appear here as soon as you are connected.',
    keyBody:
      'The computer came with another key than before. Nothing was sent to it. Leave, and tell the person who invited you.',
  },
  /** What ended a visit, where the sentence for technicians does not suit a guest. */
  causes: {
    host_left: {
      title: 'The person who invited you has left the session',
      detail: 'Guests stay as long as whoever invited them.',
    },
    invitation_revoked: {
      title: 'Your invitation was revoked',
      detail: 'The person who invited you, or a colleague, ended your visit.',
    },
    technician_ended: {
      title: 'Your visit was ended',
      detail: 'The person who invited you, or a colleague, ended it.',
    },
    end_user_ended: { title: 'Ended by the person at the computer', detail: '' },
    pipe_end_user: { title: 'Ended by the person at the computer', detail: '' },
    login_ended: {
      title: 'The person who invited you has signed out',
      detail: 'Guests stay as long as whoever invited them.',
    },
    consent_refused: { title: 'The person at the computer said no', detail: '' },
    consent_timed_out: { title: 'Nobody at the computer answered', detail: '' },
    nobody_to_ask: { title: 'Nobody is at the computer who could agree', detail: '' },
    access_changed: { title: 'What guests may do there was changed', detail: '' },
    access_never: { title: 'Guests may not see this computer', detail: '' },
    already_connected: {
      title: 'You are in this session in another tab',
      detail: 'Go on there, or close it and load this page again.',
    },
    machine_offline: { title: 'The computer is offline', detail: '' },
    viewer_lost: { title: 'Your connection was lost for too long', detail: '' },
    expired: { title: 'The session is too old', detail: '' },
    session_gone: { title: 'The session is over', detail: '' },
    session_over: { title: 'The session is over', detail: '' },
  },
}
