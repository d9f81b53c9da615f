/** API tokens as rows, with what can be done to each. */
import { useQuery } from '@tanstack/react-query'
import { MoreHorizontal, Pencil, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { apiTokenState } from '~/api/can'
import { sitesQuery } from '~/api/queries'
import type { ApiToken, ApiTokenState, Me } from '~/api/types'
import { useNow } from '~/components/clock'
import { PERMISSIONS } from '~/components/permissions'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { EditTokenDialog, RevokeTokenDialog, RotateTokenDialog } from './TokenDialogs'

type Doing = 'edit' | 'rotate' | 'revoke'

const tones: Record<ApiTokenState, Tone> = {
  active: 'ok',
  expired: 'neutral',
  revoked: 'danger',
}

function Scopes({ token }: { token: ApiToken }) {
  const t = useMessages()
  const names = PERMISSIONS.filter((one) => token.scopes.includes(one)).map(
    (one) => t.permissions[one].name,
  )
  return (
    <>
      {token.read_only && (
        <span className="mr-1.5">
          <Badge>{t.apiTokens.readOnly}</Badge>
        </span>
      )}
      {names.length > 2 ? (
        <span title={names.join('\n')}>{t.apiTokens.scopes({ count: names.length })}</span>
      ) : (
        names.join(', ')
      )}
    </>
  )
}

/** “Atlântico Suporte”, “Lisbon · tags till, lab” */
function Where({ token, me }: { token: ApiToken; me: Me }) {
  const { apiTokens: t } = useMessages()
  const { organization_ids: organizations, site_ids: siteIds, tags } = token
  const { data: sites = [] } = useQuery({ ...sitesQuery, enabled: siteIds !== null })
  const named = (all: readonly { id: string; name: string }[], only: readonly string[]) =>
    all.filter(({ id }) => only.includes(id)).map(({ name }) => name)
  const parts = [
    ...(organizations ? [named(me.organizations, organizations).join(', ')] : []),
    ...(siteIds ? [named(sites, siteIds).join(', ') || t.someSites] : []),
    ...(tags ? [t.tags({ tags: tags.join(', ') })] : []),
  ]
  if (parts.length === 0) return <span className="text-ink-3">{t.everywhere}</span>
  return parts.filter(Boolean).join(' · ')
}

function LastUse({ token }: { token: ApiToken }) {
  const { apiTokens: t } = useMessages()
  if (!token.last_used_at) return t.neverUsed
  return (
    <>
      <RelativeTime at={token.last_used_at} />
      {token.last_used_address && (
        <span className="block text-xs break-all">
          {t.usedFrom({ address: token.last_used_address })}
        </span>
      )}
    </>
  )
}

interface TokenRowProps {
  token: ApiToken
  me: Me
  /** Whose each is stands in a column. */
  others: boolean
  onDo: (what: Doing) => void
}

function RowMenu({ token, onDo }: Pick<TokenRowProps, 'token' | 'onDo'>) {
  const { apiTokens: t } = useMessages()
  const active = apiTokenState(token, useNow()) === 'active'
  if (!active) return null
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ name: token.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      {token.may_change && (
        <>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
            {t.menu.edit}
          </MenuItem>
          <MenuItem icon={<RefreshCw size={14} />} onSelect={() => onDo('rotate')}>
            {t.menu.rotate}
          </MenuItem>
        </>
      )}
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('revoke')}>
        {t.menu.revoke}
      </MenuItem>
    </Menu>
  )
}

function TokenRow({ token, me, others, onDo }: TokenRowProps) {
  const { messages, format } = useI18n()
  const t = messages.apiTokens
  const now = useNow()
  const state = apiTokenState(token, now)
  const overlaps =
    token.previous_until !== null && new Date(token.previous_until).getTime() > now
      ? token.previous_until
      : null
  return (
    <tr className={classes(bodyRow, state !== 'active' && 'text-ink-3')}>
      <td className={cell}>
        <span className="font-semibold break-words">{token.name}</span>
        <div className="text-xs md:hidden">
          <Scopes token={token} />
        </div>
      </td>
      {others && (
        <td className={cell}>
          <span className="break-words">{token.account_name}</span>
          {token.account_kind === 'service' && (
            <span className="ml-1.5">
              <Badge>{t.program}</Badge>
            </span>
          )}
        </td>
      )}
      <td className={cell}>
        <span className="flex flex-wrap gap-1">
          <Badge tone={tones[state]}>{t.state[state]}</Badge>
          {overlaps && (
            <span title={t.overlap({ time: format.exact(overlaps) })}>
              <Badge tone="warn">{t.overlapBadge}</Badge>
            </span>
          )}
        </span>
      </td>
      <td className={classes(cell, fromMd)}>
        <Scopes token={token} />
      </td>
      <td className={classes(cell, fromLg)}>
        <Where token={token} me={me} />
      </td>
      <td className={classes(cell, fromMd, 'text-ink-3')}>
        <LastUse token={token} />
      </td>
      <td className={classes(cell, fromMd)}>
        <RelativeTime at={token.expires_at} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <RowMenu token={token} onDo={onDo} />
      </td>
    </tr>
  )
}

interface TokenTableProps {
  tokens: readonly ApiToken[]
  me: Me
  others?: boolean
}

export function TokenTable({ tokens, me, others = false }: TokenTableProps) {
  const t = useMessages()
  const { columns } = t.apiTokens
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The dialog that shows a new secret stays, whatever becomes of its row.
  const [rotating, setRotating] = useState<ApiToken | null>(null)
  const token = tokens.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            {others && <th className={headCell}>{columns.whose}</th>}
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromMd)}>{columns.scopes}</th>
            <th className={classes(headCell, fromLg)}>{columns.where}</th>
            <th className={classes(headCell, fromMd)}>{columns.used}</th>
            <th className={classes(headCell, fromMd)}>{columns.expires}</th>
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
              me={me}
              others={others}
              onDo={(what) =>
                what === 'rotate' ? setRotating(row) : setOpen({ id: row.id, what })
              }
            />
          ))}
        </tbody>
      </table>
      {token && open?.what === 'edit' && <EditTokenDialog token={token} me={me} onClose={close} />}
      {token && open?.what === 'revoke' && <RevokeTokenDialog token={token} onClose={close} />}
      {rotating && <RotateTokenDialog token={rotating} onClose={() => setRotating(null)} />}
    </div>
  )
}
