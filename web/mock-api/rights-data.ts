/** Roles as the server has them, and the signed-in account's rights. */
import type { BuiltInRole, Machine, Me, Permission, Role } from '~/api/types'

import type { MockDb } from './db'

const VIEWER: Permission[] = ['machine.see', 'screen.view', 'session.see']
const TECHNICIAN: Permission[] = [
  'machine.see',
  'screen.view',
  'screen.control',
  'clipboard.share',
  'files.transfer',
  'terminal.open',
  'session.see',
  'session.manage',
  'support.answer',
]
const ADMINISTRATOR: Permission[] = [
  'machine.see',
  'machine.manage',
  'machine.remove',
  'screen.view',
  'screen.control',
  'clipboard.share',
  'files.transfer',
  'terminal.open',
  'session.see',
  'session.manage',
  'session.remove',
  'support.answer',
  'enrollment.manage',
  'access.manage',
  'audit.read',
  'webhook.manage',
  'account.see',
  'account.manage',
  'organization.manage',
]

export const PERMISSIONS: Record<BuiltInRole, Permission[]> = {
  requester: ['machine.see'],
  viewer: VIEWER,
  technician: TECHNICIAN,
  administrator: ADMINISTRATOR,
  owner: [...ADMINISTRATOR, 'role.manage', 'server.manage'],
}

export const builtInRoles = (): Role[] =>
  (['requester', 'viewer', 'technician', 'administrator', 'owner'] as const).map((key) => ({
    key,
    name: key,
    description: '',
    built_in: true,
    permissions: PERMISSIONS[key],
    accounts: key === 'owner' ? 1 : 0,
    etag: null,
  }))

/** Roles that somebody made, by name. */
export const someRoles = (): Role[] => [
  {
    key: '0197c2ad-0000-7000-8000-000000000001',
    name: 'Night shift',
    description: 'Watches screens and answers the phone, and changes nothing.',
    built_in: false,
    permissions: ['machine.see', 'screen.view', 'session.see', 'support.answer'],
    accounts: 2,
    etag: '"1"',
  },
  {
    key: '0197c2ad-0000-7000-8000-000000000002',
    name: 'Rollout',
    description: '',
    built_in: false,
    permissions: ['machine.see', 'machine.manage', 'enrollment.manage'],
    accounts: 0,
    etag: '"1"',
  },
]

/** What the signed-in account may do with a machine: as in its organization, where nothing else is said. */
export const permissionsOn = (
  { me, machinePermissions }: Pick<MockDb, 'me' | 'machinePermissions'>,
  machine: Pick<Machine, 'id' | 'organization_id'>,
): Permission[] =>
  machinePermissions[machine.id] ??
  me?.organizations.find(({ id }) => id === machine.organization_id)?.permissions ??
  []

/** The account has this role, and no other, in each of its organizations; an owner for the whole server. */
export function become(me: Me, role: BuiltInRole): void {
  for (const organization of me.organizations) {
    organization.roles = [{ key: role, name: role }]
    organization.permissions = PERMISSIONS[role]
  }
  me.server_permissions = role === 'owner' ? PERMISSIONS.owner : []
}
