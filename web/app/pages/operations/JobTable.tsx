/** Background jobs as rows: how each is by icon and word, when it ran and runs next, and why it fails. */
import { useMutation } from '@tanstack/react-query'
import { CircleCheck, CircleDashed, CircleX, OctagonX, Play, type LucideIcon } from 'lucide-react'

import { runServerJob } from '~/api/actions'
import type { ServerJob, ServerJobState } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Spinner } from '~/ui/lib/Spinner'
import { useToast } from '~/ui/lib/Toast'

import { Failure } from './Failure'

const looks: Record<ServerJobState, { tone: Tone; Icon: LucideIcon }> = {
  not_yet: { tone: 'neutral', Icon: CircleDashed },
  ok: { tone: 'ok', Icon: CircleCheck },
  failed: { tone: 'danger', Icon: CircleX },
  stopped: { tone: 'danger', Icon: OctagonX },
}

function State({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const { tone, Icon } = looks[job.state]
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      <Badge tone={tone}>
        <Icon aria-hidden size={13} className="shrink-0" />
        {t.states[job.state]}
      </Badge>
      {job.running && job.period_seconds !== null && (
        <span className="inline-flex items-center gap-1 text-xs text-ink-3">
          <Spinner size={12} />
          {t.running}
        </span>
      )}
    </span>
  )
}

function LastRun({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const format = useFormat()
  const { ended_at: at, duration_ms: took } = job
  if (!at) return job.period_seconds === null ? null : t.never
  return (
    <>
      <RelativeTime at={at} />
      {took !== null && (
        <div className="text-xs whitespace-nowrap">
          {t.took({ duration: format.span(took * 1000) })}
        </div>
      )}
    </>
  )
}

/** The words for a job; a newer server may have jobs that we do not know. */
function useJobWords(): (job: ServerJob) => { name: string; does: string } {
  const { operations: t } = useMessages()
  return ({ name, description }) => byCode(t.jobs, name) ?? { name, does: description }
}

function RunNow({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const { name } = useJobWords()(job)
  const toast = useToast()
  const onError = useProblemToast()
  const run = useMutation({
    mutationFn: () => runServerJob(job.name),
    onSuccess: () => toast({ tone: 'ok', title: t.asked({ job: name }) }),
    onError,
  })
  return (
    <Button
      size="sm"
      aria-label={t.runNowLabel({ job: name })}
      pending={run.isPending}
      onClick={() => run.mutate()}
    >
      <Play aria-hidden size={12} />
      <span className="max-sm:sr-only">{t.runNow}</span>
    </Button>
  )
}

function JobRow({ job }: { job: ServerJob }) {
  const { operations: t } = useMessages()
  const format = useFormat()
  const { name, does } = useJobWords()(job)
  const { period_seconds: period, next_run_at: next } = job
  return (
    <tr className={classes(bodyRow, 'align-top')}>
      <th scope="row" className={classes(cell, 'w-[26%] py-2 align-top font-normal')}>
        <span className="font-semibold">{name}</span>
        <div className="text-xs text-ink-3 max-sm:hidden">{does}</div>
      </th>
      <td className={classes(cell, 'py-2 align-top')}>
        <State job={job} />
        <Failure job={job} />
      </td>
      <td className={classes(cell, fromMd, 'w-32 py-2 align-top text-ink-2')}>
        <LastRun job={job} />
      </td>
      <td className={classes(cell, fromLg, 'w-36 py-2 align-top text-ink-2')}>
        {next && <RelativeTime at={next} />}
        <div className="text-xs whitespace-nowrap text-ink-3">
          {period === null ? t.always : t.every({ period: format.duration(period) })}
        </div>
      </td>
      <td className={classes(cell, 'w-0 py-2 text-right align-top')}>
        {job.can_run && <RunNow job={job} />}
      </td>
    </tr>
  )
}

export function JobTable({ jobs }: { jobs: readonly ServerJob[] }) {
  const t = useMessages()
  const { columns, label } = t.operations
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={label}>
        <thead>
          <tr>
            <th className={headCell}>{columns.job}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromMd)}>{columns.last}</th>
            <th className={classes(headCell, fromLg)}>{columns.next}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <JobRow key={job.name} job={job} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
