/** All machines: find one in the search language, see how it is, connect to it. */
import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { MonitorUp, Plus, SearchX } from 'lucide-react'
import { useMemo, useState } from 'react'

import { COUNT_MAX, foundMachinesQuery, type FoundPage, type Show } from '~/api/machine-search'
import type { Machine, SearchMistake } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { sorted } from '~/components/machine-search'
import { useMay } from '~/components/may'
import { PageHeader } from '~/components/PageHeader'
import { useRowKeys } from '~/components/row-keys'
import { useShortcut } from '~/components/shortcuts'
import { tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Segmented } from '~/ui/lib/Segmented'

import { useConnect } from './connect'
import { MachineTable } from './MachineTable'
import { atEndOf } from './search/places'
import { SearchField } from './search/SearchField'
import { useWriting } from './search/writing'

function NoMachines({ mayEnroll }: { mayEnroll: boolean }) {
  const { machines: t } = useMessages()
  if (!mayEnroll) {
    return (
      <div className={tableFrame}>
        <EmptyState icon={<MonitorUp aria-hidden size={22} />} title={t.empty.title}>
          {t.empty.byOwners}
        </EmptyState>
      </div>
    )
  }
  const action = (
    <Button look="primary" asChild>
      <Link to="/enrollment" search={{ create: true }}>
        {t.empty.action}
      </Link>
    </Button>
  )
  return (
    <div className={tableFrame}>
      <EmptyState icon={<MonitorUp aria-hidden size={22} />} title={t.empty.title} action={action}>
        <p>{t.empty.body}</p>
        <ol className="mt-3 inline-block list-decimal pl-5 text-left">
          {t.empty.steps.map((step) => (
            <li key={step} className="py-0.5">
              {step}
            </li>
          ))}
        </ol>
      </EmptyState>
    </div>
  )
}

interface NothingFoundProps {
  q: string
  show: Show
  onClear: () => void
  onShowAll: () => void
}

function NothingFound({ q, show, onClear, onShowAll }: NothingFoundProps) {
  const { machines: t, machineSearch } = useMessages()
  const { none } = machineSearch
  if (!q) {
    const states = { online: t.noneOnline, offline: t.noneOffline, blocked: t.noneBlocked }
    return (
      <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
        {show === 'all' ? t.empty.title : states[show]}
      </p>
    )
  }
  const action = (
    <span className="flex flex-wrap justify-center gap-2">
      {show !== 'all' && <Button onClick={onShowAll}>{none.everything}</Button>}
      <Button onClick={onClear}>{none.clear}</Button>
    </span>
  )
  return (
    <div className={tableFrame}>
      <EmptyState
        icon={<SearchX aria-hidden size={22} />}
        title={none[show]({ query: q })}
        action={action}
      >
        {none.hint}
      </EmptyState>
    </div>
  )
}

type Found = InfiniteData<FoundPage>

/**
 * What was found, and what is wrong with the search. While somebody writes what is no search yet, what was found before stays in
 * sight.
 */
function useFound(q: string, show: Show) {
  const query = useInfiniteQuery(foundMachinesQuery(q, show))
  const [held, setHeld] = useState<Found | null>(null)
  const { data, isPlaceholderData } = query
  const mistake = data?.pages[0]?.mistake ?? null
  if (data && !mistake && data !== held) setHeld(data)
  const found = mistake ? held : (data ?? null)
  return {
    query,
    found,
    isBefore: isPlaceholderData || mistake !== null,
    // That of the search before is not that of this one.
    mistake: isPlaceholderData ? null : mistake,
  }
}

/** In the order of their names where all are there; pages come in the order of the server, and nothing jumps when one more comes. */
function machinesOf({ pages }: Found): Machine[] {
  const [first] = pages
  if (pages.length === 1 && first?.next_cursor === null) return sorted(first.items)
  return pages.flatMap((page) => page.items)
}

