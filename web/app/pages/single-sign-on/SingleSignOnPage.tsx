/** Single sign-on: the identity providers with which people sign in. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { LogIn, Plus } from 'lucide-react'
import { useState } from 'react'

import { mayForServer } from '~/api/can'
import { type IdentityProvider, identityProvidersQuery } from '~/api/identity-providers'
import { meQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { CheckDialog } from './CheckDialog'
import { ProviderDialog } from './ProviderDialog'
import { ProviderTable } from './ProviderTable'

function Providers({ me }: { me: Me }) {
  const { signOn: t } = useMessages()
  const query = useQuery(identityProvidersQuery)
  const [creating, setCreating] = useState(false)
  const [made, setMade] = useState<IdentityProvider | null>(null)
  const providers = query.data
  const button = (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader title={t.title} actions={providers && providers.length > 0 && button}>
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={3} />
      {providers?.length === 0 && (
        <EmptyState icon={<LogIn aria-hidden size={22} />} title={t.none} action={button}>
          {t.noneBody}
        </EmptyState>
      )}
      {providers && providers.length > 0 && <ProviderTable providers={providers} me={me} />}
      {creating && (
        <ProviderDialog
          me={me}
          provider={null}
          onClose={() => setCreating(false)}
          onMade={setMade}
        />
      )}
      {made && <CheckDialog provider={made} onClose={() => setMade(null)} />}
    </>
  )
}

export function SingleSignOnPage() {
  const { signOn: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (mayForServer(me, 'server.manage')) return <Providers me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.notAllowed}</Notice>
    </>
  )
}
