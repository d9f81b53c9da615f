/**
 * A graph of some lines over time, as SVG. What is under the pointer, or under the reading head that the arrow keys move, is said in
 * words; how numbers and moments are written is the caller's.
 */
import { useId, useState, type KeyboardEvent, type PointerEvent } from 'react'

import { areaOf, nearest, pathOf, topOf, type Place } from './chart-paths'
import { classes } from './classes'

const WIDTH = 600
const HEIGHT = 120

const TONES = {
  first: 'text-beam',
  second: 'text-ok',
  quiet: 'text-ink-3',
} as const

export interface ChartLine {
  label: string
  tone: keyof typeof TONES
  values: readonly (number | null)[]
  /** The least and the most around each value, drawn as a band. */
  low?: readonly (number | null)[] | undefined
  high?: readonly (number | null)[] | undefined
}

interface ChartProps {
  label: string
  /** Milliseconds since the epoch, one for each value. */
  times: readonly number[]
  from: number
  to: number
  /** Milliseconds from one value to the next: where there is more, the line is broken. */
  step: number
  lines: readonly ChartLine[]
  /** The top of the graph; by the values when left out. */
  top?: number | undefined
  /** In what values are counted together: 1024 of bytes, for a top that is round. */
  unit?: number | undefined
  /** A value as text. */
  value: (value: number) => string
  /** A moment as text. */
  moment: (ms: number) => string
  /** Said while nothing is pointed at, where there is nothing to read. */
  nothing: string
}

function Legend({ lines }: { lines: readonly ChartLine[] }) {
  if (lines.length < 2) return null
  return (
    <span className="flex flex-wrap gap-x-3 text-xs text-ink-2">
      {lines.map(({ label, tone }) => (
        <span key={label} className="inline-flex items-center gap-1.5">
          <span
            aria-hidden
            className={classes(
              'w-4 border-t-2 border-current',
              tone === 'second' && 'border-dashed',
              TONES[tone],
            )}
          />
          {label}
        </span>
      ))}
    </span>
  )
}

export function Chart(props: ChartProps) {
  const { label, times, from, to, step, lines, value, moment, nothing } = props
  const titleId = useId()
  // A moment, not a place: what comes meanwhile moves the lines.
  const [chosen, setChosen] = useState<number | null>(null)
  const top =
    props.top ??
    topOf(
      lines.flatMap((line) => [line.values, line.high ?? []]),
      props.unit,
    )
  const place: Place = { from, to, top, width: WIDTH, height: HEIGHT }
  const last = times.length - 1
  // Without a choice the newest is read.
  const at = (chosen === null ? null : nearest(times, chosen)) ?? last
  const time = times[at]
  const texts = lines.map((line) => {
    const read = line.values[at] ?? null
    return `${line.label} ${read === null ? '–' : value(read)}`
  })
  const reading = time === undefined ? nothing : `${moment(time)}: ${texts.join(', ')}`

  const choose = (index: number) => setChosen(times[index] ?? null)
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    if (box.width === 0) return
    const share = (event.clientX - box.left) / box.width
    setChosen(from + share * (to - from))
  }
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const steps: Partial<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: at - 10,
      PageUp: at + 10,
      Home: 0,
      End: last,
    }
    const next = steps[event.key]
    if (next === undefined || last < 0) return
    event.preventDefault()
    choose(Math.max(0, Math.min(last, next)))
  }

  return (
    <section
      aria-labelledby={titleId}
      className="min-w-0 rounded-lg border border-line bg-surface px-4 pt-3 pb-2"
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 id={titleId} className="text-sm font-semibold">
          {label}
        </h3>
        <Legend lines={lines} />
      </div>
      <p aria-hidden className="truncate text-xs text-ink-2 tabular-nums">
        {reading}
      </p>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={reading}
        onPointerDown={point}
        onPointerMove={point}
        onPointerLeave={() => setChosen(null)}
        // Read as it is when it is come to, not anew each second.
        onFocus={() => setChosen((held) => held ?? time ?? null)}
        onBlur={() => setChosen(null)}
        onKeyDown={move}
        className="relative mt-1 h-30 rounded-sm focus-visible:outline-2 focus-visible:outline-focus"
      >
        <svg
          aria-hidden
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="size-full overflow-hidden"
        >
          {[0.25, 0.5, 0.75].map((share) => (
            <line
              key={share}
              x1={0}
              x2={WIDTH}
              y1={HEIGHT * share}
              y2={HEIGHT * share}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {lines.map((line) => (
            <g key={line.label} className={TONES[line.tone]}>
              {line.low && line.high && (
                <path
                  d={areaOf({ times, step }, [line.low, line.high], place)}
                  className="fill-current opacity-20"
                />
              )}
              <path
                d={pathOf({ times, step }, line.values, place)}
                fill="none"
                stroke="currentColor"
                strokeWidth={1.5}
                // Not by color alone.
                strokeDasharray={line.tone === 'second' ? '5 3' : undefined}
                strokeLinecap="round"
                strokeLinejoin="round"
                vectorEffect="non-scaling-stroke"
              />
            </g>
          ))}
          {chosen !== null && time !== undefined && (
            <line
              x1={((time - from) / (to - from)) * WIDTH}
              x2={((time - from) / (to - from)) * WIDTH}
              y1={0}
              y2={HEIGHT}
              className="stroke-ink-3"
              vectorEffect="non-scaling-stroke"
            />
          )}
        </svg>
        <span
          aria-hidden
          className="pointer-events-none absolute top-0.5 right-1 rounded-xs bg-surface px-1 text-xs text-ink-3 tabular-nums"
        >
          {value(top)}
        </span>
      </div>
      <div aria-hidden className="mt-1 flex justify-between text-xs text-ink-3 tabular-nums">
        <span>{moment(from)}</span>
        <span>{moment(to)}</span>
      </div>
    </section>
  )
}
