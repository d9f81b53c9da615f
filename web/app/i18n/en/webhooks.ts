/** Webhooks: receivers of other systems, what they are told, and what became of it. */
import type { WebhookDeliveryState, WebhookFailureCode } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const webhooks = {
  title: 'Webhooks',
  intro:
    'Other systems are told what happens here: each event is sent by https, signed, and tried again for a day.',
  notAllowed:
    'None of your roles allows managing webhooks. Ask an administrator of your organization.',
  create: 'New webhook',
  empty: {
    title: 'No webhooks',
    body: 'Make one to tell a ticket system, a chat or a program of your own what happens.',
  },
  columns: { name: 'Webhook', events: 'Events', state: 'State', lately: 'Last attempt' },
  state: {
    on: 'On',
    off: 'Off',
    gone: 'Off: the receiver is gone',
    failing: 'Failing',
  },
  never: 'never',
  waiting: (p: { count: number }) => plural(p.count, { one: '# waits', other: '# wait' }),
  dead: (p: { count: number }) => plural(p.count, { one: '# dead', other: '# dead' }),
  allEvents: 'Every event',
  events: (p: { count: number }) => plural(p.count, { one: '# event', other: '# events' }),
  actionsFor: (p: { name: string }) => `Actions for ${p.name}`,
  menu: { edit: 'Edit', rotate: 'New secret…', remove: 'Delete…' },
  /** Types that the audit does not have. */
  types: {
    'machine.online': 'Machine came online',
    'machine.offline': 'Machine went offline',
    'webhook.test': 'Test event',
  },
  form: {
    title: 'New webhook',
    editTitle: (p: { name: string }) => `Edit ${p.name}`,
    name: 'Name',
    nameHint: 'What it is for.',
    url: 'Address of the receiver',
    urlHint: 'It starts with https://. The server sends to public addresses only.',
    organization: 'Organization',
    events: 'Events',
    all: 'Every event',
    allSays: 'Also those that later versions add.',
    some: 'Chosen events',
    someSays: 'Only what is ticked below.',
    wholeSubject: (p: { subject: string }) => `${p.subject}: all`,
    chosen: (p: { count: number }) =>
      plural(p.count, { one: '# event is chosen', other: '# events are chosen' }),
    expression: 'Only when',
    expressionHint:
      'Such as machine:"front desk" -actor:ana*. Fields: type, actor, actor_kind, target, target_kind, machine, address.',
    enabled: 'Send events',
    submit: 'Make the webhook',
    conflict: {
      title: 'Somebody else changed this webhook meanwhile',
      body: 'Save again to put your settings in the place of theirs.',
    },
    wrong: {
      url: 'This is not the address of a receiver: it starts with https://, and has no user, password or #.',
      urlNotAllowed:
        'This address is not public. The owner of the server can name it in the settings (webhooks.networks).',
      events: 'Choose at least one event.',
    },
  },
  changed: (p: { name: string }) => `${p.name} was changed`,
  ready: {
    title: 'The webhook is made',
    rotatedTitle: 'The webhook has a new secret',
    once: 'Copy the secret now. It is never shown again.',
    secret: 'Secret',
    copySecret: 'Copy the secret',
    verify:
      'The receiver verifies signatures with it, as Standard Webhooks say; there are libraries for most languages.',
    overlap: 'For 24 hours events are signed with the former secret as well.',
    close: 'I have copied it',
  },
  rotating: {
    title: (p: { name: string }) => `A new secret for ${p.name}?`,
    body: 'For 24 hours events are signed with both. After that the receiver has to know the new one.',
    action: 'Make a new secret',
  },
  deleting: {
    title: (p: { name: string }) => `Delete ${p.name}?`,
    body: 'Its receiver is told nothing more. Events that wait for it, and what became of the others, are gone.',
    action: 'Delete the webhook',
    done: (p: { name: string }) => `${p.name} was deleted`,
  },
  one: {
    back: 'All webhooks',
    test: 'Send a test event',
    edit: 'Edit',
    facts: 'Settings',
    address: 'Receiver',
    events: 'Events',
    expression: 'Only when',
    noExpression: 'always',
    state: 'State',
    made: 'Made',
    madeBy: (p: { name: string; time: string }) => `${p.time} by ${p.name}`,
    failures: (p: { count: number }) =>
      plural(p.count, {
        one: 'The last attempt went wrong.',
        other: 'The last # attempts went wrong.',
      }),
    resumes: (p: { time: string }) => `Nothing is sent before ${p.time}.`,
    gone: 'The receiver said that it is gone (410), so nothing is sent any more. Enter another address, or switch it on again.',
    overlap: (p: { time: string }) => `The former secret signs as well until ${p.time}`,
  },
  tested: {
    taken: (p: { status: number; time: string }) =>
      `The receiver has taken the test event (${p.status}, ${p.time})`,
    failed: (p: { why: string }) => `The test event was not taken: ${p.why}`,
  },
  answer: 'What the receiver said',
  /** Parts of a sentence and titles of their own: they begin in lower case. */
  failures: {
    name_unknown: 'the receiver’s name leads nowhere',
    address_refused: 'the receiver’s address is not public',
    unreachable: 'nobody takes connections there',
    tls_failed: 'no encrypted connection is possible',
    timed_out: 'it took too long',
    no_answer: 'whoever answers does not speak HTTP',
    redirected: 'the receiver sends elsewhere',
    not_taken: 'the receiver said no',
    gone: 'the receiver is gone',
    not_ready: 'the server’s stored secrets or certificates cannot be used',
    too_many_waited: 'too many events waited',
    too_late: 'it waited for more than a day',
  } satisfies Record<WebhookFailureCode, string>,
  deliveries: {
    heading: 'Events',
    intro: 'What waits, and what became of the rest in the last 30 days.',
    show: 'Show',
    all: 'All',
    columns: { event: 'Event', state: 'State', happened: 'Happened' },
    states: {
      waiting: 'Waiting',
      sending: 'Sending',
      delivered: 'Delivered',
      dead: 'Dead',
    } satisfies Record<WebhookDeliveryState, string>,
    empty: { title: 'No events yet', body: 'What the receiver is told is listed here.' },
    noneShown: 'No events in this state.',
    attempts: (p: { count: number }) => plural(p.count, { one: '# attempt', other: '# attempts' }),
    next: 'next attempt',
    look: (p: { event: string; time: string }) => `Details of “${p.event}”, ${p.time}`,
    replay: 'Send again',
    replayLabel: (p: { event: string; time: string }) => `Send “${p.event}”, ${p.time}, again`,
    replayed: 'It is sent again now',
    replayAll: 'Send all dead events again',
    replayedAll: (p: { count: number }) =>
      plural(p.count, { one: '# event is sent again', other: '# events are sent again' }),
  },
  delivery: {
    title: (p: { event: string }) => p.event,
    id: 'webhook-id',
    copyId: 'Copy the webhook-id',
    attempts: 'Attempts',
    noAttempts: 'Not tried yet.',
    columns: { at: 'When', took: 'Took', outcome: 'Outcome' },
    taken: (p: { status: number }) => `Taken (${p.status})`,
    payload: 'What is sent',
    copyPayload: 'Copy what is sent',
  },
}
