/** In which order jobs are shown. Pure. */
import type { ServerJob } from '~/api/types'

const ranks: Partial<Record<ServerJob['state'], number>> = { stopped: 0, failed: 1 }
const rank = ({ state }: Pick<ServerJob, 'state'>): number => ranks[state] ?? 2

export const isFailing = (job: Pick<ServerJob, 'state'>): boolean => rank(job) < 2

/** What needs a person first; otherwise as the server lists them. */
export const failuresFirst = <Job extends Pick<ServerJob, 'state'>>(jobs: readonly Job[]): Job[] =>
  jobs.toSorted((a, b) => rank(a) - rank(b))
