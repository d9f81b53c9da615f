/** Puts the console together: query cache and router, which need each other when a login ends. */
import type { QueryClient } from '@tanstack/react-query'
import type { RouterHistory } from '@tanstack/react-router'

import { meQuery } from '~/api/queries'
import { createQueryClient } from '~/api/query-client'
import { createConsoleRouter } from '~/routes'

export interface Console {
  queryClient: QueryClient
  router: ReturnType<typeof createConsoleRouter>
}

/** `history` is given by tests; the browser's own otherwise. */
export function createConsole(history?: RouterHistory): Console {
  const queryClient = createQueryClient(() => {
    // Before the first sign-in the shell route sends people on; here a login ended under an open page.
    if (queryClient.getQueryData(meQuery.queryKey) === undefined) return
    const { href, pathname } = router.state.location
    // Somebody who signs out is there already, and does not want to come back to it.
    if (pathname === '/sign-in') return
    const next = href
    queryClient.clear()
    void router.navigate({ to: '/sign-in', search: { next }, replace: true })
  })
  const router = createConsoleRouter(queryClient, history)
  return { queryClient, router }
}
