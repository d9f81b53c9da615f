/** What happens once somebody is signed in: remember who, follow their language, go where they wanted to. */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'

import { meQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { localeOf, useI18n } from '~/i18n'
import { usePreference } from '~/preferences'

/** `next` is a path of this console. */
export function useEntered(next?: string): (me: Me) => void {
  const queryClient = useQueryClient()
  const router = useRouter()
  const [chosen] = usePreference('locale')
  const { setLocale } = useI18n()
  return (me) => {
    queryClient.setQueryData(meQuery.queryKey, me)
    const theirs = localeOf(me.account.locale)
    // A choice made in this browser wins over the one kept in the account.
    if (!chosen && theirs) setLocale(theirs)
    router.history.replace(next ?? '/machines')
  }
}
