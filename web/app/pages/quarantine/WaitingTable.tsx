/** Those that wait, as a dense table with a selection. */
import { Link } from '@tanstack/react-router'

import type { QuarantineEntry } from '~/api/types'
import { Check } from '~/components/Check'
import { RelativeTime } from '~/components/RelativeTime'
import { useRowKeys } from '~/components/row-keys'
import {
  bodyRow,
  cell,
  fromLg,
  fromMd,
  fromXl,
  headCell,
  rowLink,
  table,
  tableFrame,
} from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'

import { TokenName } from './TokenName'
import { Why } from './Why'

interface RowProps {
  entry: QuarantineEntry
  selected: boolean
  /** Null for those who may only look. */
  onSelect: ((selected: boolean) => void) | null
}

function Row({ entry, selected, onSelect }: RowProps) {
  const { quarantine: t, common } = useMessages()
  const format = useFormat()
  const { id, hostname, os, address } = entry
  return (
    <tr className={classes(bodyRow, 'relative', selected && 'bg-beam-soft!')}>
      {onSelect && (
        <td className={classes(cell, 'w-0')}>
          <Check label={t.select({ name: hostname })} checked={selected} onChange={onSelect} />
        </td>
      )}
      <td className={classes(cell, 'md:max-w-[200px]')}>
        <Link
          to="/quarantine/$id"
          params={{ id }}
          data-row
          className={classes(rowLink, 'block truncate')}
        >
          {hostname}
        </Link>
        <div className="text-sm text-ink-2 md:hidden">
          <Why entry={entry} />
        </div>
        <div className="truncate text-xs text-ink-3 lg:hidden">
          {os.name} · {address}
        </div>
      </td>
      <td className={classes(cell, fromMd, 'min-w-[200px]')}>
        <Why entry={entry} />
      </td>
      <td className={classes(cell, fromLg, 'max-w-[240px] truncate text-ink-2')}>
        {os.name} {os.version.split(' ')[0]}
      </td>
      <td className={classes(cell, fromLg, 'text-ink-2')}>{address}</td>
      <td className={classes(cell, fromMd)}>
        <RelativeTime at={entry.last_seen_at} />
      </td>
      <td className={classes(cell, fromXl, 'text-right text-ink-2')}>
        {format.number(entry.attempts)}
      </td>
      <td className={classes(cell, fromXl, 'max-w-[180px] truncate text-ink-2')}>
        {entry.enrollment_token_id ? <TokenName entry={entry} /> : common.none}
      </td>
    </tr>
  )
}

interface WaitingTableProps {
  entries: readonly QuarantineEntry[]
  selected: ReadonlySet<string>
  /** Null for those who may only look. */
  onSelect: ((ids: readonly string[], selected: boolean) => void) | null
}

export function WaitingTable({ entries, selected, onSelect }: WaitingTableProps) {
  const t = useMessages().quarantine
  const { list } = useRowKeys<HTMLTableSectionElement>()
  const all = entries.every(({ id }) => selected.has(id))
  const some = entries.some(({ id }) => selected.has(id))
  const { columns } = t
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            {onSelect && (
              <th className={classes(headCell, 'w-0')}>
                <Check
                  label={t.selectAll}
                  checked={all}
                  mixed={some && !all}
                  onChange={(checked) =>
                    onSelect(
                      entries.map(({ id }) => id),
                      checked,
                    )
                  }
                />
              </th>
            )}
            <th className={headCell}>{columns.who}</th>
            <th className={classes(headCell, fromMd)}>{columns.why}</th>
            <th className={classes(headCell, fromLg)}>{columns.system}</th>
            <th className={classes(headCell, fromLg)}>{columns.address}</th>
            <th className={classes(headCell, fromMd)}>{columns.seen}</th>
            <th className={classes(headCell, fromXl, 'text-right')}>{columns.attempts}</th>
            <th className={classes(headCell, fromXl)}>{columns.token}</th>
          </tr>
        </thead>
        <tbody ref={list}>
          {entries.map((entry) => (
            <Row
              key={entry.id}
              entry={entry}
              selected={selected.has(entry.id)}
              onSelect={onSelect && ((checked) => onSelect([entry.id], checked))}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}
