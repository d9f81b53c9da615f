/** Every session of the organization: running ones first in time, then the past with the reason of its end. */
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MonitorPlay } from 'lucide-react'
import { useState } from 'react'

import { canRemoveRecord, isGuests, may } from '~/api/can'
import { meQuery, sessionsQuery } from '~/api/queries'
import type { Session } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { matcher } from '~/components/search'
import { SearchBox } from '~/components/SearchBox'
import { endText, SessionTable } from '~/components/SessionTable'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { RemoveBar } from './RemoveBar'

function NoSessions() {
  const { sessions: t } = useMessages()
  const action = (
    <Button look="primary" asChild>
      <Link to="/machines">{t.empty.action}</Link>
    </Button>
  )
  return (
    <div className={tableFrame}>
      <EmptyState
        icon={<MonitorPlay aria-hidden size={22} />}
        title={t.empty.title}
        action={action}
      >
        {t.empty.body}
      </EmptyState>
    </div>
  )
}

function SessionList({ sessions }: { sessions: readonly Session[] }) {
  const t = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const [q, setQ] = useState('')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const matches = matcher(q)
  const rows = sessions.filter((session) =>
    matches(
      session.machine_name,
      session.technician.name,
      isGuests(session) ? t.sessions.guest : '',
      endText(t, session),
    ),
  )
  const select = (ids: readonly string[], on: boolean) => {
    const next = new Set(selected)
    for (const id of ids) {
      if (on) next.add(id)
      else next.delete(id)
    }
    setSelected(next)
  }
  const mayRemove = may(me, 'session.remove')
  // What a filter hides is not removed by accident.
  const chosen = rows.filter((session) => selected.has(session.id) && canRemoveRecord(session))
  return (
    <>
      {mayRemove && <RemoveBar sessions={chosen} onClear={() => setSelected(new Set())} />}
      <div className="mb-3">
        <SearchBox
          label={t.sessions.searchLabel}
          placeholder={t.sessions.searchPlaceholder}
          value={q}
          onChange={setQ}
        />
      </div>
      {rows.length > 0 ? (
        <SessionTable
          sessions={rows}
          withMachine
          selection={mayRemove ? { ids: selected, onSelect: select } : undefined}
        />
      ) : (
        <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
          {t.common.noMatches({ query: q })}
        </p>
      )}
    </>
  )
}

export function SessionsPage() {
  const t = useMessages()
  const query = useInfiniteQuery(sessionsQuery())
  const sessions = query.data?.pages.flatMap((page) => page.items)
  return (
    <>
      <PageHeader title={t.sessions.title} />
      <ListState query={query} rows={10} />
      {sessions && (sessions.length > 0 ? <SessionList sessions={sessions} /> : <NoSessions />)}
      <LoadMore query={query} />
    </>
  )
}
