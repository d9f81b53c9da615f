/** Webhooks as rows, with how their receivers are. */
import { Link } from '@tanstack/react-router'
import { MoreHorizontal, Pencil, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'

import type { Me, Webhook } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { ALL } from './form'
import { DeleteWebhookDialog, EditWebhookDialog, RotateSecretDialog } from './WebhookDialogs'
import { eventTitle } from './words'

type Doing = 'edit' | 'remove'

/** On, off, and what of it needs a person. */
export function StateBadges({ webhook }: { webhook: Webhook }) {
  const { webhooks: t } = useMessages()
  const { enabled, disabled_because: because, failures, waiting, dead } = webhook
  return (
    <span className="flex flex-wrap gap-1">
      {enabled ? (
        <Badge tone={failures > 0 ? 'danger' : 'ok'}>
          {failures > 0 ? t.state.failing : t.state.on}
        </Badge>
      ) : (
        <Badge tone={because ? 'danger' : 'neutral'}>{because ? t.state.gone : t.state.off}</Badge>
      )}
      {waiting > 0 && <Badge tone="beam">{t.waiting({ count: waiting })}</Badge>}
      {dead > 0 && <Badge tone="warn">{t.dead({ count: dead })}</Badge>}
    </span>
  )
}

/** Which events, as shortly as it can be said. */
export function EventsText({ types }: { types: readonly string[] }) {
  const t = useMessages()
  if (types.includes(ALL)) return t.webhooks.allEvents
  const names = types.map((type) => eventTitle(t, type))
  if (names.length <= 2) return names.join(', ')
  return <span title={names.join('\n')}>{t.webhooks.events({ count: names.length })}</span>
}

interface RowProps {
  webhook: Webhook
  me: Me
  onDo: (what: Doing | 'rotate') => void
}

function RowMenu({ webhook, onDo }: Pick<RowProps, 'webhook' | 'onDo'>) {
  const { webhooks: t } = useMessages()
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ name: webhook.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
        {t.menu.edit}
      </MenuItem>
      <MenuItem icon={<RefreshCw size={14} />} onSelect={() => onDo('rotate')}>
        {t.menu.rotate}
      </MenuItem>
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('remove')}>
        {t.menu.remove}
      </MenuItem>
    </Menu>
  )
}

function WebhookRow({ webhook, me, onDo }: RowProps) {
  const { webhooks: t } = useMessages()
  const { id, name, url, event_types: types, last_attempt_at: lately } = webhook
  const organization = me.organizations.find((one) => one.id === webhook.organization_id)
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'max-w-[36ch]')}>
        <Link
          to="/webhooks/$id"
          params={{ id }}
          className="font-semibold break-words hover:underline"
        >
          {name}
        </Link>
        <div className="truncate text-xs text-ink-3" title={url}>
          {url}
        </div>
        {me.organizations.length > 1 && organization && (
          <div className="text-xs text-ink-3">{organization.name}</div>
        )}
      </td>
      <td className={classes(cell, fromMd)}>
        <EventsText types={types} />
      </td>
      <td className={cell}>
        <StateBadges webhook={webhook} />
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        {lately ? <RelativeTime at={lately} /> : t.never}
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <RowMenu webhook={webhook} onDo={onDo} />
      </td>
    </tr>
  )
}

export function WebhookTable({ webhooks, me }: { webhooks: readonly Webhook[]; me: Me }) {
  const t = useMessages()
  const { columns, title } = t.webhooks
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The dialog that shows a new secret stays, whatever becomes of its row.
  const [rotating, setRotating] = useState<Webhook | null>(null)
  const webhook = webhooks.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={title}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.events}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromLg)}>{columns.lately}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {webhooks.map((row) => (
            <WebhookRow
              key={row.id}
              webhook={row}
              me={me}
              onDo={(what) =>
                what === 'rotate' ? setRotating(row) : setOpen({ id: row.id, what })
              }
            />
          ))}
        </tbody>
      </table>
      {webhook && open?.what === 'edit' && (
        <EditWebhookDialog webhook={webhook} me={me} onClose={close} />
      )}
      {webhook && open?.what === 'remove' && (
        <DeleteWebhookDialog webhook={webhook} onClose={close} />
      )}
      {rotating && <RotateSecretDialog webhook={rotating} onClose={() => setRotating(null)} />}
    </div>
  )
}
