/** Access for a while: what waits for the reader's decision, and what became of their own requests. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Hourglass } from 'lucide-react'

import { accessRequestsQuery, meQuery } from '~/api/queries'
import type { AccessRequest, Me } from '~/api/types'
import { useNow } from '~/components/clock'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Switch } from '~/ui/lib/Switch'

import { AskDialog } from './AskDialog'
import { RequestTable } from './RequestTable'
import { sortedRequests } from './words'

const quiet = 'rounded-lg border border-line bg-surface px-4 py-6 text-center text-sm text-ink-2'

interface RequestsProps {
  requests: readonly AccessRequest[]
  me: Me
  over: boolean
  onOver: (over: boolean) => void
}

/** What waits for the reader stands in a table of its own, which goes when there is none. */
function Requests({ requests, me, over, onOver }: RequestsProps) {
  const { accessRequests: t } = useMessages()
  const sorted = sortedRequests(requests, useNow())
  const others = over ? [...sorted.open, ...sorted.over] : sorted.open
  return (
    <div className="flex flex-col gap-8">
      {sorted.toDecide.length > 0 && (
        <section aria-label={t.toDecide}>
          <h2 className="mb-2 font-semibold">{t.toDecide}</h2>
          <RequestTable requests={sorted.toDecide} me={me} />
        </section>
      )}
      <section aria-label={t.others}>
        <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <h2 className="font-semibold">{t.others}</h2>
          <Switch label={t.showOver} checked={over} onChange={onOver} />
        </div>
        {others.length > 0 ? (
          <RequestTable requests={others} me={me} />
        ) : (
          <p className={quiet}>{t.nothingOpen}</p>
        )}
      </section>
    </div>
  )
}

export function AccessRequestsPage() {
  const { accessRequests: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const navigate = useNavigate({ from: '/access-requests' })
  const { ask = false, over = false } = useSearch({ from: '/shell/access-requests' })
  const go = (next: { ask?: boolean; over?: boolean }) =>
    void navigate({
      search: { ...(next.ask ? { ask: true } : {}), ...(next.over ? { over: true } : {}) },
      replace: true,
    })
  const query = useQuery(accessRequestsQuery)
  const requests = query.data
  const waiting = sortedRequests(requests ?? [], useNow()).toDecide.length
  return (
    <>
      <PageHeader
        title={t.title}
        aside={waiting > 0 && t.count({ count: waiting })}
        actions={
          <Button look="primary" onClick={() => go({ ask: true, over })}>
            <Hourglass aria-hidden size={15} />
            {t.ask}
          </Button>
        }
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={3} />
      {requests?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<Hourglass aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {requests && requests.length > 0 && (
        <Requests
          requests={requests}
          me={me}
          over={over}
          onOver={(next) => go({ ask, over: next })}
        />
      )}
      {ask && <AskDialog onClose={() => go({ over })} />}
    </>
  )
}
