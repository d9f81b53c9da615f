/** What the signed-in person may do, for parts of a page that have no account at hand. */
import { useQuery } from '@tanstack/react-query'

import { may } from '~/api/can'
import { meQuery } from '~/api/queries'
import type { Permission } from '~/api/types'

/** Whether they may in any of their organizations; nothing until it is known. */
export function useMay(): (permission: Permission) => boolean {
  const { data: me } = useQuery(meQuery)
  return (permission) => me !== undefined && may(me, permission)
}
