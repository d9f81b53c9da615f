/** Roles as words: names, what they are for, and what they allow in one line. Pure. */
import type { BuiltInRole, Role } from '~/api/types'
import { PERMISSION_GROUPS, PERMISSIONS } from '~/components/permissions'
import type { Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

/** Of a role that every server has, in the reader's language. */
const builtIn = (t: Messages, { key, built_in }: Pick<Role, 'key' | 'built_in'>) =>
  built_in ? byCode<Messages['roles']['builtIn'][BuiltInRole]>(t.roles.builtIn, key) : undefined

export const roleName = (t: Messages, role: Pick<Role, 'key' | 'built_in' | 'name'>): string =>
  builtIn(t, role)?.name ?? role.name

export const roleSays = (
  t: Messages,
  role: Pick<Role, 'key' | 'built_in' | 'description'>,
): string => builtIn(t, role)?.says ?? role.description

/** “Machines (1 of 4), Support”: the groups of which a role allows something, and how much of each. */
export function allowsOf(t: Messages, { permissions }: Pick<Role, 'permissions'>): string {
  if (permissions.length === 0) return t.roles.nothing
  if (PERMISSIONS.every((one) => permissions.includes(one))) return t.roles.everything
  return PERMISSION_GROUPS.flatMap((one) => {
    const all = one.permissions.length
    const count = one.permissions.filter((permission) => permissions.includes(permission)).length
    const group = t.permissionGroups[one.group]
    if (count === 0) return []
    return count === all ? [group] : [t.roles.part({ group, count, all })]
  }).join(', ')
}
