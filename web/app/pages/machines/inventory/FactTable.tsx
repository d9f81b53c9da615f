/**
 * A table of an inventory: filtered in the browser, sorted by any column, and saved as CSV as it is shown. Long ones are drawn a
 * hundred rows at a time, so that some thousand packages cost nothing until somebody wants to see them.
 */
import { ArrowDown, ArrowUp, Download, X } from 'lucide-react'
import { useDeferredValue, useId, useMemo, useRef, useState, type ReactNode } from 'react'

import { matcher } from '~/components/search'
import { useShortcut } from '~/components/shortcuts'
import { bodyRow, cell, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { controlClass } from '~/ui/lib/Field'

import { csvOf, fileName, saveCsv, type CsvCell } from './csv'
import { useWords } from './use-words'
import type { Units } from './units'

export interface Column<Row> {
  label: string
  /** What it is sorted, filtered and saved by. */
  value: (row: Row) => CsvCell
  /** What is shown; the value when left out. It is searched, too, where it is a text. */
  show?: (row: Row) => ReactNode
  /** Classes such as `fromLg`. */
  look?: string
  /** Aligned by its digits. */
  numeric?: boolean
  /** Of its values in a file, which are numbers there. */
  unit?: string
}

interface FactTableProps<Row> {
  title: string
  /** Whose: for the name of the file. */
  machine: string
  /** The same object as long as the language is the same: everything is searched anew otherwise. */
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** `/` jumps to its filter: one table of a page. */
  first?: boolean
  /** Without a heading of its own, for a table that is the only one of its section. */
  bare?: boolean
  /** In place of "None." */
  empty?: string
}

/** Rows drawn at once. */
const WINDOW = 100
/** Shorter tables need no filter: all of it is in sight. */
const FILTERED_FROM = 8

interface Sort {
  column: number
  down: boolean
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { sort, units }: { sort: Sort | null; units: Units },
): readonly Row[] {
  const column = sort && columns[sort.column]
  if (!column) return rows
  const sign = sort.down ? -1 : 1
  return rows.toSorted((a, b) => {
    const [left, right] = [column.value(a) ?? '', column.value(b) ?? '']
    // What is not known comes last, whichever way.
    if (left === '' || right === '') return Number(left === '') - Number(right === '')
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
    return sign * units.compare(String(left), String(right))
  })
}

function useShown<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { query, sort }: { query: string; sort: Sort | null },
) {
  const { units } = useWords()
  const searched = useMemo(
    () =>
      rows.map((row) => ({
        row,
        texts: columns.flatMap((column) => {
          const value = column.value(row)
          const shown = column.show?.(row)
          return [
            value === null || value === undefined ? '' : String(value),
            typeof shown === 'string' ? shown : '',
          ]
        }),
      })),
    [rows, columns],
  )
  const filtered = useMemo(() => {
    const matches = matcher(query)
    return searched.filter(({ texts }) => matches(...texts)).map(({ row }) => row)
  }, [searched, query])
  return useMemo(() => sorted(filtered, columns, { sort, units }), [filtered, columns, sort, units])
}

interface HeadProps {
  label: string
  numeric: boolean | undefined
  look: string | undefined
  direction: 'ascending' | 'descending' | undefined
  onSort: () => void
}

function Head({ label, numeric, look, direction, onSort }: HeadProps) {
  const Arrow = direction === 'descending' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={classes(headCell, numeric && 'text-right', look)}
    >
      <button
        type="button"
        onClick={onSort}
        className="group/sort -mx-1 inline-flex h-6 items-center gap-1 rounded-sm px-1 font-semibold hover:bg-hover hover:text-ink"
      >
        {label}
        <Arrow
          aria-hidden
          size={12}
          className={classes(
            !direction &&
              'opacity-0 group-hover/sort:opacity-60 group-focus-visible/sort:opacity-60',
          )}
        />
      </button>
    </th>
  )
}

interface FilterProps {
  title: string
  value: string
  onChange: (value: string) => void
  first: boolean | undefined
}

