/** Whether the signed-in person may manage, for parts of a page that have no account at hand. */
import { useQuery } from '@tanstack/react-query'

import { canManage } from '~/api/can'
import { meQuery } from '~/api/queries'

/** False until it is known. */
export function useMayManage(): boolean {
  const { data: me } = useQuery(meQuery)
  return me !== undefined && canManage(me)
}
