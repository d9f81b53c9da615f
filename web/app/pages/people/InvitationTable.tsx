/** Who is invited, without the links, which nobody can show again. */
import { useMutation } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'

import { revokeAccountInvitation } from '~/api/actions'
import { accountInvitationState } from '~/api/can'
import type { AccountInvitation } from '~/api/types'
import { useNow } from '~/components/clock'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { roleAt } from './words'

const tones: Record<AccountInvitation['state'], Tone> = {
  open: 'beam',
  accepted: 'ok',
  revoked: 'neutral',
  expired: 'neutral',
}

interface RevokeDialogProps {
  invitation: AccountInvitation
  onClose: () => void
}

function RevokeDialog({ invitation, onClose }: RevokeDialogProps) {
  const { invitations: t } = useMessages().people
  const toast = useToast()
  const onError = useProblemToast()
  const { id, email } = invitation
  const revoke = useMutation({
    mutationFn: () => revokeAccountInvitation(id),
    onSuccess: () => toast({ tone: 'ok', title: t.revoked }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.revokeTitle({ email })}
      action={t.revoke}
      onConfirm={() => revoke.mutate()}
      pending={revoke.isPending}
    >
      {t.revokeBody}
    </ConfirmDialog>
  )
}

interface InvitationRowProps {
  invitation: AccountInvitation
  now: number
  onRevoke: () => void
}

function InvitationRow({ invitation, now, onRevoke }: InvitationRowProps) {
  const t = useMessages()
  const words = t.people.invitations
  const { email, created_by_name: by, expires_at: until } = invitation
  const state = accountInvitationState(invitation, now)
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'max-w-[32ch]')}>
        <span className="font-semibold break-words">{email}</span>
        <div className="text-xs text-ink-3 md:hidden">
          <p>{roleAt(t, invitation)}</p>
          <p>
            {by} · <RelativeTime at={until} />
          </p>
        </div>
      </td>
      <td className={classes(cell, fromMd)}>{roleAt(t, invitation)}</td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>{by}</td>
      <td className={classes(cell, fromMd, 'text-ink-3')}>
        <RelativeTime at={until} />
      </td>
      <td className={cell}>
        <Badge tone={tones[state]}>{words.states[state]}</Badge>
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {state === 'open' && (
          <IconButton
            size="sm"
            label={words.revokeLabel({ email })}
            icon={<Trash2 aria-hidden size={15} />}
            onClick={onRevoke}
          />
        )}
      </td>
    </tr>
  )
}

export function InvitationTable({ invitations }: { invitations: readonly AccountInvitation[] }) {
  const t = useMessages()
  const { columns } = t.people.invitations
  const now = useNow()
  const [revoking, setRevoking] = useState<string | null>(null)
  const open = invitations.find(({ id }) => id === revoking)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.email}</th>
            <th className={classes(headCell, fromMd)}>{columns.role}</th>
            <th className={classes(headCell, fromLg)}>{columns.by}</th>
            <th className={classes(headCell, fromMd)}>{columns.until}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {invitations.map((invitation) => (
            <InvitationRow
              key={invitation.id}
              invitation={invitation}
              now={now}
              onRevoke={() => setRevoking(invitation.id)}
            />
          ))}
        </tbody>
      </table>
      {open && <RevokeDialog invitation={open} onClose={() => setRevoking(null)} />}
    </div>
  )
}
