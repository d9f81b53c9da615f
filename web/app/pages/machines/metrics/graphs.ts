/** What the graphs of a machine show, of figures that are kept and of those that come now. Pure. */
import {
  METRIC_NAMES,
  type LiveMetrics,
  type MachineMetrics,
  type MetricName,
  type MetricUnit,
  type MetricValues,
} from '~/api/metrics'
import type { Format } from '~/i18n/format'
import type { Units } from '~/pages/machines/inventory/units'

/** A series as it is drawn. */
export interface Drawn {
  readonly name: MetricName
  readonly unit: MetricUnit
  readonly values: MetricValues
  readonly low?: MetricValues
  readonly high?: MetricValues
}

/** Everything that is drawn of a machine. Times are milliseconds since the epoch. */
export interface Figures {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly times: readonly number[]
  readonly series: readonly Drawn[]
}

export type GraphName = 'cpu' | 'memory' | 'load' | 'disk' | 'network' | 'space' | 'temperature'

type Tone = 'first' | 'second' | 'quiet'

interface Graph {
  readonly name: GraphName
  readonly lines: readonly (readonly [MetricName, Tone])[]
  /** Where it ends however small the values are. */
  readonly top?: number
}

/** In the order of the page. */
export const GRAPHS: readonly Graph[] = [
  { name: 'cpu', lines: [['cpu', 'first']], top: 100 },
  {
    name: 'memory',
    lines: [
      ['memory_used', 'first'],
      ['swap_used', 'second'],
      ['memory_total', 'quiet'],
    ],
  },
  { name: 'load', lines: [['load', 'first']] },
  {
    name: 'disk',
    lines: [
      ['disk_read', 'first'],
      ['disk_written', 'second'],
    ],
  },
  {
    name: 'network',
    lines: [
      ['net_received', 'first'],
      ['net_sent', 'second'],
    ],
  },
  {
    name: 'space',
    lines: [
      ['root_used', 'first'],
      ['root_total', 'quiet'],
    ],
  },
  { name: 'temperature', lines: [['temperature', 'first']] },
]

const ms = (at: string) => new Date(at).getTime()

export function figuresOf(found: MachineMetrics): Figures {
  return {
    from: ms(found.from),
    to: ms(found.to),
    step: found.step_seconds * 1000,
    times: found.times.map(ms),
    series: found.series.map(({ name, unit, average, minimum, maximum }) => ({
      name,
      unit,
      values: average,
      low: minimum,
      high: maximum,
    })),
  }
}

/** The last seconds until the server's present; the graph moves even when nothing comes. */
export function liveFiguresOf(found: LiveMetrics, seconds: number): Figures {
  const to = ms(found.now)
  return {
    from: to - seconds * 1000,
    to,
    step: 1000,
    times: found.times.map(ms),
    series: found.series.map(({ name, unit, values }) => ({ name, unit, values })),
  }
}

/** Of a graph what there is to draw; null when there is nothing. */
export function linesOf({ lines }: Graph, figures: Figures): (Drawn & { tone: Tone })[] | null {
  const drawn = lines.flatMap(([name, tone]) => {
    const series = figures.series.find((one) => one.name === name)
    return series ? [{ ...series, tone }] : []
  })
  // A size alone, of something that is not known, is no graph.
  return drawn.some(({ tone }) => tone === 'first') ? drawn : null
}

interface Texts {
  readonly format: Format
  readonly units: Units
  readonly perSecond: (p: { size: string }) => string
}

/** A value in words. */
export function valueOf(unit: MetricUnit, { format, units, perSecond }: Texts) {
  const texts: Record<MetricUnit, (value: number) => string> = {
    percent: (value) => units.percent(value / 100),
    bytes: (value) => units.size(value),
    bytes_per_second: (value) => perSecond({ size: format.bytes(value) }),
    programs: (value) => format.number(Math.round(value * 100) / 100),
    celsius: (value) => units.celsius(value * 1000),
  }
  return texts[unit]
}

/** The series in the order of the server, for the table. */
export const columnsOf = ({ series }: Figures): Drawn[] =>
  METRIC_NAMES.flatMap((name) => series.filter((one) => one.name === name))