interface ToolbarProps {
  q: string
  show: Show
  counts: FoundPage['counts']
  mistake: SearchMistake | null
  writing: ReturnType<typeof useWriting>
  onShow: (show: Show) => void
  onLeave: () => void
}

function Toolbar({ q, show, counts, mistake, writing, onShow, onLeave }: ToolbarProps) {
  const t = useMessages()
  const format = useFormat()
  // Blocking is rare: without a blocked machine there is nothing to choose.
  const chips: Show[] = ['all', 'online', 'offline']
  if (show === 'blocked' || (counts?.blocked ?? 0) > 0) chips.push('blocked')
  const label = (value: Show) =>
    [t.machines.filters[value], counts && format.number(counts[value])].filter(Boolean).join(' ')
  return (
    <div className="mb-3 flex flex-wrap items-start gap-3">
      <SearchField writing={writing} q={q} mistake={mistake} onLeave={onLeave} />
      <Segmented
        label={t.machines.show}
        value={show}
        onChange={onShow}
        options={chips.map((value) => ({ value, label: label(value) }))}
      />
    </div>
  )
}

/** How many there are, or were found. */
function useCountText() {
  const t = useMessages()
  const format = useFormat()
  return (count: number, q: string) => {
    if (count >= COUNT_MAX) return t.machineSearch.foundMore({ count: format.number(count) })
    return q ? t.machineSearch.found({ count }) : t.machines.count({ count })
  }
}

export function MachinesPage() {
  const t = useMessages()
  const navigate = useNavigate({ from: '/machines' })
  const address = useSearch({ from: '/shell/machines' }).q ?? ''
  const q = address.trim()
  const [show, setShow] = useState<Show>('all')
  const { query, found, isBefore, mistake } = useFound(q, show)
  const writing = useWriting(address, (next, { isNew }) => {
    void navigate({ search: next ? { q: next } : {}, replace: !isNew })
  })
  const machines = useMemo(() => (found ? machinesOf(found) : null), [found])
  const counts = found?.pages[0]?.counts ?? null
  const { list, focusFirst } = useRowKeys<HTMLTableSectionElement>()
  const connect = useConnect()
  const countText = useCountText()
  const mayEnroll = useMay()('enrollment.manage')

  useShortcut('c', () => {
    const focused =
      document.activeElement?.closest<HTMLElement>('[data-machine]')?.dataset['machine']
    const machine = machines?.find(({ id }) => id === focused)
    if (machine) connect(machine)
  })

  const add = mayEnroll && (
    <Button asChild>
      <Link to="/enrollment" search={{ create: true }}>
        <Plus aria-hidden size={15} />
        {t.machines.add}
      </Link>
    </Button>
  )
  const isEmpty = counts?.all === 0 && !q && !isBefore
  const first = found?.pages[0]
  const aside = first && counts && !isEmpty && (
    <span role="status">{countText(counts.all, first.q)}</span>
  )
  return (
    <>
      <PageHeader title={t.machines.title} aside={aside} actions={add} />
      {!isEmpty && (
        <Toolbar {...{ q, show, counts, mistake, writing }} onShow={setShow} onLeave={focusFirst} />
      )}
      <ListState query={query} rows={10} />
      {isEmpty && <NoMachines mayEnroll={mayEnroll} />}
      {mistake && !first && <p className="text-sm text-ink-2">{t.machineSearch.notYet}</p>}
      {first && machines && !isEmpty && (
        <div
          aria-busy={query.isPlaceholderData}
          className={query.isPlaceholderData ? 'opacity-60' : ''}
        >
          {machines.length > 0 ? (
            <MachineTable machines={machines} ref={list} />
          ) : (
            <NothingFound
              q={first.q}
              show={first.show}
              onClear={() => writing.put(atEndOf(''))}
              onShowAll={() => setShow('all')}
            />
          )}
        </div>
      )}
      {!isBefore && <LoadMore query={query} />}
    </>
  )
}
