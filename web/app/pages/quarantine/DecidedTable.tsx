/** The decisions: who, when, what became of it. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { History } from 'lucide-react'

import { quarantineQuery } from '~/api/queries'
import type { QuarantineEntry } from '~/api/types'
import { actorText } from '~/components/actor'
import { EmptyState } from '~/components/EmptyState'
import { LoadMore } from '~/components/LoadMore'
import { ProblemNotice } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { useRowKeys } from '~/components/row-keys'
import { SkeletonRows } from '~/components/SkeletonRows'
import {
  bodyRow,
  cell,
  fromLg,
  fromMd,
  headCell,
  rowLink,
  table,
  tableFrame,
} from '~/components/table'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { classes } from '~/ui/lib/classes'

import { Outcome } from './Outcome'
import { Why } from './Why'

const tones: Record<string, Tone> = { approved_new: 'ok', approved_same: 'ok', refused: 'danger' }

function Row({ entry }: { entry: QuarantineEntry }) {
  const messages = useMessages()
  const t = messages.quarantine
  const by = actorText(messages, entry.decided_by_kind, entry.decided_by ?? '')
  return (
    <tr className={classes(bodyRow, 'relative')}>
      <td className={cell}>
        <Link to="/quarantine/$id" params={{ id: entry.id }} data-row className={rowLink}>
          {entry.hostname}
        </Link>
        <div className="text-xs text-ink-3 md:hidden">{by}</div>
      </td>
      <td className={cell}>
        <Badge tone={tones[entry.state] ?? 'neutral'}>
          {byCode(t.state, entry.state) ?? entry.state}
        </Badge>
      </td>
      <td className={cell}>
        <Outcome entry={entry} />
        {entry.decision_reason && (
          <div className="max-w-[32ch] text-xs break-words text-ink-3">
            {t.said({ reason: entry.decision_reason })}
          </div>
        )}
      </td>
      <td className={classes(cell, fromLg, 'text-ink-2')}>
        <Why entry={entry} />
      </td>
      <td className={classes(cell, fromMd)}>{by}</td>
      <td className={classes(cell, fromMd)}>
        {entry.decided_at && <RelativeTime at={entry.decided_at} />}
      </td>
    </tr>
  )
}

export function DecidedTable() {
  const t = useMessages().quarantine
  const query = useInfiniteQuery(quarantineQuery(false))
  const { list } = useRowKeys<HTMLTableSectionElement>()
  const entries = query.data?.pages.flatMap((page) => page.items)
  const { columns } = t
  return (
    <>
      {query.isError && !query.isFetchNextPageError && (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <SkeletonRows count={6} />}
      {entries?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<History aria-hidden size={22} />} title={t.emptyDecided.title}>
            {t.emptyDecided.body}
          </EmptyState>
        </div>
      )}
      {entries && entries.length > 0 && (
        <div className={tableFrame}>
          <table className={table}>
            <thead>
              <tr>
                <th className={headCell}>{columns.who}</th>
                <th className={headCell}>{columns.outcome}</th>
                <th className={headCell}>{columns.machine}</th>
                <th className={classes(headCell, fromLg)}>{columns.why}</th>
                <th className={classes(headCell, fromMd)}>{columns.by}</th>
                <th className={classes(headCell, fromMd)}>{columns.when}</th>
              </tr>
            </thead>
            <tbody ref={list}>
              {entries.map((entry) => (
                <Row key={entry.id} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <LoadMore query={query} />
    </>
  )
}
