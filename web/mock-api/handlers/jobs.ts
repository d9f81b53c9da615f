/** The server's background jobs. Whoever runs one sees it at work; in the mock it is fine when the story says so. */
import type { ServerJob } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { requireForServer } from './checks'
import { page } from './pages'

type Names = 'GET /api/server-jobs' | 'POST /api/server-jobs/{name}/run'

const fails = ({ state }: ServerJob) => state === 'failed' || state === 'stopped'

export function jobHandlers(db: MockDb): Handlers<Names> {
  return {
    'GET /api/server-jobs': ({ query }) => {
      requireForServer(db, 'server.manage')
      const only = query.get('failing') === 'true'
      return page(db, only ? db.serverJobs.filter(fails) : db.serverJobs, query)
    },
    'POST /api/server-jobs/{name}/run': ({ params }) => {
      requireForServer(db, 'server.manage')
      const job = db.serverJobs.find(({ name }) => name === params['name'])
      if (!job) throw notFound('job')
      if (!job.can_run) throw new MockProblem(409, 'conflict', 'It is at work all the time.')
      Object.assign(job, { running: true, next_run_at: null })
      db.publish('server-jobs', 'audit')
      return job
    },
  }
}
