/** What changed about a machine, day by day; or what is different between two moments. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, History } from 'lucide-react'
import { useId, type ReactNode } from 'react'

import {
  CHANGE_KINDS,
  INVENTORY_SECTIONS,
  type ChangeFilter,
  type InventoryChange,
} from '~/api/inventory'
import { machineChangesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { tableFrame } from '~/components/table'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { controlClass } from '~/ui/lib/Field'
import { Segmented } from '~/ui/lib/Segmented'

import { byDay, toldChange } from './changes'
import { Comparison } from './Comparison'
import { csvOf, fileName, saveCsv } from './csv'
import { KindBadge } from './KindBadge'
import type { MachinePageSearch } from './tabs'
import { useWords } from './use-words'

interface SelectProps {
  label: string
  value: string | undefined
  any: string
  options: readonly { value: string; label: string }[]
  onChange: (value: string | undefined) => void
}

function Select({ label, value = '', any, options, onChange }: SelectProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value || undefined)}
      className={classes(controlClass, 'w-full sm:w-48', value && 'border-beam font-semibold')}
    >
      <option value="">{any}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

function ChangeRow({ change }: { change: InventoryChange }) {
  const words = useWords()
  const { what, text } = toldChange(words, change)
  return (
    <li className="grid grid-cols-[72px_76px_minmax(0,1fr)] items-baseline gap-x-2 border-t border-line px-4 py-1.5 text-sm first:border-t-0">
      <time dateTime={change.at} title={words.format.exact(change.at)} className="text-ink-3">
        {words.format.time(change.at)}
      </time>
      <span>
        <KindBadge kind={change.kind} />
      </span>
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {what && <span className="mr-2 text-ink-3">{what}</span>}
        {text}
      </span>
    </li>
  )
}

function Day({ changes }: { changes: readonly InventoryChange[] }) {
  const { units } = useWords()
  const id = useId()
  const [first] = changes
  if (!first) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-1.5 text-sm font-semibold">
        {units.day(first.at)}
      </h2>
      <ul className="rounded-lg border border-line bg-surface">
        {changes.map((change) => (
          <ChangeRow key={change.id} change={change} />
        ))}
      </ul>
    </section>
  )
}

function useHistorySearch() {
  const search = useSearch({ from: '/shell/machines/$id' })
  const navigate = useNavigate({ from: '/machines/$id' })
  const change = (changed: Partial<MachinePageSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true })
  return { search, change }
}

interface ChangesProps {
  machine: Machine
  filter: ChangeFilter
  onFilter: (changed: ChangeFilter) => void
}

function Filters({
  filter,
  onFilter,
  children,
}: Omit<ChangesProps, 'machine'> & { children: ReactNode }) {
  const { t } = useWords()
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
      <Select
        label={t.history.section}
        any={t.history.anySection}
        value={filter.section}
        options={INVENTORY_SECTIONS.map((value) => ({ value, label: t.sections[value] }))}
        onChange={(value) =>
          onFilter({ section: INVENTORY_SECTIONS.find((section) => section === value) })
        }
      />
      <Select
        label={t.history.kind}
        any={t.history.anyKind}
        value={filter.kind}
        options={CHANGE_KINDS.map((value) => ({ value, label: t.history.kinds[value] }))}
        onChange={(value) => onFilter({ kind: CHANGE_KINDS.find((kind) => kind === value) })}
      />
      {children}
    </div>
  )
}

function Changes({ machine, filter, onFilter }: ChangesProps) {
  const words = useWords()
  const { t } = words
  const { columns } = t.history
  const query = useInfiniteQuery(machineChangesQuery(machine.id, filter))
  const changes = query.data?.pages.flatMap((page) => page.items)
  const filtered = Boolean(filter.section ?? filter.kind)
  const nothing = filtered ? t.history.noMatch : t.history.none
  const clear = () => onFilter({ section: undefined, kind: undefined })
  const save = () =>
    saveCsv(
      fileName(machine.name, t.history.export, new Date().toISOString().slice(0, 10)),
      csvOf(
        [
          columns.at,
          columns.kind,
          columns.section,
          columns.what,
          columns.subject,
          columns.before,
          columns.after,
        ],
        (changes ?? []).map((change) => {
          const { what, subject, before, after, text } = toldChange(words, change)
          const { at, kind, section } = change
          const said = what === '' ? text : what
          return [at, t.history.kinds[kind], t.sections[section], said, subject, before, after]
        }),
      ),
    )
  return (
    <>
      <Filters filter={filter} onFilter={onFilter}>
        {filtered && (
          <Button look="quiet" onClick={clear}>
            {t.history.clear}
          </Button>
        )}
        {changes && changes.length > 0 && (
          <Button
            look="quiet"
            size="sm"
            className="ml-auto"
            aria-label={t.table.exportLabel({ table: t.history.export })}
            onClick={save}
          >
            <Download aria-hidden size={13} />
            {t.table.export}
          </Button>
        )}
      </Filters>
      <ListState query={query} rows={8} />
      {changes?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<History aria-hidden size={22} />} title={nothing.title}>
            {nothing.body}
          </EmptyState>
        </div>
      )}
      {changes && changes.length > 0 && (
        <div
          aria-busy={query.isPlaceholderData}
          className={classes('grid gap-5', query.isPlaceholderData && 'opacity-60')}
        >
          {byDay(changes).map(([day, ofDay]) => (
            <Day key={day} changes={ofDay} />
          ))}
        </div>
      )}
      <LoadMore query={query} />
      {changes && changes.length > 0 && !query.hasNextPage && (
        <p className="py-4 text-center text-sm text-ink-3">{t.history.end}</p>
      )}
    </>
  )
}

export function HistoryTab({ machine }: { machine: Machine }) {
  const { t } = useWords()
  const { search, change } = useHistorySearch()
  const { section, kind, compare } = search
  return (
    <>
      <div className="mb-4">
        <Segmented
          label={t.history.views}
          value={compare ? 'compare' : 'changes'}
          onChange={(view) => change({ compare: view === 'compare' ? true : undefined })}
          options={[
            { value: 'changes', label: t.history.changes },
            { value: 'compare', label: t.history.compare },
          ]}
        />
      </div>
      {compare ? (
        <Comparison machine={machine} />
      ) : (
        <Changes machine={machine} filter={{ section, kind }} onFilter={change} />
      )}
    </>
  )
}
