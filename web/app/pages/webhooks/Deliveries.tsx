/** The events of a webhook, narrowed down to a state, and all dead ones told again. */
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ListRestart, Webhook as WebhookIcon } from 'lucide-react'

import { replayDead } from '~/api/actions'
import { deliveriesQuery } from '~/api/queries'
import type { Webhook } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { LoadMore } from '~/components/LoadMore'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Segmented } from '~/ui/lib/Segmented'
import { useToast } from '~/ui/lib/Toast'

import { DeliveryTable } from './DeliveryTable'

function ReplayDead({ webhook }: { webhook: Webhook }) {
  const { deliveries: t } = useMessages().webhooks
  const toast = useToast()
  const onError = useProblemToast()
  const replay = useMutation({
    mutationFn: () => replayDead(webhook.id),
    onSuccess: ({ replayed }) => toast({ tone: 'ok', title: t.replayedAll({ count: replayed }) }),
    onError,
  })
  if (webhook.dead === 0 || !webhook.enabled) return null
  return (
    <Button pending={replay.isPending} onClick={() => replay.mutate()}>
      <ListRestart aria-hidden size={15} />
      {t.replayAll}
    </Button>
  )
}

function NoDeliveries({ narrowed }: { narrowed: boolean }) {
  const { deliveries: t } = useMessages().webhooks
  if (narrowed) {
    return (
      <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
        {t.noneShown}
      </p>
    )
  }
  return (
    <div className={tableFrame}>
      <EmptyState icon={<WebhookIcon aria-hidden size={22} />} title={t.empty.title}>
        {t.empty.body}
      </EmptyState>
    </div>
  )
}

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { deliveries: t } = useMessages().webhooks
  const navigate = useNavigate({ from: '/webhooks/$id' })
  const { show } = useSearch({ from: '/shell/webhooks/$id' })
  const query = useInfiniteQuery(deliveriesQuery(webhook.id, show))
  const deliveries = query.data?.pages.flatMap((page) => page.items)
  const options = [
    { value: 'all' as const, label: t.all },
    ...(['waiting', 'delivered', 'dead'] as const).map((value) => ({
      value,
      label: t.states[value],
    })),
  ]
  return (
    <section aria-labelledby="webhook-deliveries" className="mt-8">
      <div className="mb-3 flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 id="webhook-deliveries" className="text-lg font-semibold">
            {t.heading}
          </h2>
          <p className="max-w-[64ch] text-sm text-ink-2">{t.intro}</p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <ReplayDead webhook={webhook} />
          <Segmented
            label={t.show}
            value={show ?? 'all'}
            onChange={(next) =>
              void navigate({ search: next === 'all' ? {} : { show: next }, replace: true })
            }
            options={options}
          />
        </div>
      </div>
      {query.isError && !query.isFetchNextPageError && (
        <div className="mb-3">
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <SkeletonRows count={4} />}
      {deliveries?.length === 0 && <NoDeliveries narrowed={show !== undefined} />}
      {deliveries && deliveries.length > 0 && (
        <DeliveryTable webhookId={webhook.id} deliveries={deliveries} />
      )}
      <LoadMore query={query} />
    </section>
  )
}
