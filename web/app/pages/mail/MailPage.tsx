/** E-mail: the mail server, and the outbox. */
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Mail as MailIcon } from 'lucide-react'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { mayForServer } from '~/api/can'
import { meQuery, outboxQuery, serverMailQuery } from '~/api/queries'
import type { MailState } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Notice } from '~/ui/lib/Notice'
import { Segmented } from '~/ui/lib/Segmented'

import { OutboxTable } from './OutboxTable'
import { SettingsForm } from './SettingsForm'

function Settings() {
  const { settings: t } = useMessages().mail
  const query = useQuery(serverMailQuery)
  return (
    <section aria-labelledby="mail-server" className="max-w-[860px]">
      <h2 id="mail-server" className="mb-2 text-lg font-semibold">
        {t.heading}
      </h2>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={4} />}
      {query.data && (
        <>
          {!query.data.settings && <p className="mb-3 text-sm text-ink-2">{t.none}</p>}
          <SettingsForm mail={query.data} />
        </>
      )}
    </section>
  )
}

function NoMail({ show }: { show: MailState | undefined }) {
  const { outbox: t } = useMessages().mail
  if (show) {
    return (
      <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
        {t.noneShown}
      </p>
    )
  }
  return (
    <div className={tableFrame}>
      <EmptyState icon={<MailIcon aria-hidden size={22} />} title={t.empty.title}>
        {t.empty.body}
      </EmptyState>
    </div>
  )
}

function Outbox() {
  const { outbox: t } = useMessages().mail
  const navigate = useNavigate({ from: '/mail' })
  const { show } = useSearch({ from: '/shell/mail' })
  const query = useInfiniteQuery(outboxQuery(show))
  const mails = query.data?.pages.flatMap((page) => page.items)
  const options = [
    { value: 'all' as const, label: t.all },
    ...(['waiting', 'sent', 'failed'] as const).map((value) => ({ value, label: t.states[value] })),
  ]
  return (
    <section aria-labelledby="mail-outbox" className="mt-8">
      <div className="mb-3 flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 id="mail-outbox" className="text-lg font-semibold">
            {t.heading}
          </h2>
          <p className="max-w-[64ch] text-sm text-ink-2">{t.intro}</p>
        </div>
        <Segmented
          label={t.show}
          value={show ?? 'all'}
          onChange={(next) =>
            void navigate({ search: next === 'all' ? {} : { show: next }, replace: true })
          }
          options={options}
        />
      </div>
      <ListState query={query} rows={4} />
      {mails?.length === 0 && <NoMail show={show} />}
      {mails && mails.length > 0 && <OutboxTable mails={mails} />}
      <LoadMore query={query} />
    </section>
  )
}

export function MailPage() {
  const { mail: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (!mayForServer(me, 'server.manage')) {
    return (
      <>
        <PageHeader title={t.title} />
        <Notice>{t.ownersOnly}</Notice>
      </>
    )
  }
  return (
    <>
      <PageHeader title={t.title}>{t.intro}</PageHeader>
      <Settings />
      <Outbox />
    </>
  )
}
