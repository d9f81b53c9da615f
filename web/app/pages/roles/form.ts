/** What stands in the form of a role, and what it asks of the server. Pure. */
import type { NewRole, Permission, Role } from '~/api/types'

/** What the server takes at most. */
export const NAME_MAX = 80
export const DESCRIPTION_MAX = 300

export interface RoleForm {
  name: string
  description: string
  permissions: readonly Permission[]
}

export const blankForm: RoleForm = { name: '', description: '', permissions: [] }

export const formOf = ({ name, description, permissions }: Role): RoleForm => ({
  name,
  description,
  permissions,
})

/** Of what a role allows, a copy has what `own` has: nobody gives what they may not do themselves. */
export const copyOf = (
  { description, permissions }: Pick<Role, 'description' | 'permissions'>,
  name: string,
  own: readonly Permission[],
): RoleForm => ({
  name: name.slice(0, NAME_MAX),
  description,
  permissions: permissions.filter((one) => own.includes(one)),
})

export const wishesOf = ({ name, description, permissions }: RoleForm): NewRole => ({
  name: name.trim(),
  description: description.trim(),
  permissions: [...permissions],
})
