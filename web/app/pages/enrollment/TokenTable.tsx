/** Enrollment tokens as rows, with what can be done to each. */
import { useQuery } from '@tanstack/react-query'
import { MonitorSmartphone, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { canChange, canRevoke, tokenState } from '~/api/can'
import { everySiteQuery } from '~/api/queries'
import type { EnrollmentToken, EnrollmentTokenState } from '~/api/types'
import { useNow } from '~/components/clock'
import { RelativeTime } from '~/components/RelativeTime'
import {
  bodyRow,
  cell,
  fromLg,
  fromMd,
  fromXl,
  headCell,
  table,
  tableFrame,
} from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { EditTokenDialog } from './EditTokenDialog'
import { RevokeTokenDialog } from './RevokeTokenDialog'
import { UsesDialog } from './UsesDialog'

type Doing = 'uses' | 'edit' | 'revoke'

const tones: Record<EnrollmentTokenState, Tone> = {
  active: 'ok',
  expired: 'neutral',
  used_up: 'neutral',
  revoked: 'danger',
}

/** How many came, with a bar where there is a limit. The button says the same to those who cannot see it. */
function Uses({ token, onOpen }: { token: EnrollmentToken; onOpen: () => void }) {
  const active = tokenState(token, useNow()) === 'active'

  const { enrollment: t } = useMessages()
  const format = useFormat()
  const { max_uses: max } = token
  const uses = format.number(token.uses)
  const text =
    typeof max === 'number'
      ? t.usesOf({ uses, max: format.number(max) })
      : t.usesUnlimited({ uses })
  const share = typeof max === 'number' && max > 0 ? Math.min(1, token.uses / max) : null
  return (
    <button
      type="button"
      aria-label={t.usesLabel({ uses: text, name: token.name })}
      onClick={onOpen}
      className="-mx-1.5 block min-h-6 rounded-sm px-1.5 text-left hover:bg-sunken"
    >
      {text}
      {share !== null && (
        <span aria-hidden className="block h-1 w-20 overflow-hidden rounded-full bg-line">
          <span
            className={classes('block h-full rounded-full', active ? 'bg-ok' : 'bg-idle')}
            style={{ width: `${share * 100}%` }}
          />
        </span>
      )}
    </button>
  )
}

function Labels({ token }: { token: EnrollmentToken }) {
  const { department, device_type: deviceType, tags } = token.labels
  const words = [department, deviceType].filter((word) => word !== null)
  if (words.length + tags.length === 0) return null
  return (
    <div className="flex flex-wrap items-center gap-1 text-xs text-ink-3">
      {words.length > 0 && <span className="mr-1">{words.join(' · ')}</span>}
      {tags.map((tag) => (
        <Badge key={tag}>{tag}</Badge>
      ))}
    </div>
  )
}

/** Most networks that a row shows; the others are in the dialog. */
const NETWORKS_SHOWN = 3

function Networks({ networks }: { networks: readonly string[] }) {
  const more = networks.length - NETWORKS_SHOWN
  return (
    <ul className="font-mono text-xs" title={networks.join('\n')}>
      {networks.slice(0, NETWORKS_SHOWN).map((network) => (
        <li key={network}>{network}</li>
      ))}
      {more > 0 && <li>+{more}</li>}
    </ul>
  )
}

interface TokenRowProps {
  token: EnrollmentToken
  site: string
  onDo: (what: Doing) => void
}

function RowMenu({ token, onDo }: Omit<TokenRowProps, 'site'>) {
  const { enrollment: t } = useMessages()
  const state = tokenState(token, useNow())
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ name: token.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<MonitorSmartphone size={14} />} onSelect={() => onDo('uses')}>
        {t.showUses}
      </MenuItem>
      {canChange(state) && (
        <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
          {t.edit}
        </MenuItem>
      )}
      {canRevoke(state) && (
        <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('revoke')}>
          {t.revoke}
        </MenuItem>
      )}
    </Menu>
  )
}

function TokenRow({ token, site, onDo }: TokenRowProps) {
  const { enrollment: t } = useMessages()
  const state = tokenState(token, useNow())
  const uses = <Uses token={token} onOpen={() => onDo('uses')} />
  return (
    <tr className={classes(bodyRow, state !== 'active' && 'text-ink-3')}>
      <td className={cell}>
        <span className="font-semibold">{token.name}</span>
        <Labels token={token} />
        <div className="text-xs md:hidden">{uses}</div>
      </td>
      <td className={cell}>
        <span className="flex flex-wrap gap-1">
          <Badge tone={tones[state]}>{t.state[state]}</Badge>
          {token.waiting > 0 && <Badge tone="warn">{t.waiting({ count: token.waiting })}</Badge>}
        </span>
      </td>
      <td className={classes(cell, fromMd)}>{uses}</td>
      <td
        className={classes(cell, fromMd, 'whitespace-nowrap')}
        title={t.approvals[token.approval].says}
      >
        {t.approvals[token.approval].label}
      </td>
      <td className={classes(cell, fromLg)}>{site}</td>
      <td className={classes(cell, fromXl)}>
        {token.networks.length > 0 ? (
          <Networks networks={token.networks} />
        ) : (
          <span className="text-ink-3">{t.anywhere}</span>
        )}
      </td>
      <td className={classes(cell, fromMd)}>
        <RelativeTime at={token.expires_at} />
      </td>
      <td className={classes(cell, fromXl, 'text-ink-3')}>
        <RelativeTime at={token.created_at} />{' '}
        {token.created_by.id ? t.by({ name: token.created_by.name }) : t.byCommandLine}
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <RowMenu token={token} onDo={onDo} />
      </td>
    </tr>
  )
}

export function TokenTable({ tokens }: { tokens: readonly EnrollmentToken[] }) {
  const t = useMessages()
  const { columns } = t.enrollment
  const { data: sites = [] } = useQuery(everySiteQuery)
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the token whose dialog is open; the dialog closes with its row.
  const token = tokens.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromMd)}>{columns.uses}</th>
            <th className={classes(headCell, fromMd)}>{columns.approval}</th>
            <th className={classes(headCell, fromLg)}>{columns.site}</th>
            <th className={classes(headCell, fromXl)}>{columns.networks}</th>
            <th className={classes(headCell, fromMd)}>{columns.expires}</th>
            <th className={classes(headCell, fromXl)}>{columns.created}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((row) => (
            <TokenRow
              key={row.id}
              token={row}
              site={sites.find(({ id }) => id === row.site_id)?.name ?? t.common.none}
              onDo={(what) => setOpen({ id: row.id, what })}
            />
          ))}
        </tbody>
      </table>
      {token && open?.what === 'uses' && <UsesDialog token={token} onClose={close} />}
      {token && open?.what === 'edit' && <EditTokenDialog token={token} onClose={close} />}
      {token && open?.what === 'revoke' && <RevokeTokenDialog token={token} onClose={close} />}
    </div>
  )
}
