/** What stands around pages that need a login: the frame, or the one step that is missing before it. */
import { useSuspenseQuery } from '@tanstack/react-query'

import { meQuery } from '~/api/queries'
import { SecondFactorPage } from '~/pages/second-factor/SecondFactorPage'

import { AppShell } from './AppShell'

export function Shell() {
  const { data: me } = useSuspenseQuery(meQuery)
  return me.second_factor_missing?.overdue ? <SecondFactorPage me={me} /> : <AppShell />
}
