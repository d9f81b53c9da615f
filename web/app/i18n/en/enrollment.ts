/** Enrollment tokens. */
import type { Approval, EnrollmentTokenState } from '~/api/types'

import { pluralOf } from '../plural'

const plural = pluralOf('en')

/** `label` in lists, `says` where it is chosen, `then` when a token was made. */
interface ApprovalText {
  label: string
  says: string
  then: string
}

export const enrollment = {
  title: 'Enrollment',
  intro:
    'An enrollment token lets agents ask for a place among your machines. It grants nothing else, and machines that are enrolled keep working when it ends.',
  ownersOnly:
    'None of your roles allows seeing and making enrollment tokens. Ask somebody who manages people in your organization for a role that does.',
  create: 'Create token',
  show: 'Show',
  filters: { all: 'All', active: 'Active', ended: 'Ended' },
  noneShown: { active: 'No token works at the moment.', ended: 'No token has ended.' },
  columns: {
    name: 'Token',
    state: 'State',
    uses: 'Uses',
    approval: 'Approval',
    site: 'Site',
    networks: 'Networks',
    expires: 'Expires',
    created: 'Created',
  },
  state: {
    active: 'Active',
    expired: 'Expired',
    used_up: 'Used up',
    revoked: 'Revoked',
  } satisfies Record<EnrollmentTokenState, string>,
  waiting: (p: { count: number }) => plural(p.count, { one: '# waiting', other: '# waiting' }),
  usesOf: (p: { uses: string; max: string }) => `${p.uses} of ${p.max}`,
  usesUnlimited: (p: { uses: string }) => `${p.uses}, no limit`,
  usesLabel: (p: { uses: string; name: string }) => `${p.uses}: machines enrolled with ${p.name}`,
  anywhere: 'anywhere',
  by: (p: { name: string }) => `by ${p.name}`,
  byCommandLine: 'by the server’s command line',
  actionsFor: (p: { name: string }) => `Actions for ${p.name}`,
  showUses: 'Enrolled machines',
  edit: 'Edit',
  changed: (p: { name: string }) => `${p.name} was changed`,
  revoke: 'Revoke',
  revokeTitle: (p: { name: string }) => `Revoke ${p.name}?`,
  revokeBody:
    'No further machine can enroll with it. Machines that were enrolled with it stay as they are.',
  revoked: (p: { name: string }) => `${p.name} was revoked`,
  empty: {
    title: 'No enrollment tokens',
    body: 'Create one to add your first machine. The command to run on the machine comes with it.',
  },
  approvals: {
    when_doubtful: {
      label: 'When in doubt',
      says: 'What is plainly a new machine comes in by itself. What looks like a machine you have, or like a sandbox, waits until a person decides.',
      then: 'The machine appears in the list within seconds, or waits for a decision when in doubt.',
    },
    first: {
      label: 'Always',
      says: 'Every newcomer waits until a person has agreed.',
      then: 'The machine then waits until a person agrees.',
    },
    automatic: {
      label: 'Never',
      says: 'Nobody is asked, unless it is not clear which machine it is. For networks where you trust every computer.',
      then: 'The machine appears in the list within seconds.',
    },
  } satisfies Record<Approval, ApprovalText>,
  form: {
    title: 'Create an enrollment token',
    editTitle: (p: { name: string }) => `Edit ${p.name}`,
    editIntro: 'Holds for machines that enroll from now on. The token’s text stays the same.',
    name: 'Name',
    nameHint: 'For the list and the audit entries, for example where the machines stand.',
    expires: 'Valid for',
    keepExpiry: (p: { when: string }) => `As it is (${p.when})`,
    maxUses: 'Machines it may enroll',
    maxUsesHint: 'Empty: any number.',
    unlimited: 'No limit',
    sitesLoading: 'Asking for the sites…',
    approval: 'A person has to agree',
    site: 'Site',
    department: 'Department',
    deviceType: 'Device type',
    deviceTypeExample: 'laptop, server, kiosk',
    tags: 'Tags',
    tagsHint: 'Separated by commas. Machines get the site, these labels and tags.',
    networks: 'Only from these networks',
    networksHint: 'One on each line. Empty: from anywhere.',
    hours: (p: { count: number }) => plural(p.count, { one: '# hour', other: '# hours' }),
    days: (p: { count: number }) => plural(p.count, { one: '# day', other: '# days' }),
    submit: 'Create token',
    conflict: {
      title: 'Somebody else changed this token meanwhile',
      body: 'Save again to apply what you changed here; what you did not touch stays as they left it.',
    },
  },
  uses: {
    title: (p: { name: string }) => `Machines enrolled with ${p.name}`,
    waiting: (p: { count: number }) =>
      plural(p.count, {
        one: '# installation asked with this token and waits for a decision.',
        other: '# installations asked with this token and wait for a decision.',
      }),
    none: 'No machine was enrolled with it yet.',
    machine: 'Machine',
    when: 'Enrolled',
    address: 'From',
    removed: 'removed',
    mergedInto: 'merged into',
  },
  done: {
    title: 'The token is ready',
    once: 'This is the only time it is shown. Farol keeps no copy that could be read.',
    token: 'Token',
    copyToken: 'Copy the token',
    command: 'Run this on the machine',
    copyCommand: 'Copy the command',
    asking: 'Or run this and paste the token, to keep it out of the shell’s history',
    copyAsking: 'Copy the command that asks for the token',
    then: 'Then start the agent with farol-agent run.',
    close: 'Done',
  },
}
