/** Audit entries as sentences; each opens to its details. Arrow keys move between them. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { Fragment, useId, useMemo, useState, type ReactNode } from 'react'

import { machinesQuery } from '~/api/queries'
import type { AuditEntry } from '~/api/types'
import { useNow } from '~/components/clock'
import { useRowKeys } from '~/components/row-keys'
import {
  aboveRowLink,
  cell,
  fromLg,
  fromMd,
  fromXl,
  headCell,
  table,
  tableFrame,
} from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { classes } from '~/ui/lib/classes'

import { EntryDetails } from './EntryDetails'
import type { AuditSearch } from './filter'
import { actorName, sentenceOf, type NamePart } from './sentence'

interface RowProps {
  entry: AuditEntry
  /** Machines that still exist. */
  machines: ReadonlySet<string>
  onNarrow: (search: AuditSearch) => void
}

/** A name of the sentence; that of a machine or session leads there if it still exists. */
function Name({ part, entry, machines }: { part: NamePart } & Omit<RowProps, 'onNarrow'>) {
  const { target } = entry
  const name = <strong className="font-semibold">{part.text}</strong>
  const isTarget = part.hole === 'target' || part.hole === 'after'
  if (!isTarget || !target) return name
  const look = classes(aboveRowLink, 'hover:underline')
  if (target.kind === 'machine' && machines.has(target.id)) {
    return (
      <Link to="/machines/$id" params={{ id: target.id }} className={look}>
        {name}
      </Link>
    )
  }
  if (target.kind === 'session') {
    return (
      <Link to="/sessions" className={look}>
        {name}
      </Link>
    )
  }
  return name
}

function Sentence({ entry, machines }: Omit<RowProps, 'onNarrow'>): ReactNode {
  const t = useMessages()
  const reason = entry.action === 'session.ended' ? entry.detail['reason'] : undefined
  return (
    <>
      {sentenceOf(t, entry).map((part, index) =>
        'words' in part ? (
          <Fragment key={index}>{part.words}</Fragment>
        ) : (
          <Name key={index} part={part} entry={entry} machines={machines} />
        ),
      )}
      {typeof reason === 'string' && (
        <span className="text-ink-3"> · {byCode(t.codes.endReason, reason) ?? reason}</span>
      )}
    </>
  )
}

function AuditRow({ entry, machines, onNarrow }: RowProps) {
  const t = useMessages()
  const format = useFormat()
  const now = useNow()
  const id = useId()
  const [open, setOpen] = useState(false)
  const at = format.moment(entry.at, now)
  return (
    <>
      <tr
        className={classes(
          'relative border-t border-line focus-within:bg-hover hover:bg-hover',
          open && 'bg-hover',
        )}
      >
        <td className={classes(cell, 'w-0 pr-0')}>
          <button
            type="button"
            data-row
            aria-expanded={open}
            aria-controls={open ? `${id}-details` : undefined}
            aria-label={open ? t.audit.details.hide : t.audit.details.show}
            aria-describedby={`${id}-sentence`}
            onClick={() => setOpen(!open)}
            className="flex size-6 items-center justify-center rounded-sm text-ink-3 outline-none after:absolute after:inset-0 after:rounded-sm focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
          >
            <ChevronRight
              aria-hidden
              size={15}
              className={classes('transition-transform', open && 'rotate-90')}
            />
          </button>
        </td>
        <td className={classes(cell, fromMd, 'w-0 whitespace-nowrap text-ink-2')}>
          <time dateTime={entry.at} title={format.exact(entry.at)}>
            {at}
          </time>
        </td>
        <td className={classes(cell, 'break-words')} id={`${id}-sentence`}>
          <Sentence entry={entry} machines={machines} />
          <div className="text-xs text-ink-3 md:hidden">{at}</div>
        </td>
        <td className={classes(cell, fromLg, 'max-w-48 truncate text-ink-2')}>
          {actorName(t, entry)}
        </td>
        <td className={classes(cell, fromXl, 'w-0 whitespace-nowrap text-ink-3')}>
          {entry.address ?? t.common.none}
        </td>
      </tr>
      {open && (
        <tr id={`${id}-details`} className="bg-sunken">
          <td colSpan={5} className="p-0">
            <EntryDetails entry={entry} onNarrow={onNarrow} />
          </td>
        </tr>
      )}
    </>
  )
}

interface AuditTableProps {
  entries: readonly AuditEntry[]
  onNarrow: (search: AuditSearch) => void
}

export function AuditTable({ entries, onNarrow }: AuditTableProps) {
  const t = useMessages()
  const { columns } = t.audit
  const { list } = useRowKeys<HTMLTableSectionElement>()
  // Only for the links: without the list, names are names.
  const known = useQuery(machinesQuery).data
  const machines = useMemo(() => new Set(known?.map(({ id }) => id)), [known])
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={classes(headCell, 'w-0 pr-0')}>
              <span className="sr-only">{t.audit.details.show}</span>
            </th>
            <th className={classes(headCell, fromMd)}>{columns.at}</th>
            <th className={headCell}>{columns.what}</th>
            <th className={classes(headCell, fromLg)}>{columns.by}</th>
            <th className={classes(headCell, fromXl)}>{columns.from}</th>
          </tr>
        </thead>
        <tbody ref={list}>
          {entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} machines={machines} onNarrow={onNarrow} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
