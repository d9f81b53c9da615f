/** Quarantine: who waits for a decision, and what was decided. */
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'

import { may } from '~/api/can'
import { meQuery, quarantineQuery } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { PageTabs, pageTab } from '~/components/PageTabs'
import { tableFrame } from '~/components/table'
import { useWaiting } from '~/components/waiting'
import { useMessages } from '~/i18n'
import { Notice } from '~/ui/lib/Notice'

import { BulkBar } from './BulkBar'
import { DecidedTable } from './DecidedTable'
import { WaitingTable } from './WaitingTable'

function Waiting() {
  const t = useMessages().quarantine
  const { data: me } = useSuspenseQuery(meQuery)
  const query = useInfiniteQuery(quarantineQuery(true))
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const entries = query.data?.pages.flatMap((page) => page.items)
  const mayDecide = may(me, 'machine.manage')
  const select = (ids: readonly string[], on: boolean) => {
    const next = new Set(selected)
    for (const id of ids) {
      if (on) next.add(id)
      else next.delete(id)
    }
    setSelected(next)
  }
  // Those that somebody else decided about meanwhile are gone from the list and from the selection.
  const chosen = entries?.filter(({ id }) => selected.has(id)) ?? []
  return (
    <>
      <ListState query={query} rows={6} />
      {mayDecide && <BulkBar entries={chosen} onClear={() => setSelected(new Set())} />}
      {entries?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<ShieldCheck aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {entries && entries.length > 0 && (
        <>
          {!mayDecide && (
            <div className="mb-3">
              <Notice>{t.mayOnlyLook}</Notice>
            </div>
          )}
          <WaitingTable
            entries={entries}
            selected={selected}
            onSelect={mayDecide ? select : null}
          />
        </>
      )}
      <LoadMore query={query} />
    </>
  )
}

export function QuarantinePage() {
  const t = useMessages().quarantine
  const { show } = useSearch({ from: '/shell/quarantine' })
  const waiting = useWaiting()
  return (
    <>
      <PageHeader title={t.title} aside={waiting && t.waitingCount({ count: waiting })}>
        {t.intro}
      </PageHeader>
      <PageTabs label={t.show}>
        <Link to="/quarantine" search={{}} {...pageTab(show === undefined)}>
          {t.tabs.waiting}
        </Link>
        <Link to="/quarantine" search={{ show: 'decided' }} {...pageTab(show === 'decided')}>
          {t.tabs.decided}
        </Link>
      </PageTabs>
      {show === 'decided' ? <DecidedTable /> : <Waiting />}
    </>
  )
}
