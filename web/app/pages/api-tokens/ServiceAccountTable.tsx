/** Service accounts as rows, with what can be done about each. */
import {
  CircleCheck,
  CircleSlash,
  KeySquare,
  ListChecks,
  MoreHorizontal,
  Pencil,
  Trash2,
  UserRoundCog,
} from 'lucide-react'
import { useState } from 'react'

import { may } from '~/api/can'
import type { Me, ServiceAccount } from '~/api/types'
import { AssignmentBadges } from '~/components/AssignmentBadges'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { placesToGive } from '~/pages/people/form'
import { RolesDialog } from '~/pages/people/RolesDialog'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem, MenuLine } from '~/ui/lib/Menu'

import {
  AbleServiceAccountDialog,
  DeleteServiceAccountDialog,
  EditServiceAccountDialog,
  TokensOfDialog,
} from './ServiceAccountDialogs'
import { CreateTokenDialog } from './TokenDialogs'

type Doing = 'token' | 'tokens' | 'roles' | 'edit' | 'able' | 'delete'

interface RowProps {
  account: ServiceAccount
  me: Me
  onDo: (what: Doing) => void
}

function RowMenu({ account, me, onDo }: RowProps) {
  const t = useMessages().apiTokens
  const { menu } = t.service
  const roles = placesToGive(me).length > 0 || account.roles.some(({ may_take }) => may_take)
  const tokens = may(me, 'account.manage')
  if (!account.may_manage && !roles && !tokens) return null
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ name: account.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      {account.may_manage && (
        <MenuItem icon={<KeySquare size={14} />} onSelect={() => onDo('token')}>
          {menu.token}
        </MenuItem>
      )}
      {tokens && (
        <MenuItem icon={<ListChecks size={14} />} onSelect={() => onDo('tokens')}>
          {menu.tokens}
        </MenuItem>
      )}
      {roles && (
        <MenuItem icon={<UserRoundCog size={14} />} onSelect={() => onDo('roles')}>
          {menu.roles}
        </MenuItem>
      )}
      {account.may_manage && (
        <>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
            {menu.edit}
          </MenuItem>
          <MenuLine />
          <MenuItem
            icon={account.disabled_at ? <CircleCheck size={14} /> : <CircleSlash size={14} />}
            onSelect={() => onDo('able')}
          >
            {account.disabled_at ? menu.enable : menu.disable}
          </MenuItem>
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
            {menu.remove}
          </MenuItem>
        </>
      )}
    </Menu>
  )
}

function Row({ account, me, onDo }: RowProps) {
  const { messages, format } = useI18n()
  const t = messages.apiTokens
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'md:max-w-[32ch]')}>
        <span className="font-semibold break-words">{account.name}</span>
        {account.disabled_at && (
          <span className="ml-1.5" title={format.exact(account.disabled_at)}>
            <Badge tone="danger">{t.service.disabled}</Badge>
          </span>
        )}
        {account.note && <p className="text-xs break-words text-ink-3">{account.note}</p>}
      </td>
      <td className={cell}>
        {account.roles.length === 0 && <span className="text-ink-3">{t.service.noRoles}</span>}
        <AssignmentBadges roles={account.roles} />
      </td>
      <td className={classes(cell, fromMd)}>{t.count({ count: account.api_tokens })}</td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        {account.last_used_at ? <RelativeTime at={account.last_used_at} /> : t.neverUsed}
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <RowMenu account={account} me={me} onDo={onDo} />
      </td>
    </tr>
  )
}

interface OpenDialogProps {
  what: Doing
  account: ServiceAccount
  me: Me
  onClose: () => void
}

function OpenDialog({ what, account, me, onClose }: OpenDialogProps) {
  switch (what) {
    case 'token':
      return <CreateTokenDialog me={me} of={account} onClose={onClose} />
    case 'tokens':
      return <TokensOfDialog account={account} me={me} onClose={onClose} />
    case 'roles':
      return <RolesDialog person={account} me={me} program onClose={onClose} />
    case 'edit':
      return <EditServiceAccountDialog account={account} onClose={onClose} />
    case 'able':
      return <AbleServiceAccountDialog account={account} onClose={onClose} />
    case 'delete':
      return <DeleteServiceAccountDialog account={account} onClose={onClose} />
  }
}

interface ServiceAccountTableProps {
  accounts: readonly ServiceAccount[]
  me: Me
}

export function ServiceAccountTable({ accounts, me }: ServiceAccountTableProps) {
  const t = useMessages()
  const { columns } = t.apiTokens.service
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the account whose dialog is open; the dialog closes with its row.
  const account = accounts.find(({ id }) => id === open?.id)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={headCell}>{columns.roles}</th>
            <th className={classes(headCell, fromMd)}>{columns.tokens}</th>
            <th className={classes(headCell, fromLg)}>{columns.used}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((one) => (
            <Row
              key={one.id}
              account={one}
              me={me}
              onDo={(what) => setOpen({ id: one.id, what })}
            />
          ))}
        </tbody>
      </table>
      {open && account && (
        <OpenDialog what={open.what} account={account} me={me} onClose={() => setOpen(null)} />
      )}
    </div>
  )
}
