/** The query cache. Nothing goes stale by age: the event stream says when to read again (see `events.ts`). */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'

import { ApiProblem, isSignedOut, lacksFactor } from './problem'

/** `onSignedOut` hears of every request that failed because the login has ended. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (problem: unknown) => {
    if (isSignedOut(problem)) onSignedOut()
    // The rules changed under an open page; the account itself says what is missing.
    if (lacksFactor(problem))
      void client.invalidateQueries({ queryKey: ['me'], exact: true }, { cancelRefetch: false })
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        // Reads do not wait for the browser to believe in the network: the server may be on this machine.
        networkMode: 'always',
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // Once, and only where a second try can help.
        retry: (failures, problem) =>
          failures < 1 &&
          problem instanceof ApiProblem &&
          (problem.status === 0 || problem.status >= 502),
        retryDelay: 500,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
  return client
}
