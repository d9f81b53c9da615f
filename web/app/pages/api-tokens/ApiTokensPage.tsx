/** API tokens: the reader's own, those of service accounts, and those of others that they may revoke. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Bot, KeySquare, Plus } from 'lucide-react'

import { apiTokenState, may } from '~/api/can'
import { apiTokensQuery, meQuery, serviceAccountsQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { useNow } from '~/components/clock'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { PageTabs, pageTab } from '~/components/PageTabs'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { placesToGive } from '~/pages/people/form'
import { Button } from '~/ui/lib/Button'
import { Switch } from '~/ui/lib/Switch'

import { CreateServiceAccountDialog } from './ServiceAccountDialogs'
import { ServiceAccountTable } from './ServiceAccountTable'
import { CreateTokenDialog } from './TokenDialogs'
import { TokenTable } from './TokenTable'

const quiet = 'rounded-lg border border-line bg-surface px-4 py-6 text-center text-sm text-ink-2'

interface TokensProps {
  me: Me
  whose: 'own' | 'managed'
  ended: boolean
  onEnded: (ended: boolean) => void
}

function Tokens({ me, whose, ended, onEnded }: TokensProps) {
  const { apiTokens: t } = useMessages()
  const query = useQuery(apiTokensQuery(whose))
  const now = useNow()
  const tokens = query.data
  const shown = tokens?.filter((token) => ended || apiTokenState(token, now) === 'active')
  const none =
    whose === 'managed' ? (
      <p className={quiet}>{t.others.none}</p>
    ) : (
      <div className={tableFrame}>
        <EmptyState icon={<KeySquare aria-hidden size={22} />} title={t.empty.title}>
          {t.empty.body}
        </EmptyState>
      </div>
    )
  return (
    <>
      {whose === 'managed' && <p className="mb-3 text-sm text-ink-2">{t.others.intro}</p>}
      {tokens && tokens.length > 0 && (
        <div className="mb-3 flex justify-end">
          <Switch label={t.showEnded} checked={ended} onChange={onEnded} />
        </div>
      )}
      <ListState query={query} rows={3} />
      {tokens?.length === 0 && none}
      {tokens && tokens.length > 0 && shown?.length === 0 && <p className={quiet}>{t.noneLive}</p>}
      {shown && shown.length > 0 && (
        <TokenTable tokens={shown} me={me} others={whose === 'managed'} />
      )}
    </>
  )
}

function ServiceAccounts({ me }: { me: Me }) {
  const { service: t } = useMessages().apiTokens
  const query = useQuery(serviceAccountsQuery)
  const accounts = query.data
  return (
    <>
      <p className="mb-3 text-sm text-ink-2">{t.intro}</p>
      <ListState query={query} rows={3} />
      {accounts?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<Bot aria-hidden size={22} />} title={t.none.title}>
            {t.none.body}
          </EmptyState>
        </div>
      )}
      {accounts && accounts.length > 0 && <ServiceAccountTable accounts={accounts} me={me} />}
    </>
  )
}

export function ApiTokensPage() {
  const { apiTokens: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  const navigate = useNavigate({ from: '/api-tokens' })
  const search = useSearch({ from: '/shell/api-tokens' })
  const sees = may(me, 'account.see')
  const manages = may(me, 'account.manage')
  const asked = search.tab ?? 'own'
  // A tab that the reader's roles do not show is the first one.
  const tab = (asked === 'service' && !sees) || (asked === 'others' && !manages) ? 'own' : asked
  const { create = false, ended = false } = search
  const go = (next: { create?: boolean; ended?: boolean }) =>
    void navigate({
      search: {
        ...(tab === 'own' ? {} : { tab }),
        ...(next.create ? { create: true } : {}),
        ...(next.ended ? { ended: true } : {}),
      },
      replace: true,
    })
  const makes = tab === 'own' || (tab === 'service' && placesToGive(me).length > 0)
  const button = makes && (
    <Button look="primary" onClick={() => go({ create: true, ended })}>
      <Plus aria-hidden size={15} />
      {tab === 'service' ? t.service.create : t.create}
    </Button>
  )
  const close = () => go({ ended })
  return (
    <>
      <PageHeader title={t.title} actions={button}>
        {t.intro}
      </PageHeader>
      {sees && (
        <PageTabs label={t.tabsLabel}>
          <Link to="/api-tokens" search={{}} {...pageTab(tab === 'own')}>
            {t.tabs.own}
          </Link>
          <Link to="/api-tokens" search={{ tab: 'service' }} {...pageTab(tab === 'service')}>
            {t.tabs.service}
          </Link>
          {manages && (
            <Link to="/api-tokens" search={{ tab: 'others' }} {...pageTab(tab === 'others')}>
              {t.tabs.others}
            </Link>
          )}
        </PageTabs>
      )}
      {tab === 'service' ? (
        <ServiceAccounts me={me} />
      ) : (
        <Tokens
          key={tab}
          me={me}
          whose={tab === 'own' ? 'own' : 'managed'}
          ended={ended}
          onEnded={(next) => go({ create, ended: next })}
        />
      )}
      {create && tab === 'own' && <CreateTokenDialog me={me} onClose={close} />}
      {create && makes && tab === 'service' && (
        <CreateServiceAccountDialog me={me} onClose={close} />
      )}
    </>
  )
}
