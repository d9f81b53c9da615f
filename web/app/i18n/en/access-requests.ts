/** Access for a while: asking for more on a machine, deciding about it, and what became of it. */
import type { AccessRequestState } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const accessRequests = {
  title: 'Access requests',
  intro:
    'More on one machine, for a while: somebody asks and says why, somebody else who may do that there decides, and it ends by itself.',
  count: (p: { count: number }) =>
    plural(p.count, { one: '# waits for you', other: '# wait for you' }),
  ask: 'Ask for more access',
  toDecide: 'Waiting for your decision',
  others: 'Yours, and those that are decided',
  nothingOpen: 'Nothing waits, and nothing that was approved counts now.',
  showOver: 'Show those that are over',
  empty: {
    title: 'No access requests',
    body: 'Where a role does not allow enough on a machine, ask for more for an hour or a day. Requests about which you may decide appear here, too.',
  },
  columns: {
    who: 'Who',
    machine: 'Machine',
    what: 'For what, and why',
    life: 'For',
    state: 'State',
  },
  states: {
    waiting: 'Waiting',
    approved: 'Approved',
    refused: 'Refused',
    withdrawn: 'Withdrawn',
    ended: 'Ended',
  } satisfies Record<AccessRequestState, string>,
  until: (p: { when: string }) => `until ${p.when}`,
  lapses: (p: { when: string }) => `lapses ${p.when}`,
  lapsed: 'Nobody decided in time',
  decidedBy: (p: { name: string }) => `by ${p.name}`,
  endedBy: (p: { name: string }) => `ended by ${p.name}`,
  note: (p: { note: string }) => `“${p.note}”`,
  approve: 'Approve',
  refuse: 'Refuse',
  withdraw: 'Withdraw',
  end: 'End now',
  approveLabel: (p: { name: string; machine: string }) =>
    `Approve the request of ${p.name} for ${p.machine}`,
  refuseLabel: (p: { name: string; machine: string }) =>
    `Refuse the request of ${p.name} for ${p.machine}`,
  withdrawLabel: (p: { machine: string }) => `Withdraw the request for ${p.machine}`,
  endLabel: (p: { name: string; machine: string }) =>
    `End the access of ${p.name} to ${p.machine} now`,
  deciding: {
    approveTitle: (p: { name: string; machine: string }) =>
      `Give ${p.name} more access to ${p.machine}?`,
    approveBody: (p: { what: string; life: string }) =>
      `${p.what}, for ${p.life} from now on. You or they can end it before.`,
    refuseTitle: (p: { name: string; machine: string }) =>
      `Refuse more access to ${p.machine} to ${p.name}?`,
    says: (p: { name: string; reason: string }) => `${p.name} says: “${p.reason}”`,
    note: 'Note',
    noteHint: 'A word to whoever asked; it is kept in the audit entry.',
    approved: (p: { name: string }) => `${p.name} has the access now`,
    refused: 'The request was refused',
  },
  withdrawing: {
    title: (p: { machine: string }) => `Withdraw your request for ${p.machine}?`,
    body: 'Nobody can approve it any more. You can ask again.',
    done: 'The request was withdrawn',
  },
  ending: {
    title: (p: { name: string; machine: string }) =>
      `End the access of ${p.name} to ${p.machine} now?`,
    body: 'What is done by it now ends at once, sessions included.',
    done: 'The access has ended',
  },
  asking: {
    title: 'Ask for more access',
    titleFor: (p: { machine: string }) => `Ask for more access to ${p.machine}`,
    intro:
      'Somebody else who may do this there decides. It counts from then on, and ends by itself.',
    permissions: 'For what',
    held: 'You may do this there already.',
    forbidden: 'An access rule forbids this there, whoever approves.',
    proof: 'You may do this there after a fresh proof; nobody has to approve that.',
    life: 'For how long, from the approval',
    reason: 'Why',
    reasonHint: 'For who decides, and for who reads the audit entries.',
    submit: 'Ask',
    asked: 'You have asked',
    askedBody: 'The answer appears under Access requests as soon as somebody decides.',
  },
  /** On the page of a machine. */
  machine: {
    label: 'Access for a while',
    waiting: 'Your request for more access waits for a decision',
    approved: (p: { when: string }) => `You have more access here until ${p.when}`,
    askFor: (p: { machine: string }) => `Ask for more access to ${p.machine}`,
  },
}
