/** People as rows, with their roles and what can be done about each. */
import {
  CircleCheck,
  CircleSlash,
  KeyRound,
  Link2,
  ListTree,
  MoreHorizontal,
  Trash2,
  UserRoundCog,
} from 'lucide-react'
import { useState } from 'react'

import type { Me, Person } from '~/api/types'
import { AssignmentBadges } from '~/components/AssignmentBadges'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem, MenuLine } from '~/ui/lib/Menu'

import { DeleteDialog, DisableDialog, EnableDialog } from './AccountDialogs'
import { placesToGive } from './form'
import { IdentitiesDialog } from './IdentitiesDialog'
import { PermissionsDialog } from './PermissionsDialog'
import { ResetFactorsDialog } from './ResetFactorsDialog'
import { RolesDialog } from './RolesDialog'

type Doing = 'roles' | 'permissions' | 'identities' | 'disable' | 'enable' | 'reset' | 'delete'

function Roles({ person }: { person: Person }) {
  const t = useMessages()
  if (person.roles.length === 0) return <span className="text-ink-3">{t.people.noRoles}</span>
  return <AssignmentBadges roles={person.roles} />
}

function LastUsed({ person }: { person: Person }) {
  const { people: t } = useMessages()
  return person.last_used_at ? <RelativeTime at={person.last_used_at} /> : t.notSignedIn
}

interface PersonRowProps {
  person: Person
  me: Me
  onDo: (what: Doing) => void
}

function PersonMenu({ person, me, onDo }: PersonRowProps) {
  const { people, signOn } = useMessages()
  const { menu, actionsFor } = people
  const own = person.id === me.account.id
  const roles = placesToGive(me).length > 0 || person.roles.some(({ may_take }) => may_take)
  const trigger = (
    <IconButton
      size="sm"
      label={actionsFor({ name: person.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      {roles && (
        <MenuItem icon={<UserRoundCog size={14} />} onSelect={() => onDo('roles')}>
          {menu.roles}
        </MenuItem>
      )}
      <MenuItem icon={<ListTree size={14} />} onSelect={() => onDo('permissions')}>
        {own ? menu.ownPermissions : menu.permissions}
      </MenuItem>
      <MenuItem icon={<Link2 size={14} />} onSelect={() => onDo('identities')}>
        {signOn.connections.menu}
      </MenuItem>
      {person.may_manage && (
        <>
          <MenuLine />
          {person.disabled_at ? (
            <MenuItem icon={<CircleCheck size={14} />} onSelect={() => onDo('enable')}>
              {menu.enable}
            </MenuItem>
          ) : (
            <MenuItem icon={<CircleSlash size={14} />} onSelect={() => onDo('disable')}>
              {menu.disable}
            </MenuItem>
          )}
          {person.second_factor && (
            <MenuItem icon={<KeyRound size={14} />} onSelect={() => onDo('reset')}>
              {menu.resetFactors}
            </MenuItem>
          )}
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
            {menu.remove}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}

function PersonRow({ person, me, onDo }: PersonRowProps) {
  const { messages: t, format } = useI18n()
  const { name, email, disabled_at: disabled } = person
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'md:max-w-[28ch]')}>
        <span className="font-semibold break-words">{name}</span>
        {person.id === me.account.id && (
          <span className="ml-1.5 text-xs text-ink-3">{t.common.you}</span>
        )}
        {disabled && (
          <span className="ml-1.5" title={t.people.disabledSince({ time: format.exact(disabled) })}>
            <Badge tone="danger">{t.people.disabled}</Badge>
          </span>
        )}
        {person.second_factor && (
          <span className="ml-1.5" title={t.people.secondFactorHint}>
            <Badge tone="ok">{t.people.secondFactor}</Badge>
          </span>
        )}
        <div className="md:hidden">
          <p className="mb-1 text-xs break-words text-ink-3">{email}</p>
          <Roles person={person} />
        </div>
      </td>
      <td className={classes(cell, fromMd, 'break-all')}>{email}</td>
      <td className={classes(cell, fromMd)}>
        <Roles person={person} />
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        <LastUsed person={person} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <PersonMenu person={person} me={me} onDo={onDo} />
      </td>
    </tr>
  )
}

interface OpenDialogProps {
  what: Doing
  person: Person
  me: Me
  onClose: () => void
}

function OpenDialog({ what, person, me, onClose }: OpenDialogProps) {
  switch (what) {
    case 'roles':
      return <RolesDialog person={person} me={me} onClose={onClose} />
    case 'permissions':
      return <PermissionsDialog person={person} me={me} onClose={onClose} />
    case 'identities':
      return <IdentitiesDialog person={person} me={me} onClose={onClose} />
    case 'disable':
      return <DisableDialog person={person} onClose={onClose} />
    case 'enable':
      return <EnableDialog person={person} onClose={onClose} />
    case 'reset':
      return <ResetFactorsDialog person={person} onClose={onClose} />
    case 'delete':
      return <DeleteDialog person={person} onClose={onClose} />
  }
}

export function PersonTable({ people, me }: { people: readonly Person[]; me: Me }) {
  const t = useMessages()
  const { columns } = t.people
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the person whose dialog is open; the dialog closes with their row.
  const person = people.find(({ id }) => id === open?.id)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.email}</th>
            <th className={classes(headCell, fromMd)}>{columns.roles}</th>
            <th className={classes(headCell, fromLg)}>{columns.used}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.map((one) => (
            <PersonRow
              key={one.id}
              person={one}
              me={me}
              onDo={(what) => setOpen({ id: one.id, what })}
            />
          ))}
        </tbody>
      </table>
      {open && person && (
        <OpenDialog what={open.what} person={person} me={me} onClose={() => setOpen(null)} />
      )}
    </div>
  )
}
