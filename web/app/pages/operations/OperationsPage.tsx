/** Operations: what the server does by itself, how that goes, and why it failed last. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Activity } from 'lucide-react'

import { mayForServer } from '~/api/can'
import { meQuery, serverJobsQuery } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Notice } from '~/ui/lib/Notice'

import { JobTable } from './JobTable'
import { failuresFirst, isFailing } from './order'

function Jobs() {
  const { operations: t } = useMessages()
  const query = useQuery(serverJobsQuery)
  const jobs = query.data
  const failing = jobs?.filter(isFailing).length ?? 0
  const aside = failing > 0 ? t.failing({ count: failing }) : t.allWork
  return (
    <>
      <PageHeader title={t.title} aside={jobs && jobs.length > 0 && aside}>
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={8} />
      {jobs?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<Activity aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {jobs && jobs.length > 0 && <JobTable jobs={failuresFirst(jobs)} />}
    </>
  )
}

export function OperationsPage() {
  const { operations: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (mayForServer(me, 'server.manage')) return <Jobs />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.ownersOnly}</Notice>
    </>
  )
}
