/** Enrollment tokens: what may still enroll machines, what came of it, and the way to a new one. */
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'

import { may } from '~/api/can'
import { enrollmentTokensQuery, meQuery, type TokenFilter } from '~/api/queries'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'
import { Segmented } from '~/ui/lib/Segmented'

import { CreateTokenDialog } from './CreateTokenDialog'
import { TokenTable } from './TokenTable'

function NoTokens({ show }: { show: TokenFilter }) {
  const { enrollment: t } = useMessages()
  if (show !== 'all') {
    return (
      <p className="rounded-lg border border-line bg-surface px-4 py-10 text-center text-sm text-ink-2">
        {t.noneShown[show]}
      </p>
    )
  }
  return (
    <div className={tableFrame}>
      <EmptyState icon={<KeyRound aria-hidden size={22} />} title={t.empty.title}>
        {t.empty.body}
      </EmptyState>
    </div>
  )
}

function TokenList({ show }: { show: TokenFilter }) {
  const query = useInfiniteQuery(enrollmentTokensQuery(show))
  const tokens = query.data?.pages.flatMap((page) => page.items)
  return (
    <>
      <ListState query={query} rows={5} />
      {tokens?.length === 0 && <NoTokens show={show} />}
      {tokens && tokens.length > 0 && <TokenTable tokens={tokens} />}
      <LoadMore query={query} />
    </>
  )
}

function Tokens() {
  const { enrollment: t } = useMessages()
  const navigate = useNavigate({ from: '/enrollment' })
  const { create = false, show = 'all' } = useSearch({ from: '/shell/enrollment' })
  const go = (next: { create?: boolean; show?: TokenFilter }) =>
    void navigate({
      search: {
        ...(next.create ? { create: true } : {}),
        ...(next.show && next.show !== 'all' ? { show: next.show } : {}),
      },
      replace: true,
    })
  const button = (
    <Button look="primary" onClick={() => go({ create: true, show })}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader title={t.title} actions={button}>
        {t.intro}
      </PageHeader>
      <div className="mb-3">
        <Segmented
          label={t.show}
          value={show}
          onChange={(next) => go({ show: next })}
          options={(['all', 'active', 'ended'] as const).map((value) => ({
            value,
            label: t.filters[value],
          }))}
        />
      </div>
      <TokenList show={show} />
      {create && <CreateTokenDialog onClose={() => go({ show })} />}
    </>
  )
}

export function EnrollmentPage() {
  const { enrollment: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'enrollment.manage')) return <Tokens />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.ownersOnly}</Notice>
    </>
  )
}