function Filter({ title, value, onChange, first }: FilterProps) {
  const t = useMessages()
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="relative w-full sm:w-56">
      {first && <Jump onJump={() => input.current?.focus()} />}
      <input
        ref={input}
        type="text"
        role="searchbox"
        aria-label={t.inventory.table.filter({ table: title })}
        placeholder={t.inventory.table.placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onChange('')
        }}
        spellCheck={false}
        autoComplete="off"
        className={classes(controlClass, 'h-7 pr-8 text-sm')}
      />
      {value && (
        <button
          type="button"
          aria-label={t.common.clearSearch}
          onClick={() => {
            onChange('')
            input.current?.focus()
          }}
          className="absolute inset-y-0.5 right-0.5 flex w-6 items-center justify-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink"
        >
          <X aria-hidden size={14} />
        </button>
      )}
    </div>
  )
}

function Jump({ onJump }: { onJump: () => void }) {
  useShortcut('/', onJump)
  return null
}

export function FactTable<Row>({
  title,
  machine,
  columns,
  rows,
  first,
  bare,
  empty,
}: FactTableProps<Row>) {
  const { t, format } = useWords()
  const id = useId()
  const [typed, setTyped] = useState('')
  const query = useDeferredValue(typed)
  const [sort, setSort] = useState<Sort | null>(null)
  const [most, setMost] = useState(WINDOW)
  const shown = useShown(rows, columns, { query, sort })
  const change = (next: string) => {
    setTyped(next)
    setMost(WINDOW)
  }
  const save = () =>
    saveCsv(
      fileName(machine, title, new Date().toISOString().slice(0, 10)),
      csvOf(
        columns.map(({ label, unit }) => (unit ? `${label} (${unit})` : label)),
        shown.map((row) => columns.map(({ value }) => value(row))),
      ),
    )
  const count =
    shown.length === rows.length
      ? format.number(rows.length)
      : t.table.count({ shown: format.number(shown.length), all: format.number(rows.length) })
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5">
        <h3 id={id} className={classes('text-sm font-semibold', bare && 'sr-only')}>
          {title}
        </h3>
        {rows.length > 0 && (
          <>
            <span aria-live="polite" className="mr-auto text-sm text-ink-3">
              {count}
            </span>
            {(rows.length >= FILTERED_FROM || typed !== '') && (
              <Filter title={title} value={typed} onChange={change} first={first} />
            )}
            <Button
              size="sm"
              look="quiet"
              aria-label={t.table.exportLabel({ table: title })}
              onClick={save}
            >
              <Download aria-hidden size={13} />
              {t.table.export}
            </Button>
          </>
        )}
      </div>
      {rows.length === 0 ? (
        <p className="text-sm text-ink-3">{empty ?? t.nothing}</p>
      ) : (
        <div className={tableFrame}>
          <table className={table} aria-labelledby={id}>
            <thead>
              <tr>
                {columns.map(({ label, numeric, look }, index) => (
                  <Head
                    key={label}
                    {...{ label, numeric, look }}
                    direction={
                      sort?.column === index ? (sort.down ? 'descending' : 'ascending') : undefined
                    }
                    onSort={() =>
                      setSort({ column: index, down: sort?.column === index && !sort.down })
                    }
                  />
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, most).map((row, index) => (
                <tr key={index} className={bodyRow}>
                  {columns.map((column, place) => (
                    <Cell key={column.label} first={place === 0} column={column} row={row} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {shown.length === 0 && (
            <p className="border-t border-line px-4 py-3 text-sm text-ink-3">{t.table.noMatch}</p>
          )}
        </div>
      )}
      {shown.length > most && (
        <div className="flex justify-center py-2">
          <Button look="quiet" size="sm" onClick={() => setMost(most + WINDOW)}>
            {t.table.more({ count: Math.min(WINDOW, shown.length - most) })}
          </Button>
        </div>
      )}
    </div>
  )
}

interface CellProps<Row> {
  column: Column<Row>
  row: Row
  /** What the row is about. */
  first: boolean
}

function Cell<Row>({ column, row, first }: CellProps<Row>) {
  const { format } = useWords()
  const value = column.value(row)
  const plain = typeof value === 'number' ? format.number(value) : value
  const Tag = first ? 'th' : 'td'
  return (
    <Tag
      scope={first ? 'row' : undefined}
      className={classes(
        cell,
        'max-w-[420px] min-w-0 text-left font-normal [overflow-wrap:anywhere]',
        column.numeric && 'text-right whitespace-nowrap',
        column.look,
      )}
    >
      {column.show ? column.show(row) : plain}
    </Tag>
  )
}
