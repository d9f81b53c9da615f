/** Enrollment tokens. */
import { pluralOf } from '../plural'

const plural = pluralOf('en')

export const enrollment = {
  title: 'Enrollment',
  intro:
    'An enrollment token lets agents ask for a place among your machines. It grants nothing else, and machines that are enrolled keep working when it ends.',
  create: 'Create token',
  columns: {
    name: 'Token',
    state: 'State',
    uses: 'Uses',
    expires: 'Expires',
    created: 'Created',
  },
  state: { active: 'Active', expired: 'Expired', usedUp: 'Used up', revoked: 'Revoked' },
  uses: (p: { uses: string; max: string }) => `${p.uses} of ${p.max}`,
  usesUnlimited: (p: { uses: string }) => `${p.uses}, no limit`,
  by: (p: { name: string }) => `by ${p.name}`,
  revoke: 'Revoke',
  revokeLabel: (p: { name: string }) => `Revoke ${p.name}`,
  revokeTitle: (p: { name: string }) => `Revoke ${p.name}?`,
  revokeBody:
    'No further machine can enroll with it. Machines that were enrolled with it stay as they are.',
  revoked: (p: { name: string }) => `${p.name} was revoked`,
  empty: {
    title: 'No enrollment tokens',
    body: 'Create one to add your first machine. The command to run on the machine comes with it.',
  },
  form: {
    title: 'Create an enrollment token',
    name: 'Name',
    nameHint: 'For the list and the audit entries, for example where the machines stand.',
    expires: 'Valid for',
    maxUses: 'Machines it may enroll',
    unlimited: 'No limit',
    hours: (p: { count: number }) => plural(p.count, { one: '# hour', other: '# hours' }),
    days: (p: { count: number }) => plural(p.count, { one: '# day', other: '# days' }),
    submit: 'Create token',
  },
  done: {
    title: 'The token is ready',
    once: 'This is the only time it is shown. Farol keeps no copy that could be read.',
    token: 'Token',
    copyToken: 'Copy the token',
    command: 'Run this on the machine',
    copyCommand: 'Copy the command',
    then: 'Then start the agent with farol-agent run. The machine appears in the list within seconds.',
    close: 'Done',
  },
}
