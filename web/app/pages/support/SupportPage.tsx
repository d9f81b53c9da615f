/** Support: the people who wait with a code, live, and the codes that are open. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Headset, Plus } from 'lucide-react'
import type { ReactNode } from 'react'

import { meQuery, supportCodesQuery, supportQueueQuery } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useShortcut } from '~/components/shortcuts'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { CodeTable } from './CodeTable'
import { NewCodeDialog } from './NewCodeDialog'
import { WaitingTable } from './WaitingTable'

interface Read {
  isPending: boolean
  isError: boolean
  error: unknown
  refetch: () => Promise<unknown>
}

/** A list with its heading; while it is read for the first time, and when that fails, something stands in its place. */
function Section({ title, query, children }: { title: string; query: Read; children: ReactNode }) {
  return (
    <section className="mb-8">
      <h2 className="mb-2 font-semibold">{title}</h2>
      <ListState query={query} rows={2} />
      {children}
    </section>
  )
}

function Waiting({ onNew }: { onNew: () => void }) {
  const { support: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const query = useQuery(supportQueueQuery)
  const action = (
    <Button look="primary" onClick={onNew}>
      <Plus aria-hidden size={15} />
      {t.newCode}
    </Button>
  )
  return (
    <Section title={t.waiting.title} query={query}>
      {query.data?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState
            icon={<Headset aria-hidden size={22} />}
            title={t.waiting.empty.title}
            action={action}
          >
            {t.waiting.empty.body}
          </EmptyState>
        </div>
      )}
      {query.data && query.data.length > 0 && <WaitingTable people={query.data} me={me} />}
    </Section>
  )
}

function Codes() {
  const { support: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const query = useQuery(supportCodesQuery)
  return (
    <Section title={t.codes.title} query={query}>
      {query.data?.length === 0 && (
        <p className="rounded-lg border border-line bg-surface px-4 py-6 text-center text-sm text-ink-2">
          {t.codes.empty}
        </p>
      )}
      {query.data && query.data.length > 0 && <CodeTable codes={query.data} me={me} />}
    </Section>
  )
}

export function SupportPage() {
  const { support: t } = useMessages()
  const navigate = useNavigate({ from: '/support' })
  const { create = false } = useSearch({ from: '/shell/support' })
  const go = (open: boolean) =>
    void navigate({ search: open ? { create: true } : {}, replace: true })
  useShortcut('n', () => go(true))
  const button = (
    <Button look="primary" onClick={() => go(true)}>
      <Plus aria-hidden size={15} />
      {t.newCode}
    </Button>
  )
  return (
    <>
      <PageHeader title={t.title} actions={button}>
        {t.intro}
      </PageHeader>
      <Waiting onNew={() => go(true)} />
      <Codes />
      {create && <NewCodeDialog onClose={() => go(false)} />}
    </>
  )
}
