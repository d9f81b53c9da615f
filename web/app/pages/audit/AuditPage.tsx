/** The audit entries: who did what, when, and under which request. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { useState } from 'react'

import { auditQuery } from '~/api/queries'
import type { AuditEntry } from '~/api/types'
import { useNow } from '~/components/clock'
import { EmptyState } from '~/components/EmptyState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { matcher } from '~/components/search'
import { SearchBox } from '~/components/SearchBox'
import { SkeletonRows } from '~/components/SkeletonRows'
import {
  bodyRow,
  cell,
  fromLg,
  fromMd,
  fromXl,
  headCell,
  table,
  tableFrame,
} from '~/components/table'
import { useFormat, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { classes } from '~/ui/lib/classes'
import { CopyButton } from '~/ui/lib/CopyButton'

import { detailText } from './detail'

const actionText = (t: Messages, action: string): string => byCode(t.codes.action, action) ?? action

function Target({ target }: { target: NonNullable<AuditEntry['target']> }) {
  const { name } = target
  if (target.kind !== 'machine') return <strong className="font-semibold">{name}</strong>
  return (
    <Link to="/machines/$id" params={{ id: target.id }} className="font-semibold hover:underline">
      {name}
    </Link>
  )
}

function AuditRow({ entry }: { entry: AuditEntry }) {
  const t = useMessages()
  const format = useFormat()
  const now = useNow()
  const { at, actor, action, target, detail, request_id } = entry
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, fromMd, 'whitespace-nowrap text-ink-2')}>
        <time dateTime={at} title={format.exact(at)}>
          {format.moment(at, now)}
        </time>
      </td>
      <td className={classes(cell, 'font-semibold break-words max-md:max-w-28')}>
        {actor.name || (byCode(t.codes.actorKind, actor.kind) ?? actor.kind)}
      </td>
      <td className={cell}>
        {actionText(t, action)} {target && <Target target={target} />}
        <div className="text-xs text-ink-3 md:hidden">{format.moment(at, now)}</div>
      </td>
      <td
        className={classes(cell, fromLg, 'max-w-[260px] truncate text-ink-3 proportional-nums')}
        title={detailText(detail)}
      >
        {detailText(detail)}
      </td>
      <td className={classes(cell, fromXl, 'w-0 whitespace-nowrap')}>
        {request_id && (
          <span className="flex items-center gap-1 text-ink-3">
            <code className="w-24 truncate font-mono text-xs" title={request_id}>
              {request_id}
            </code>
            <CopyButton text={request_id} label={t.shell.copyRequestId} />
          </span>
        )}
      </td>
    </tr>
  )
}

function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  const t = useMessages()
  const { columns } = t.audit
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={classes(headCell, fromMd)}>{columns.at}</th>
            <th className={headCell}>{columns.actor}</th>
            <th className={headCell}>{columns.action}</th>
            <th className={classes(headCell, fromLg)}>{columns.detail}</th>
            <th className={classes(headCell, fromXl)}>{t.shell.requestId}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AuditList({ entries }: { entries: readonly AuditEntry[] }) {
  const t = useMessages()
  const [q, setQ] = useState('')
  const matches = matcher(q)
  const rows = entries.filter(({ actor, action, target, detail, request_id }) =>
    matches(
      actor.name,
      action,
      actionText(t, action),
      target?.name,
      detailText(detail),
      request_id,
    ),
  )
  return (
    <>
      <div className="mb-3">
        <SearchBox
          label={t.audit.searchLabel}
          placeholder={t.audit.searchPlaceholder}
          value={q}
          onChange={setQ}
        />
      </div>
      {rows.length > 0 ? (
        <AuditTable entries={rows} />
      ) : (
        <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
          {t.audit.noneLoaded({ query: q })}
        </p>
      )}
    </>
  )
}

export function AuditPage() {
  const { audit: t } = useMessages()
  const query = useInfiniteQuery(auditQuery)
  const entries = query.data?.pages.flatMap((page) => page.items)
  const complete = entries && entries.length > 0 && !query.hasNextPage
  return (
    <>
      <PageHeader title={t.title}>{t.intro}</PageHeader>
      {query.isError && !query.isFetchNextPageError && (
        <div className="mb-3">
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <SkeletonRows count={12} />}
      {entries?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<ScrollText aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {entries && entries.length > 0 && <AuditList entries={entries} />}
      <LoadMore query={query} />
      {complete && <p className="py-4 text-center text-sm text-ink-3">{t.end}</p>}
    </>
  )
}
