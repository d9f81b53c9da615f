/** Teams as rows: how many people are in each, what it may do, and what can be done to it. */
import { MoreHorizontal, Pencil, Trash2, UserRoundCog, UsersRound } from 'lucide-react'
import { useState } from 'react'

import type { Me, Team } from '~/api/types'
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
import { useFormat, useMessages } from '~/i18n'
import { placesToGive } from '~/pages/people/form'
import { RolesDialog } from '~/pages/people/RolesDialog'
import { roleAt } from '~/components/assignment-words'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem, MenuLine } from '~/ui/lib/Menu'

import { meWithin } from './form'
import { MembersDialog } from './MembersDialog'
import { DeleteTeamDialog, EditTeamDialog } from './TeamDialogs'

type Doing = 'people' | 'roles' | 'edit' | 'delete'

interface TeamRowProps {
  team: Team
  me: Me
  onDo: (what: Doing) => void
}

function Roles({ team }: { team: Team }) {
  const t = useMessages()
  if (team.roles.length === 0) return <span className="text-ink-3">{t.teams.noRoles}</span>
  return (
    <ul className="flex flex-wrap gap-1">
      {team.roles.map((given) => (
        <li key={given.id} className="flex max-w-full min-w-0">
          <Badge tone={given.place.kind === 'server' ? 'beam' : 'neutral'}>
            <span className="truncate">{roleAt(t, given)}</span>
          </Badge>
        </li>
      ))}
    </ul>
  )
}

function Actions({ team, me, onDo }: TeamRowProps) {
  const { teams: t } = useMessages()
  const roles =
    placesToGive(meWithin(me, team.place)).length > 0 || team.roles.some(({ may_take }) => may_take)
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ team: team.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<UsersRound size={14} />} onSelect={() => onDo('people')}>
        {t.menu.people}
      </MenuItem>
      {roles && (
        <MenuItem icon={<UserRoundCog size={14} />} onSelect={() => onDo('roles')}>
          {t.menu.roles}
        </MenuItem>
      )}
      {team.may_manage && (
        <>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
            {t.menu.edit}
          </MenuItem>
          <MenuLine />
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
            {t.menu.remove}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}

function TeamRow({ team, me, onDo }: TeamRowProps) {
  const { teams: t } = useMessages()
  const format = useFormat()
  return (
    <tr className={classes(bodyRow, 'relative')}>
      <td className={classes(cell, 'py-1.5 md:max-w-[40ch]')}>
        <button
          type="button"
          className={classes(rowLink, 'text-left break-words')}
          onClick={() => onDo('people')}
        >
          {team.name}
        </button>
        <p className="text-xs break-words text-ink-3">{team.organization_name ?? t.ofServer}</p>
        {team.note && <p className="text-xs break-words text-ink-3">{team.note}</p>}
        <div className="mt-1 md:hidden">
          <Roles team={team} />
        </div>
      </td>
      <td className={classes(cell, 'w-20 tabular-nums')}>{format.number(team.member_count)}</td>
      <td className={classes(cell, fromMd)}>
        <Roles team={team} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <span className={aboveRowLink}>
          <Actions team={team} me={me} onDo={onDo} />
        </span>
      </td>
    </tr>
  )
}

interface OpenDialogProps {
  what: Doing
  team: Team
  me: Me
  onClose: () => void
}

function OpenDialog({ what, team, me, onClose }: OpenDialogProps) {
  switch (what) {
    case 'people':
      return <MembersDialog team={team} me={me} onClose={onClose} />
    case 'roles':
      return <RolesDialog person={team} me={meWithin(me, team.place)} onClose={onClose} />
    case 'edit':
      return <EditTeamDialog team={team} onClose={onClose} />
    case 'delete':
      return <DeleteTeamDialog team={team} onClose={onClose} />
  }
}

interface TeamTableProps {
  teams: readonly Team[]
  me: Me
  /** The team whose people are shown from the start. */
  shown: string | undefined
  /** The dialog of a team was closed. */
  onClose: () => void
}

export function TeamTable({ teams, me, shown, onClose }: TeamTableProps) {
  const t = useMessages()
  const { columns } = t.teams
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(
    shown === undefined ? null : { id: shown, what: 'people' },
  )
  // The newest state of the team whose dialog is open; the dialog closes with its row.
  const team = teams.find(({ id }) => id === open?.id)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={headCell}>{columns.people}</th>
            <th className={classes(headCell, fromMd)}>{columns.roles}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {teams.map((row) => (
            <TeamRow
              key={row.id}
              team={row}
              me={me}
              onDo={(what) => setOpen({ id: row.id, what })}
            />
          ))}
        </tbody>
      </table>
      {open && team && (
        <OpenDialog
          what={open.what}
          team={team}
          me={me}
          onClose={() => {
            setOpen(null)
            onClose()
          }}
        />
      )}
    </div>
  )
}
