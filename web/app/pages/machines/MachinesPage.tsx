/** All machines: find one, see how it is, connect to it. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { MonitorUp, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'

import { machinesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { searched, shown, sorted, type Show } from '~/components/machine-search'
import { useMay } from '~/components/may'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useRowKeys } from '~/components/row-keys'
import { SearchBox } from '~/components/SearchBox'
import { useShortcut } from '~/components/shortcuts'
import { tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Segmented } from '~/ui/lib/Segmented'

import { useConnect } from './connect'
import { MachineTable } from './MachineTable'

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

function MachineList({ machines }: { machines: readonly Machine[] }) {
  const t = useMessages()
  const format = useFormat()
  const navigate = useNavigate({ from: '/machines' })
  const { q = '' } = useSearch({ from: '/shell/machines' })
  const [show, setShow] = useState<Show>('all')
  const { list, focusFirst } = useRowKeys<HTMLTableSectionElement>()
  const connect = useConnect()

  const matching = useMemo(() => searched(sorted(machines), q), [machines, q])
  const rows = shown(matching, show)
  // Blocking is rare: without a blocked machine there is nothing to choose.
  const chips: Show[] = ['all', 'online', 'offline']
  if (show === 'blocked' || shown(machines, 'blocked').length > 0) chips.push('blocked')
  const option = (value: Show) => ({
    value,
    label: `${t.machines.filters[value]} ${format.number(shown(matching, value).length)}`,
  })

  useShortcut('c', () => {
    const focused =
      document.activeElement?.closest<HTMLElement>('[data-machine]')?.dataset['machine']
    const machine = machines.find(({ id }) => id === focused)
    if (machine) connect(machine)
  })

  const nothing = q
    ? t.common.noMatches({ query: q })
    : {
        all: '',
        online: t.machines.noneOnline,
        offline: t.machines.noneOffline,
        blocked: t.machines.noneBlocked,
      }[show]
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <SearchBox
          label={t.machines.searchLabel}
          placeholder={t.machines.searchPlaceholder}
          value={q}
          onChange={(value) => void navigate({ search: value ? { q: value } : {}, replace: true })}
          onLeave={focusFirst}
        />
        <Segmented
          label={t.machines.show}
          value={show}
          onChange={setShow}
          options={chips.map(option)}
        />
      </div>
      {rows.length > 0 ? (
        <MachineTable machines={rows} ref={list} />
      ) : (
        <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
          {nothing}
        </p>
      )}
    </>
  )
}

export function MachinesPage() {
  const t = useMessages()
  const query = useQuery(machinesQuery)
  const mayEnroll = useMay()('enrollment.manage')
  const { data: machines } = query
  const add = mayEnroll && (
    <Button asChild>
      <Link to="/enrollment" search={{ create: true }}>
        <Plus aria-hidden size={15} />
        {t.machines.add}
      </Link>
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.machines.title}
        aside={machines && machines.length > 0 && t.machines.count({ count: machines.length })}
        actions={add}
      />
      <ListState query={query} rows={10} />
      {machines &&
        (machines.length > 0 ? (
          <MachineList machines={machines} />
        ) : (
          <NoMachines mayEnroll={mayEnroll} />
        ))}
    </>
  )
}
