/** Where the lines of a graph run. Pure. */

/** The part of time that is shown, the value at its top, and how large it is drawn. */
export interface Place {
  readonly from: number
  readonly to: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Moments of the values, and how far they are from each other where nothing is missing. */
export interface Grid {
  readonly times: readonly number[]
  readonly step: number
}

type Values = readonly (number | null)[]

/** Values come a little late or early: only more than this is a gap. */
const GAP = 2.5

const round = (value: number) => Math.round(value * 10) / 10

const x = (time: number, { from, to, width }: Place) => round(((time - from) / (to - from)) * width)

const y = (value: number, { top, height }: Place) =>
  round(height - (Math.min(Math.max(value, 0), top) / top) * height)

/** Indexes of values that follow each other without a gap. */
function runs({ times, step }: Grid, values: Values): number[][] {
  const all: number[][] = []
  let before: number | null = null
  for (const [index, time] of times.entries()) {
    if (typeof values[index] !== 'number') {
      before = null
      continue
    }
    if (before === null || time - before > step * GAP) all.push([])
    all.at(-1)?.push(index)
    before = time
  }
  return all
}

const points = ({ times }: Grid, run: readonly number[], values: Values, place: Place): string[] =>
  run.map((index) => `${x(times[index] ?? 0, place)} ${y(values[index] ?? 0, place)}`)

/** A line through the values, broken where something is missing; a value alone is a dot. */
export const pathOf = (grid: Grid, values: Values, place: Place): string =>
  runs(grid, values)
    .map((run) => {
      const all = points(grid, run, values, place)
      return `M${all.join('L')}${all.length === 1 ? 'h0.1' : ''}`
    })
    .join('')

/** The band between the least and the most. */
export const areaOf = (grid: Grid, [low, high]: readonly [Values, Values], place: Place): string =>
  runs(grid, high)
    .filter((run) => run.length > 1)
    .map((run) => {
      const there = points(grid, run, high, place)
      const back = points(grid, run.toReversed(), low, place)
      return `M${[...there, ...back].join('L')}Z`
    })
    .join('')

/** The index of the time that is nearest; null when there is none. */
export function nearest(times: readonly number[], to: number): number | null {
  let best: number | null = null
  for (const [index, time] of times.entries()) {
    const held: number | undefined = best === null ? undefined : times[best]
    if (held === undefined || Math.abs(time - to) < Math.abs(held - to)) best = index
  }
  return best
}

/** What people count in, within a power of ten. */
const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/**
 * A round number that no value is above, and not far from it: one of a few times a power of ten. With a `unit` of 1024 it is round in the
 * largest unit that it fills: 25 GiB.
 */
export function topOf(all: readonly Values[], unit = 1): number {
  const most = Math.max(0, ...all.flat().map((value) => value ?? 0))
  if (most <= 0) return 1
  const size = unit > 1 && most >= 1 ? unit ** Math.floor(Math.log(most) / Math.log(unit)) : 1
  const power = 10 ** Math.floor(Math.log10(most / size))
  const factor = ROUND.find((one) => one * power * size >= most) ?? 10
  return factor * power * size
}
