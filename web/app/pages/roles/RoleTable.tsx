/** Roles as rows: what each allows, how many have it, and what can be done to it. */
import { Copy, Eye, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { canChangeRole, mayForServer } from '~/api/can'
import type { Me, Role } from '~/api/types'
import {
  aboveRowLink,
  bodyRow,
  cell,
  fromMd,
  headCell,
  rowLink,
  table,
  tableFrame,
} from '~/components/table'
import { PERMISSIONS } from '~/components/permissions'
import { useFormat, useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { DeleteRoleDialog } from './DeleteRoleDialog'
import { copyOf } from './form'
import { CreateRoleDialog, EditRoleDialog } from './RoleDialog'
import { ShowRoleDialog } from './ShowRoleDialog'
import { allowsOf, roleName, roleSays } from './words'

type Doing = 'show' | 'edit' | 'duplicate' | 'delete'

interface RoleRowProps {
  role: Role
  me: Me
  onDo: (what: Doing) => void
}

function Actions({ role, me, onDo }: RoleRowProps) {
  const t = useMessages()
  const trigger = (
    <IconButton
      size="sm"
      label={t.roles.actionsFor({ role: roleName(t, role) })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<Eye size={14} />} onSelect={() => onDo('show')}>
        {t.roles.show}
      </MenuItem>
      {canChangeRole(role, me) === 'yes' && (
        <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
          {t.roles.edit}
        </MenuItem>
      )}
      <MenuItem icon={<Copy size={14} />} onSelect={() => onDo('duplicate')}>
        {t.roles.duplicate}
      </MenuItem>
      {!role.built_in && (
        <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
          {t.roles.remove}
        </MenuItem>
      )}
    </Menu>
  )
}

function RoleRow({ role, me, onDo }: RoleRowProps) {
  const t = useMessages()
  const format = useFormat()
  const says = roleSays(t, role)
  const count = t.roles.some({ count: role.permissions.length, all: PERMISSIONS.length })
  return (
    <tr className={classes(bodyRow, 'relative')}>
      <td className={classes(cell, 'max-w-[360px] py-1.5')}>
        <div className="flex flex-wrap items-center gap-x-2">
          <button
            type="button"
            className={classes(rowLink, 'text-left break-words')}
            onClick={() => onDo('show')}
          >
            {roleName(t, role)}
          </button>
          {role.built_in && <Badge>{t.roles.builtInBadge}</Badge>}
        </div>
        {says && <div className="text-xs text-ink-3">{says}</div>}
        <div className="text-xs text-ink-2 md:hidden">{allowsOf(t, role)}</div>
      </td>
      <td className={classes(cell, fromMd, 'py-1.5')}>
        <div className="tabular-nums">{count}</div>
        <div className="text-xs text-ink-3">{allowsOf(t, role)}</div>
      </td>
      <td className={classes(cell, 'w-20 tabular-nums')}>{format.number(role.accounts)}</td>
      {mayForServer(me, 'role.manage') && (
        <td className={classes(cell, 'w-0 text-right')}>
          <span className={aboveRowLink}>
            <Actions role={role} me={me} onDo={onDo} />
          </span>
        </td>
      )}
    </tr>
  )
}

export function RoleTable({ roles, me }: { roles: readonly Role[]; me: Me }) {
  const t = useMessages()
  const { columns, form } = t.roles
  const [open, setOpen] = useState<{ key: string; what: Doing } | null>(null)
  // The newest state of the role whose dialog is open; the dialog closes with its row.
  const role = roles.find(({ key }) => key === open?.key)
  const close = () => setOpen(null)
  const mayManage = mayForServer(me, 'role.manage')
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.allows}</th>
            <th className={headCell}>{columns.people}</th>
            {mayManage && (
              <th className={headCell}>
                <span className="sr-only">{t.common.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {roles.map((row) => (
            <RoleRow
              key={row.key}
              role={row}
              me={me}
              onDo={(what) => setOpen({ key: row.key, what })}
            />
          ))}
        </tbody>
      </table>
      {role && open?.what === 'show' && (
        <ShowRoleDialog
          role={role}
          note={mayManage && canChangeRole(role, me) === 'beyond' ? t.roles.beyond : undefined}
          onClose={close}
        />
      )}
      {role && open?.what === 'edit' && <EditRoleDialog role={role} me={me} onClose={close} />}
      {role && open?.what === 'duplicate' && (
        <CreateRoleDialog
          me={me}
          from={copyOf(
            { ...role, description: roleSays(t, role) },
            form.copyOf({ role: roleName(t, role) }),
            me.server_permissions,
          )}
          onClose={close}
        />
      )}
      {role && open?.what === 'delete' && <DeleteRoleDialog role={role} onClose={close} />}
    </div>
  )
}
