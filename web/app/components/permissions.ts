/** Permissions in the order and the groups in which people read them. Names and sentences are in `i18n`. */
import type { Permission } from '~/api/types'
import type { Messages } from '~/i18n'

export type PermissionGroup = keyof Messages['permissionGroups']

interface Group {
  group: PermissionGroup
  permissions: readonly Permission[]
}

export const PERMISSION_GROUPS: readonly Group[] = [
  {
    group: 'machines',
    permissions: ['machine.see', 'machine.manage', 'machine.remove', 'enrollment.manage'],
  },
  {
    group: 'sessions',
    permissions: [
      'screen.view',
      'screen.control',
      'clipboard.share',
      'files.transfer',
      'terminal.open',
      'session.see',
      'session.manage',
      'session.remove',
    ],
  },
  { group: 'support', permissions: ['support.answer'] },
  {
    group: 'people',
    permissions: ['account.see', 'account.manage', 'access.manage', 'audit.read', 'webhook.manage'],
  },
  { group: 'server', permissions: ['organization.manage', 'role.manage', 'server.manage'] },
]

/** Every permission, once. */
export const PERMISSIONS: readonly Permission[] = PERMISSION_GROUPS.flatMap(
  ({ permissions }) => permissions,
)

/** In the order in which people read them, whatever was chosen first. */
export const toggled = (
  permissions: readonly Permission[],
  permission: Permission,
  on: boolean,
): Permission[] =>
  PERMISSIONS.filter((one) => (one === permission ? on : permissions.includes(one)))
