/** Background jobs of the mock server: one fails, one failed before and works again, one has not run yet. */
import type { ServerJob, ServerJobName } from '~/api/types'

const SECOND = 1000
const MINUTE = 60 * SECOND

export function someJobs(now: number): ServerJob[] {
  const at = (offset: number) => new Date(now + offset).toISOString()
  const job = (name: ServerJobName, more: Partial<ServerJob> = {}): ServerJob => ({
    name,
    description: `What the job ${name} does.`,
    state: 'ok',
    running: false,
    can_run: true,
    period_seconds: 60,
    started_at: at(-40 * SECOND),
    ended_at: at(-40 * SECOND),
    duration_ms: 3,
    succeeded_at: at(-40 * SECOND),
    next_run_at: at(20 * SECOND),
    runs: 120,
    failed_runs: 0,
    failures_in_a_row: 0,
    failure: null,
    ...more,
  })
  return [
    job('listener', {
      running: true,
      can_run: false,
      period_seconds: null,
      ended_at: null,
      duration_ms: null,
      next_run_at: null,
      runs: 0,
    }),
    job('mail', {
      state: 'failed',
      period_seconds: 20,
      duration_ms: 2100,
      succeeded_at: at(-100 * MINUTE),
      next_run_at: at(9 * MINUTE),
      failed_runs: 3,
      failures_in_a_row: 3,
      failure: {
        code: 'unreachable',
        detail:
          'Nobody answers at smtp.atlantico.example:587: connection refused. Check the address, the port and the firewall.',
        at: at(-3 * MINUTE),
        since: at(-85 * MINUTE),
      },
    }),
    job('old_mail'),
    job('identity_keys', { period_seconds: 5 }),
    job('audit', {
      failed_runs: 1,
      failure: {
        code: 'storage_busy',
        detail: 'The database is busy.',
        at: at(-200 * MINUTE),
        since: at(-200 * MINUTE),
      },
    }),
    job('logins'),
    job('support', {
      state: 'not_yet',
      started_at: null,
      ended_at: null,
      duration_ms: null,
      succeeded_at: null,
      runs: 0,
    }),
  ]
}

/** As it is after a run that was fine. */
export const worked = (job: ServerJob, now: number): ServerJob => ({
  ...job,
  state: 'ok',
  running: false,
  failures_in_a_row: 0,
  runs: job.runs + 1,
  started_at: new Date(now).toISOString(),
  ended_at: new Date(now).toISOString(),
  succeeded_at: new Date(now).toISOString(),
  next_run_at: new Date(now + MINUTE).toISOString(),
})
