/** Events of a webhook: what waits, and what became of the rest. */
import { useMutation } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useState } from 'react'

import { replayDelivery } from '~/api/actions'
import type { WebhookDelivery, WebhookDeliveryState } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { useToast } from '~/ui/lib/Toast'

import { DeliveryDialog } from './DeliveryDialog'
import { eventTitle, useFailureWords } from './words'

const tones: Record<WebhookDeliveryState, Tone> = {
  waiting: 'beam',
  sending: 'beam',
  delivered: 'ok',
  dead: 'danger',
}

function How({ delivery }: { delivery: WebhookDelivery }) {
  const { deliveries: t } = useMessages().webhooks
  const words = useFailureWords()
  const { failure, next_attempt_at: next, attempts } = delivery
  if (!failure) return null
  return (
    <p className="mt-1 text-xs text-ink-3">
      {words(failure)}
      {attempts > 0 && ` · ${t.attempts({ count: attempts })}`}
      {next && (
        <>
          {' · '}
          {t.next} <RelativeTime at={next} />
        </>
      )}
    </p>
  )
}

interface RowProps {
  webhookId: string
  delivery: WebhookDelivery
  onLook: () => void
}

function DeliveryRow({ webhookId, delivery, onLook }: RowProps) {
  const { messages, format } = useI18n()
  const t = messages.webhooks.deliveries
  const toast = useToast()
  const onError = useProblemToast()
  const replay = useMutation({
    mutationFn: () => replayDelivery(webhookId, delivery.id),
    onSuccess: () => toast({ tone: 'ok', title: t.replayed }),
    onError,
  })
  const { state, created_at: at, event_type: type } = delivery
  const about = { event: eventTitle(messages, type), time: format.exact(at) }
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <button
          type="button"
          aria-label={t.look(about)}
          onClick={onLook}
          className="text-left font-semibold break-words hover:underline"
        >
          {about.event}
        </button>
        <div className="text-xs text-ink-3 md:hidden">
          <RelativeTime at={at} />
        </div>
      </td>
      <td className={cell}>
        <Badge tone={tones[state]}>{t.states[state]}</Badge>
        <How delivery={delivery} />
      </td>
      <td className={classes(cell, fromMd, 'text-ink-3')}>
        <RelativeTime at={at} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {delivery.can_replay && (
          <IconButton
            size="sm"
            label={t.replayLabel(about)}
            icon={<Send aria-hidden size={15} />}
            onClick={() => !replay.isPending && replay.mutate()}
          />
        )}
      </td>
    </tr>
  )
}

interface DeliveryTableProps {
  webhookId: string
  deliveries: readonly WebhookDelivery[]
}

export function DeliveryTable({ webhookId, deliveries }: DeliveryTableProps) {
  const t = useMessages()
  const { columns, heading } = t.webhooks.deliveries
  const [looking, setLooking] = useState<WebhookDelivery | null>(null)
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={heading}>
        <thead>
          <tr>
            <th className={headCell}>{columns.event}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromMd)}>{columns.happened}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              webhookId={webhookId}
              delivery={delivery}
              onLook={() => setLooking(delivery)}
            />
          ))}
        </tbody>
      </table>
      {looking && (
        <DeliveryDialog webhookId={webhookId} delivery={looking} onClose={() => setLooking(null)} />
      )}
    </div>
  )
}
