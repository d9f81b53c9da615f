/** How many wait in quarantine, for badges: the same read that the page of quarantine shows. */
import { useInfiniteQuery } from '@tanstack/react-query'

import { quarantineQuery } from '~/api/queries'
import { useFormat } from '~/i18n'

/** The number as text, with a plus when there are more than were read; null while nobody waits. */
export function useWaiting(): string | null {
  const format = useFormat()
  const { data, hasNextPage } = useInfiniteQuery(quarantineQuery(true))
  const count = data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0
  if (count === 0) return null
  return hasNextPage ? `${format.number(count)}+` : format.number(count)
}
