/** E-mail that waits, and what became of the rest. */
import { useMutation } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { cancelMail, retryMail } from '~/api/actions'
import type { Mail, MailState } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { FailureText, useFailureWords } from './FailureText'

export const mailTones: Record<MailState, Tone> = {
  waiting: 'beam',
  sending: 'beam',
  sent: 'ok',
  failed: 'danger',
  canceled: 'neutral',
}

function CancelDialog({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  const { outbox: t } = useMessages().mail
  const toast = useToast()
  const onError = useProblemToast()
  const cancel = useMutation({
    mutationFn: () => cancelMail(mail.id),
    onSuccess: () => toast({ tone: 'ok', title: t.canceled }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.cancelTitle({ to: mail.to })}
      action={t.cancel}
      pending={cancel.isPending}
      onConfirm={() => cancel.mutate()}
    >
      {t.cancelBody}
    </ConfirmDialog>
  )
}

function How({ mail }: { mail: Mail }) {
  const { outbox: t } = useMessages().mail
  const words = useFailureWords()
  const { failure, next_attempt_at: next, attempts } = mail
  if (!failure) return null
  return (
    <details className="mt-1 text-xs text-ink-3">
      <summary className="cursor-pointer">
        {words(failure)} · {t.attempts({ count: attempts })}
        {next && (
          <>
            {' · '}
            {t.next} <RelativeTime at={next} />
          </>
        )}
      </summary>
      <FailureText failure={failure} />
    </details>
  )
}

function MailRow({ mail, onCancel }: { mail: Mail; onCancel: () => void }) {
  const { outbox: t } = useMessages().mail
  const toast = useToast()
  const onError = useProblemToast()
  const retry = useMutation({
    mutationFn: () => retryMail(mail.id),
    onSuccess: () => toast({ tone: 'ok', title: t.retried }),
    onError,
  })
  const { to, subject, state, created_at: at } = mail
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'max-w-[28ch]')}>
        <span className="font-semibold break-words">{to}</span>
        <div className="text-xs text-ink-3 md:hidden">{subject}</div>
      </td>
      <td className={classes(cell, fromMd, 'max-w-[40ch] break-words')}>{subject}</td>
      <td className={cell}>
        <Badge tone={mailTones[state]}>{t.states[state]}</Badge>
        <How mail={mail} />
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        <RelativeTime at={at} />
      </td>
      <td className={classes(cell, 'w-0 text-right whitespace-nowrap')}>
        {mail.can_retry && (
          <IconButton
            size="sm"
            label={t.retryLabel({ to })}
            icon={<Send aria-hidden size={15} />}
            onClick={() => !retry.isPending && retry.mutate()}
          />
        )}
        {mail.can_cancel && (
          <IconButton
            size="sm"
            label={t.cancelLabel({ to })}
            icon={<Trash2 aria-hidden size={15} />}
            onClick={onCancel}
          />
        )}
      </td>
    </tr>
  )
}

export function OutboxTable({ mails }: { mails: readonly Mail[] }) {
  const t = useMessages()
  const { columns, heading } = t.mail.outbox
  const [canceling, setCanceling] = useState<string | null>(null)
  const open = mails.find(({ id }) => id === canceling)
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={heading}>
        <thead>
          <tr>
            <th className={headCell}>{columns.to}</th>
            <th className={classes(headCell, fromMd)}>{columns.subject}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromLg)}>{columns.created}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {mails.map((mail) => (
            <MailRow key={mail.id} mail={mail} onCancel={() => setCanceling(mail.id)} />
          ))}
        </tbody>
      </table>
      {open && <CancelDialog mail={open} onClose={() => setCanceling(null)} />}
    </div>
  )
}
