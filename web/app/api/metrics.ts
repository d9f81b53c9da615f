/** How busy machines are, as the console reads it, and how the seconds of a machine that somebody looks at are put together. Pure. */
import type {
  CpuLines,
  LiveMetrics,
  LiveSeries,
  Machine,
  MachineMetrics,
  MetricName,
  MetricSeries,
  MetricUnit,
} from './types'

/** In the order of the server. */
export const METRIC_NAMES = [
  'cpu',
  'memory_used',
  'memory_total',
  'swap_used',
  'load',
  'disk_read',
  'disk_written',
  'net_received',
  'net_sent',
  'root_used',
  'root_total',
  'temperature',
] as const satisfies readonly MetricName[]

export type {
  CpuLines,
  LiveMetrics,
  LiveSeries,
  MachineMetrics,
  MetricName,
  MetricSeries,
  MetricUnit,
}

/** A place for each of the times; null where it was not measured. */
export type MetricValues = readonly (number | null)[]

/** What can be looked at: the seconds that pass, and times until now. */
export const METRIC_RANGES = ['live', 'hour', 'day', 'week', 'year'] as const
export type MetricRange = (typeof METRIC_RANGES)[number]
export type PastRange = Exclude<MetricRange, 'live'>

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long each is, and how often it is read again: a minute is the finest that is kept. */
export const PAST_RANGES: Record<PastRange, { length: number; again: number }> = {
  hour: { length: HOUR_MS, again: 60_000 },
  day: { length: DAY_MS, again: 300_000 },
  week: { length: 7 * DAY_MS, again: 1_800_000 },
  year: { length: 365 * DAY_MS, again: HOUR_MS },
}

/** Seconds that are shown live. */
export const LIVE_SECONDS = 120
export const LIVE_EVERY_MS = 1000

/** What was seen so far and what came since then, the last two minutes of both. */
export function joined(before: LiveMetrics | undefined, next: LiveMetrics): LiveMetrics {
  if (!before) return next
  const times = [...before.times, ...next.times]
  const start = Math.max(0, times.length - LIVE_SECONDS)
  const series = METRIC_NAMES.flatMap((name): LiveSeries[] => {
    const find = (of: LiveMetrics) => of.series.find((one) => one.name === name)
    const [old, fresh] = [find(before), find(next)]
    const unit = fresh?.unit ?? old?.unit
    if (!unit) return []
    const values = (of: LiveMetrics, one: LiveSeries | undefined): (number | null)[] =>
      one?.values ?? of.times.map(() => null)
    return [{ name, unit, values: [...values(before, old), ...values(next, fresh)].slice(start) }]
  })
  return { ...next, times: times.slice(start), series }
}

/** The capability of agents that say how busy their machine is. */
const CAPABILITY = 'metrics'

/** Whether there can be new figures of a machine, and if not, why. */
export function canMeasure({ presence, capabilities }: Machine): 'yes' | 'offline' | 'cannot' {
  if (presence.status !== 'online') return 'offline'
  return capabilities.includes(CAPABILITY) ? 'yes' : 'cannot'
}
