/** Permissions as check boxes in groups. What cannot be chosen says why. */
import { useId } from 'react'

import type { Permission } from '~/api/types'
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'

import { PERMISSION_GROUPS, toggled } from './permissions'

interface PermissionBoxesProps {
  /** Which there are to choose from; all when left out. */
  of?: (permission: Permission) => boolean
  value: readonly Permission[]
  /** Why this one cannot be chosen; null when it can. */
  whyNot: (permission: Permission) => string | null
  onChange: (value: Permission[]) => void
}

export function PermissionBoxes({
  of = () => true,
  value,
  whyNot,
  onChange,
}: PermissionBoxesProps) {
  const t = useMessages()
  const id = useId()
  const groups = PERMISSION_GROUPS.map(({ group, permissions }) => ({
    group,
    permissions: permissions.filter(of),
  })).filter(({ permissions }) => permissions.length > 0)
  return groups.map(({ group, permissions }) => (
    <fieldset key={group}>
      <legend className="mb-1 text-sm font-semibold">{t.permissionGroups[group]}</legend>
      <div className="grid divide-y divide-line rounded-md border border-line">
        {permissions.map((permission) => {
          const { name, says } = t.permissions[permission]
          const box = `${id}-${permission}`
          const why = whyNot(permission)
          const disabled = why !== null
          return (
            <div
              key={permission}
              className="flex gap-2.5 px-3 py-1.5 first:rounded-t-md last:rounded-b-md has-checked:bg-beam-soft"
            >
              <input
                type="checkbox"
                id={box}
                checked={value.includes(permission)}
                disabled={disabled}
                aria-describedby={`${box}-says`}
                onChange={(event) => onChange(toggled(value, permission, event.target.checked))}
                className="mt-1 size-3.5 shrink-0 accent-control"
              />
              <div className="min-w-0">
                <label
                  htmlFor={box}
                  className={classes('text-sm font-medium', disabled && 'text-ink-3')}
                >
                  {name}
                </label>
                <p
                  id={`${box}-says`}
                  className={classes('text-sm', disabled ? 'text-ink-3' : 'text-ink-2')}
                >
                  {says}
                  {why && ` ${why}`}
                </p>
              </div>
            </div>
          )
        })}
      </div>
    </fieldset>
  ))
}
