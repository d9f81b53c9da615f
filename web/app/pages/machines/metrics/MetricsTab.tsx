/** How busy a machine is and was: live, and over an hour, a day, a week, a year. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Activity } from 'lucide-react'
import { useMemo, useState } from 'react'

import {
  canMeasure,
  LIVE_SECONDS,
  METRIC_RANGES,
  type MetricRange,
  type MetricUnit,
  type PastRange,
} from '~/api/metrics'
import { liveMetricsQuery, machineMetricsQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { useUnits } from '~/pages/machines/inventory/units'
import { Button } from '~/ui/lib/Button'
import { Chart } from '~/ui/lib/Chart'
import { Segmented } from '~/ui/lib/Segmented'

import {
  columnsOf,
  figuresOf,
  GRAPHS,
  linesOf,
  liveFiguresOf,
  valueOf,
  type Figures,
} from './graphs'

/** Values and moments in words; the same object until the language or the range changes. */
function useTexts(range: MetricRange) {
  const { metrics: t } = useMessages()
  const format = useFormat()
  const units = useUnits()
  return useMemo(() => {
    const at = (ms: number) => new Date(ms).toISOString()
    // Of the year the day matters, of a minute the second, and the time of the day in between.
    const moments: Record<MetricRange, (ms: number) => string> = {
      live: (ms) => format.moment(at(ms), ms),
      hour: (ms) => format.time(at(ms)),
      day: (ms) => format.dateTime(at(ms)),
      week: (ms) => format.dateTime(at(ms)),
      year: (ms) => units.date(ms),
    }
    const value = (unit: MetricUnit) => valueOf(unit, { format, units, perSecond: t.perSecond })
    return { t, value, moment: moments[range] }
  }, [t, format, units, range])
}

type Texts = ReturnType<typeof useTexts>

/** All numbers, the newest first, for who does not see graphs and for who wants to copy them. */
function Numbers({
  figures,
  range,
  texts,
}: {
  figures: Figures
  range: MetricRange
  texts: Texts
}) {
  const { t, value, moment } = texts
  const [open, setOpen] = useState(false)
  const columns = columnsOf(figures)
  const rows = figures.times.map((time, index) => ({ time, index })).toReversed()
  return (
    <div className="mt-4">
      <Button size="sm" look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t.table}
      </Button>
      {open && (
        // Wider than a phone and long: within reach of the keyboard, so that it can be scrolled.
        <div
          role="region"
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          aria-label={t.caption({ range: t.ranges[range] })}
          className={`${tableFrame} mt-2 max-h-120 overflow-y-auto focus-visible:outline-2 focus-visible:outline-focus`}
        >
          <table className={table}>
            <caption className="sr-only">{t.caption({ range: t.ranges[range] })}</caption>
            <thead>
              <tr>
                <th className={headCell}>{t.time}</th>
                {columns.map(({ name }) => (
                  <th key={name} className={headCell}>
                    {t.names[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ time, index }) => (
                <tr key={time} className={bodyRow}>
                  <th scope="row" className={`${cell} font-normal whitespace-nowrap`}>
                    {moment(time)}
                  </th>
                  {columns.map(({ name, unit, values }) => {
                    const read = values[index] ?? null
                    return (
                      <td key={name} className={`${cell} whitespace-nowrap tabular-nums`}>
                        {read === null ? '–' : value(unit)(read)}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

function Graphs({ figures, range }: { figures: Figures; range: MetricRange }) {
  const texts = useTexts(range)
  const { t, value, moment } = texts
  return (
    <>
      <div className="grid gap-4 lg:grid-cols-2">
        {GRAPHS.map((graph) => {
          const lines = linesOf(graph, figures)
          const [first] = lines ?? []
          if (!lines || !first) return null
          return (
            <Chart
              key={graph.name}
              label={t.graphs[graph.name]}
              times={figures.times}
              from={figures.from}
              to={figures.to}
              step={figures.step}
              top={graph.top}
              unit={first.unit === 'bytes' ? 1024 : undefined}
              lines={lines.map(({ name, tone, values, low, high }) => ({
                label: t.names[name],
                tone,
                values,
                // What hardly changes needs no band.
                low: tone === 'quiet' ? undefined : low,
                high: tone === 'quiet' ? undefined : high,
              }))}
              value={value(first.unit)}
              moment={moment}
              nothing={t.nothingYet}
            />
          )
        })}
      </div>
      <Numbers figures={figures} range={range} texts={texts} />
    </>
  )
}

function Nothing({ why }: { why: 'past' | 'soon' | 'offline' | 'cannot' | 'full' }) {
  const { metrics: t } = useMessages()
  return (
    <div className={tableFrame}>
      <EmptyState icon={<Activity aria-hidden size={22} />} title={t.none.title}>
        {t.none[why]}
      </EmptyState>
    </div>
  )
}

function Past({ machine, range }: { machine: Machine; range: PastRange }) {
  const query = useQuery(machineMetricsQuery(machine.id, range))
  const figures = useMemo(() => query.data && figuresOf(query.data), [query.data])
  if (!figures) {
    return query.isError ? (
      <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <SkeletonRows count={6} />
    )
  }
  if (figures.times.length > 0) return <Graphs figures={figures} range={range} />
  const verdict = canMeasure(machine)
  if (verdict === 'cannot') return <Nothing why="cannot" />
  return <Nothing why={verdict === 'yes' && range === 'hour' ? 'soon' : 'past'} />
}

function Live({ machine }: { machine: Machine }) {
  const { metrics: t } = useMessages()
  const verdict = canMeasure(machine)
  const query = useQuery({ ...liveMetricsQuery(machine.id), enabled: verdict === 'yes' })
  const { data } = query
  const figures = useMemo(() => data && liveFiguresOf(data, LIVE_SECONDS), [data])
  if (verdict !== 'yes') return <Nothing why={verdict} />
  if (query.isError) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  if (data && !data.live) return <Nothing why="full" />
  if (!figures || figures.times.length === 0) {
    return (
      <p role="status" className="py-8 text-center text-sm text-ink-2">
        {t.waiting}
      </p>
    )
  }
  return <Graphs figures={figures} range="live" />
}

export function MetricsTab({ machine }: { machine: Machine }) {
  const { metrics: t } = useMessages()
  const navigate = useNavigate()
  const { range = 'hour' } = useSearch({ from: '/shell/machines/$id' })
  const choose = (next: MetricRange) =>
    void navigate({
      to: '/machines/$id',
      params: { id: machine.id },
      search: { tab: 'metrics', ...(next === 'hour' ? {} : { range: next }) },
      replace: true,
    })
  const options = METRIC_RANGES.map((value) => ({ value, label: t.ranges[value] }))
  return (
    <>
      <h2 className="sr-only">{t.tab}</h2>
      <div className="mb-4">
        <Segmented label={t.range} value={range} onChange={choose} options={options} />
      </div>
      {range === 'live' ? (
        <Live machine={machine} />
      ) : (
        <Past key={range} machine={machine} range={range} />
      )}
    </>
  )
}
