/** What belongs to the whole server and only owners change. */
import { useSuspenseQuery } from '@tanstack/react-query'

import { mayForServer } from '~/api/can'
import { meQuery } from '~/api/queries'
import { PageHeader } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { Notice } from '~/ui/lib/Notice'

import { ServerCertificate } from './ServerCertificate'
import { ServerIdentity } from './ServerIdentity'
import { SignInRules } from './SignInRules'

export function SettingsPage() {
  const t = useMessages().identity.server
  const { data: me } = useSuspenseQuery(meQuery)
  return (
    <>
      <PageHeader title={t.title} />
      {mayForServer(me, 'server.manage') ? (
        <>
          <ServerIdentity />
          <ServerCertificate />
          <SignInRules />
        </>
      ) : (
        <Notice>{t.ownersOnly}</Notice>
      )}
    </>
  )
}
