/** The passkeys of one's own account, and where they work. */
import { MoreHorizontal, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'

import type { Factors, Passkey } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { passkeysWork } from '~/passkeys'
import { Badge } from '~/ui/lib/Badge'
import { Button, IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'
import { Notice } from '~/ui/lib/Notice'

import { AddPasskeyDialog, RemovePasskeyDialog, RenamePasskeyDialog } from './PasskeyDialogs'
import { Fact, Section } from './Section'

/** Why none can be added here, and what to do. */
function WhereTheyWork({ at }: { at: string | null }) {
  const { passkeys: t } = useMessages().ownAccount
  if (at === null) return <Notice title={t.unavailable}>{t.unavailableBody}</Notice>
  if (at === globalThis.location.origin)
    return passkeysWork() ? null : <Notice>{t.unsupported}</Notice>
  return (
    <Notice title={t.elsewhere}>
      {t.elsewhereBody}{' '}
      <a href={`${at}/account`} className="break-all underline underline-offset-2">
        {at}
      </a>
    </Notice>
  )
}

interface RowProps {
  passkey: Passkey
  onDo: (what: 'rename' | 'remove') => void
}

function Row({ passkey, onDo }: RowProps) {
  const { passkeys: t } = useMessages().ownAccount
  const format = useFormat()
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ name: passkey.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <span className="font-semibold break-words">{passkey.name}</span>
        {passkey.synced && (
          <span className="ml-1.5" title={t.syncedHint}>
            <Badge>{t.synced}</Badge>
          </span>
        )}
      </td>
      <td className={classes(cell, fromMd)}>{format.dateTime(passkey.created_at)}</td>
      <td className={classes(cell, 'text-ink-3')}>
        {passkey.last_used_at ? <RelativeTime at={passkey.last_used_at} /> : t.never}
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <Menu trigger={trigger}>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('rename')}>
            {t.rename}
          </MenuItem>
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('remove')}>
            {t.remove}
          </MenuItem>
        </Menu>
      </td>
    </tr>
  )
}

interface TableProps {
  passkeys: readonly Passkey[]
}

function Table({ passkeys }: TableProps) {
  const { common, ownAccount } = useMessages()
  const { columns } = ownAccount.passkeys
  const [open, setOpen] = useState<{ id: string; what: 'rename' | 'remove' } | null>(null)
  const passkey = passkeys.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.added}</th>
            <th className={headCell}>{columns.used}</th>
            <th className={headCell}>
              <span className="sr-only">{common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {passkeys.map((one) => (
            <Row key={one.id} passkey={one} onDo={(what) => setOpen({ id: one.id, what })} />
          ))}
        </tbody>
      </table>
      {passkey && open?.what === 'rename' && (
        <RenamePasskeyDialog passkey={passkey} onClose={close} />
      )}
      {passkey && open?.what === 'remove' && (
        <RemovePasskeyDialog passkey={passkey} onClose={close} />
      )}
    </div>
  )
}

export function Passkeys({ factors }: { factors: Factors }) {
  const { passkeys: t } = useMessages().ownAccount
  const [adding, setAdding] = useState(false)
  const { passkeys, passkeys_at: at } = factors
  const here = passkeysWork() && at === globalThis.location.origin
  const button = here && (
    <Button onClick={() => setAdding(true)}>
      <Plus aria-hidden size={15} />
      {t.add}
    </Button>
  )
  return (
    <Section title={t.title} intro={t.intro} actions={button}>
      <WhereTheyWork at={at} />
      {passkeys.length === 0 ? <Fact>{t.none}</Fact> : <Table passkeys={passkeys} />}
      {adding && <AddPasskeyDialog onClose={() => setAdding(false)} />}
    </Section>
  )
}
