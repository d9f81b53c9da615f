/** How many wait in quarantine, for badges and the head of its page. */
import { useQuery } from '@tanstack/react-query'

import { quarantineCountsQuery } from '~/api/queries'
import { useFormat } from '~/i18n'

/** The number as text; null while nobody waits or it is not known yet. */
export function useWaiting(): string | null {
  const format = useFormat()
  const { data } = useQuery(quarantineCountsQuery)
  return data && data.waiting > 0 ? format.number(data.waiting) : null
}
