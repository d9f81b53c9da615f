/** What a role may allow: names for lists, sentences for where it is explained or chosen. */
import type { Permission } from '~/api/types'

interface PermissionWords {
  name: string
  says: string
}

export const permissions: Readonly<Record<Permission, PermissionWords>> = {
  'machine.see': {
    name: 'See machines',
    says: 'Machines, their sites and what is known about them.',
  },
  'machine.manage': {
    name: 'Manage machines',
    says: 'Rename, move, label, block and merge machines, and decide about those in quarantine.',
  },
  'machine.remove': {
    name: 'Remove machines',
    says: 'A machine that was removed has to be enrolled again.',
  },
  'screen.view': { name: 'See the screen', says: 'Connect to a machine and watch its screen.' },
  'screen.control': {
    name: 'Control the screen',
    says: 'Use the mouse and keyboard of a machine.',
  },
  'clipboard.share': {
    name: 'Share the clipboard',
    says: 'Copy here and paste on the machine, and the other way round.',
  },
  'files.transfer': {
    name: 'Transfer files',
    says: 'Take files from a machine and bring some to it.',
  },
  'terminal.open': { name: 'Open a terminal', says: 'Run commands on a machine.' },
  'session.see': {
    name: 'See sessions',
    says: 'Who was connected to which machine, when and how.',
  },
  'session.manage': {
    name: 'Manage sessions',
    says: 'End sessions of others, and see who is invited to them.',
  },
  'session.remove': {
    name: 'Remove session records',
    says: 'Records of sessions that are over.',
  },
  'support.answer': {
    name: 'Answer support',
    says: 'Make support codes and look after the people who come with one.',
  },
  'enrollment.manage': {
    name: 'Manage enrollment',
    says: 'Make, change and revoke enrollment tokens.',
  },
  'access.manage': {
    name: 'Manage access rules',
    says: 'Decide who is asked before something is done on a machine.',
  },
  'audit.read': { name: 'Read the audit', says: 'Read and export audit entries.' },
  'webhook.manage': {
    name: 'Manage webhooks',
    says: 'Tell other systems what happens: everything that the audit entries say.',
  },
  'account.see': { name: 'See people', says: 'Who has an account, and what they may do.' },
  'account.manage': {
    name: 'Manage people',
    says: 'Invite people, give and take roles, disable and delete accounts.',
  },
  'role.manage': {
    name: 'Manage roles',
    says: 'Make, change and delete roles. Counts only for the whole server.',
  },
  'organization.manage': {
    name: 'Manage organizations',
    says: 'Rename organizations, and make, rename, archive and delete sites. For the whole server: make and archive organizations.',
  },
  'server.manage': {
    name: 'Manage the server',
    says: 'Its identity keys and its certificate. Counts only for the whole server.',
  },
}

/** Headings under which permissions are shown together. */
export const permissionGroups = {
  machines: 'Machines',
  sessions: 'Screen and sessions',
  support: 'Support',
  people: 'People and rules',
  server: 'Organizations and server',
}
