/** Identity providers as rows, and what can be done about each. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal, Settings2, Stethoscope, Trash2 } from 'lucide-react'
import { useState } from 'react'

import {
  deleteIdentityProvider,
  type IdentityProvider,
  identityProvidersQuery,
} from '~/api/identity-providers'
import type { Me } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Menu, MenuItem, MenuLine } from '~/ui/lib/Menu'
import { useToast } from '~/ui/lib/Toast'

import { CheckDialog } from './CheckDialog'
import { ProviderDialog } from './ProviderDialog'

type Doing = 'edit' | 'check' | 'remove'

function NewPeople({ provider }: { provider: IdentityProvider }) {
  const { made } = useMessages().signOn
  const { creates_accounts: creates, accounts_max: most, accounts_made: count } = provider
  if (!creates) return made.none
  return most === null ? made.any({ made: count }) : made.some({ made: count, most })
}

interface RowProps {
  provider: IdentityProvider
  onDo: (what: Doing) => void
}

function ProviderMenu({ provider, onDo }: RowProps) {
  const { menu, actionsFor } = useMessages().signOn
  const trigger = (
    <IconButton
      size="sm"
      label={actionsFor({ provider: provider.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<Settings2 size={14} />} onSelect={() => onDo('edit')}>
        {menu.edit}
      </MenuItem>
      <MenuItem icon={<Stethoscope size={14} />} onSelect={() => onDo('check')}>
        {menu.check}
      </MenuItem>
      <MenuLine />
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('remove')}>
        {menu.remove}
      </MenuItem>
    </Menu>
  )
}

function ProviderRow({ provider, onDo }: RowProps) {
  const { signOn: t } = useMessages()
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <span className="font-semibold break-words">{provider.name}</span>
        {!provider.enabled && (
          <span className="ml-1.5">
            <Badge tone="neutral">{t.off}</Badge>
          </span>
        )}
        <p className="text-xs break-all text-ink-3 md:hidden">{provider.issuer}</p>
      </td>
      <td className={classes(cell, fromMd, 'break-all')}>{provider.issuer}</td>
      <td className={classes(cell, 'whitespace-nowrap')}>
        {t.people({ count: provider.identities })}
      </td>
      <td className={classes(cell, fromLg)}>
        <NewPeople provider={provider} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <ProviderMenu provider={provider} onDo={onDo} />
      </td>
    </tr>
  )
}

interface DialogProps {
  provider: IdentityProvider
  onClose: () => void
}

function RemoveDialog({ provider, onClose }: DialogProps) {
  const { signOn: t } = useMessages()
  const toast = useToast()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteIdentityProvider(provider),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: identityProvidersQuery.queryKey })
      toast({ tone: 'ok', title: t.removed({ provider: provider.name }) })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle({ provider: provider.name })}
      action={t.menu.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      <p>{t.removeBody({ count: provider.identities })}</p>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </ConfirmDialog>
  )
}

function OpenDialog({ what, me, ...rest }: DialogProps & { what: Doing; me: Me }) {
  switch (what) {
    case 'edit':
      return <ProviderDialog me={me} {...rest} />
    case 'check':
      return <CheckDialog {...rest} />
    case 'remove':
      return <RemoveDialog {...rest} />
  }
}

export function ProviderTable({
  providers,
  me,
}: {
  providers: readonly IdentityProvider[]
  me: Me
}) {
  const t = useMessages()
  const { columns } = t.signOn
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the provider whose dialog is open; the dialog closes with its row.
  const provider = providers.find(({ id }) => id === open?.id)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.issuer}</th>
            <th className={headCell}>{columns.people}</th>
            <th className={classes(headCell, fromLg)}>{columns.accounts}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {providers.map((one) => (
            <ProviderRow
              key={one.id}
              provider={one}
              onDo={(what) => setOpen({ id: one.id, what })}
            />
          ))}
        </tbody>
      </table>
      {open && provider && (
        <OpenDialog what={open.what} provider={provider} me={me} onClose={() => setOpen(null)} />
      )}
    </div>
  )
}
