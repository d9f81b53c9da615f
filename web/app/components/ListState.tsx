/** What stands in place of a list while it is read, or when it could not be. */
import { ProblemNotice } from './ProblemNotice'
import { SkeletonRows } from './SkeletonRows'

interface ListStateProps {
  query: {
    isError: boolean
    isPending: boolean
    error: unknown
    refetch: () => Promise<unknown>
    /** The pages before are there, and the button for more says what went wrong. */
    isFetchNextPageError?: boolean
  }
  /** About as many as will be there. */
  rows: number
}

export const ListState = ({ query, rows }: ListStateProps) => (
  <>
    {query.isError && !query.isFetchNextPageError && (
      <div className="mb-3">
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      </div>
    )}
    {query.isPending && <SkeletonRows count={rows} />}
  </>
)
