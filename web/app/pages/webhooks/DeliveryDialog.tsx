/** One event: what is sent, and what became of each attempt. */
import { useQuery } from '@tanstack/react-query'

import { deliveryQuery } from '~/api/queries'
import type { WebhookAttempt, WebhookDelivery, WebhookDeliveryDetail } from '~/api/types'
import { ListState } from '~/components/ListState'
import { bodyRow, cell, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { classes } from '~/ui/lib/classes'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'

import { Answer, FailureText } from './FailureText'
import { eventTitle, useFailureWords } from './words'

function AttemptRow({ attempt }: { attempt: WebhookAttempt }) {
  const { delivery: t } = useMessages().webhooks
  const words = useFailureWords()
  const format = useFormat()
  const { at, duration_ms: took, status, failure, answer } = attempt
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'whitespace-nowrap')}>{format.exact(at)}</td>
      <td className={classes(cell, 'whitespace-nowrap')}>{format.span(took * 1000)}</td>
      <td className={cell}>
        <Badge tone={failure ? 'danger' : 'ok'}>
          {failure
            ? [words(failure), status && `(${status})`].filter(Boolean).join(' ')
            : t.taken({ status: status ?? 0 })}
        </Badge>
        {failure && (
          <div className="mt-1 text-xs text-ink-2">
            <FailureText failure={failure} />
          </div>
        )}
        {answer && <Answer text={answer} />}
      </td>
    </tr>
  )
}

function Attempts({ tried }: { tried: readonly WebhookAttempt[] }) {
  const { delivery: t } = useMessages().webhooks
  if (tried.length === 0) return <p className="text-sm text-ink-2">{t.noAttempts}</p>
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={t.attempts}>
        <thead>
          <tr>
            <th className={headCell}>{t.columns.at}</th>
            <th className={headCell}>{t.columns.took}</th>
            <th className={headCell}>{t.columns.outcome}</th>
          </tr>
        </thead>
        <tbody>
          {/* The newest is what one looks for. */}
          {tried.toReversed().map((attempt) => (
            <AttemptRow key={attempt.at} attempt={attempt} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Detail({ detail }: { detail: WebhookDeliveryDetail }) {
  const { delivery: t } = useMessages().webhooks
  const payload = JSON.stringify(detail.payload, null, 2)
  return (
    <div className="flex flex-col gap-4">
      <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-ink-2">
        {t.id}
        <code className="font-mono break-all select-all">{detail.delivery.id}</code>
        <CopyButton text={detail.delivery.id} label={t.copyId} />
      </p>
      <section>
        <h3 className="mb-1 text-sm font-semibold">{t.attempts}</h3>
        <Attempts tried={detail.tried} />
      </section>
      <section>
        <h3 className="mb-1 flex items-center justify-between text-sm font-semibold">
          {t.payload}
          <CopyButton text={payload} label={t.copyPayload} />
        </h3>
        <pre className="rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap">
          {payload}
        </pre>
      </section>
    </div>
  )
}

interface DeliveryDialogProps {
  webhookId: string
  delivery: WebhookDelivery
  onClose: () => void
}

export function DeliveryDialog({ webhookId, delivery, onClose }: DeliveryDialogProps) {
  const t = useMessages()
  const query = useQuery(deliveryQuery(webhookId, delivery.id))
  const event = eventTitle(t, delivery.event_type)
  return (
    <Dialog open onClose={onClose} title={t.webhooks.delivery.title({ event })} wide>
      <ListState query={query} rows={3} />
      {query.data && <Detail detail={query.data} />}
    </Dialog>
  )
}
