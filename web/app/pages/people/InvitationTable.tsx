/** Who is invited, without the links, which nobody can show again. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { resendAccountInvitation, revokeAccountInvitation } from '~/api/actions'
import { accountInvitationState } from '~/api/can'
import { mailStatusQuery } from '~/api/queries'
import type { AccountInvitation } from '~/api/types'
import { conditionsText, roleAt } from '~/components/assignment-words'
import { useNow } from '~/components/clock'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { Created } from './InviteDialog'

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

function ResendDialog({ invitation, onClose }: RevokeDialogProps) {
  const { invitations: t } = useMessages().people
  const onError = useProblemToast()
  const { id, email } = invitation
  const resend = useMutation({
    mutationFn: () => resendAccountInvitation(id),
    onError: (error) => {
      onError(error)
      onClose()
    },
  })
  if (resend.data) return <Created created={resend.data} onClose={onClose} />
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.resendTitle({ email })}
      action={t.resend}
      look="primary"
      onConfirm={() => resend.mutate()}
      pending={resend.isPending}
    >
      {t.resendBody}
    </ConfirmDialog>
  )
}

interface InvitationRowProps {
  invitation: AccountInvitation
  now: number
  /** The server sends e-mail. */
  mails: boolean
  onRevoke: () => void
  onResend: () => void
}

function InvitationRow({ invitation, now, mails, onRevoke, onResend }: InvitationRowProps) {
  const i18n = useI18n()
  const t = i18n.messages
  const words = t.people.invitations
  const limits = conditionsText(i18n, invitation.conditions)
  const { email, created_by_name: by, expires_at: until, mail } = invitation
  const state = accountInvitationState(invitation, now)
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'max-w-[32ch]')}>
        <span className="font-semibold break-words">{email}</span>
        <div className="text-xs text-ink-3 md:hidden">
          <p>{[roleAt(t, invitation), limits].filter(Boolean).join(' · ')}</p>
          <p>
            {by} · <RelativeTime at={until} />
          </p>
        </div>
      </td>
      <td className={classes(cell, fromMd)}>
        {roleAt(t, invitation)}
        {limits && <p className="text-xs text-ink-3">{limits}</p>}
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>{by}</td>
      <td className={classes(cell, fromMd, 'text-ink-3')}>
        <RelativeTime at={until} />
      </td>
      <td className={cell}>
        <Badge tone={tones[state]}>{words.states[state]}</Badge>
        {state === 'open' && mail && (
          <p className="mt-0.5 text-xs text-ink-3">{words.mail[mail]}</p>
        )}
      </td>
      <td className={classes(cell, 'w-0 text-right whitespace-nowrap')}>
        {state === 'open' && mails && (
          <IconButton
            size="sm"
            label={words.resendLabel({ email })}
            icon={<Send aria-hidden size={15} />}
            onClick={onResend}
          />
        )}
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
  const mails = useQuery(mailStatusQuery).data?.set_up === true
  const [revoking, setRevoking] = useState<string | null>(null)
  const [resending, setResending] = useState<AccountInvitation | null>(null)
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
              mails={mails}
              onRevoke={() => setRevoking(invitation.id)}
              onResend={() => setResending(invitation)}
            />
          ))}
        </tbody>
      </table>
      {resending && <ResendDialog invitation={resending} onClose={() => setResending(null)} />}
      {open && <RevokeDialog invitation={open} onClose={() => setRevoking(null)} />}
    </div>
  )
}
