/** The audit entries: who did what, when and from where; filtered, exported and verified. */
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronDown, Download, FileJson2, ScrollText, Sheet, ShieldCheck } from 'lucide-react'
import { useCallback } from 'react'

import { may } from '~/api/can'
import { auditQuery, meQuery, type AuditFilter } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Menu, MenuLabel, MenuLink } from '~/ui/lib/Menu'
import { Notice } from '~/ui/lib/Notice'

import { AuditFilters } from './AuditFilters'
import { AuditTable } from './AuditTable'
import { exportHref, filterOf, type AuditSearch } from './filter'
import { useVerification, VerificationResult } from './verification'

function ExportMenu({ filter }: { filter: AuditFilter }) {
  const { export: t } = useMessages().audit
  const trigger = (
    <Button>
      <Download aria-hidden size={15} />
      {t.button}
      <ChevronDown aria-hidden size={14} />
    </Button>
  )
  return (
    <Menu trigger={trigger}>
      <MenuLink href={exportHref('csv', filter)} download icon={<Sheet aria-hidden size={15} />}>
        {t.csv}
      </MenuLink>
      <MenuLink
        href={exportHref('ndjson', filter)}
        download
        icon={<FileJson2 aria-hidden size={15} />}
      >
        {t.ndjson}
      </MenuLink>
      <MenuLabel>{t.hint}</MenuLabel>
    </Menu>
  )
}

/** The filters in the address of the page, and how to change them. */
function useAuditSearch() {
  const search = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const change = useCallback(
    (changed: { [Name in keyof AuditSearch]?: string | undefined }) =>
      void navigate({
        search: (before) => ({ ...before, ...changed }),
        replace: true,
      }),
    [navigate],
  )
  const clear = useCallback(() => void navigate({ search: {}, replace: true }), [navigate])
  // Chosen in an entry far down the list: the way back leads there again.
  const narrow = useCallback(
    (chosen: AuditSearch) => void navigate({ search: (before) => ({ ...before, ...chosen }) }),
    [navigate],
  )
  return { search, change, clear, narrow }
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const { audit: t } = useMessages()
  const { title, body } = filtered ? t.none : t.empty
  const clear = filtered && <Button onClick={onClear}>{t.filters.clear}</Button>
  return (
    <div className={tableFrame}>
      <EmptyState icon={<ScrollText aria-hidden size={22} />} title={title} action={clear}>
        {body}
      </EmptyState>
    </div>
  )
}

function Entries() {
  const { audit: t } = useMessages()
  const { search, change, clear, narrow } = useAuditSearch()
  const filter = filterOf(search)
  const query = useInfiniteQuery(auditQuery(filter))
  const verification = useVerification()
  const entries = query.data?.pages.flatMap((page) => page.items)
  const complete = entries && entries.length > 0 && !query.hasNextPage
  const actions = (
    <>
      <Button
        pending={verification.mutation.isPending}
        onClick={() => verification.mutation.mutate()}
      >
        {!verification.mutation.isPending && <ShieldCheck aria-hidden size={15} />}
        {t.verify.button}
      </Button>
      <ExportMenu filter={filter} />
    </>
  )
  return (
    <>
      <PageHeader title={t.title} actions={actions}>
        {t.intro}
      </PageHeader>
      <div className="mb-3 empty:hidden">
        <VerificationResult {...verification} />
      </div>
      <AuditFilters search={search} onChange={change} onClear={clear} />
      <ListState query={query} rows={12} />
      {entries?.length === 0 && (
        <Nothing filtered={Object.keys(filter).length > 0} onClear={clear} />
      )}
      {entries && entries.length > 0 && (
        <div
          aria-busy={query.isPlaceholderData}
          className={query.isPlaceholderData ? 'opacity-60' : ''}
        >
          <AuditTable entries={entries} onNarrow={narrow} />
        </div>
      )}
      <LoadMore query={query} />
      {complete && <p className="py-4 text-center text-sm text-ink-3">{t.end}</p>}
    </>
  )
}

export function AuditPage() {
  const { audit: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'audit.read')) return <Entries />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.ownersOnly}</Notice>
    </>
  )
}
