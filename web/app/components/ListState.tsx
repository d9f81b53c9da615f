/** What stands in place of a list while it is read, or when it could not be. */
import type { UseQueryResult } from '@tanstack/react-query'

import { ProblemNotice } from './ProblemNotice'
import { SkeletonRows } from './SkeletonRows'

interface ListStateProps {
  query: Pick<UseQueryResult, 'isError' | 'isPending' | 'error' | 'refetch'>
  /** About as many as will be there. */
  rows: number
}

export const ListState = ({ query, rows }: ListStateProps) => (
  <>
    {query.isError && (
      <div className="mb-3">
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      </div>
    )}
    {query.isPending && <SkeletonRows count={rows} />}
  </>
)
