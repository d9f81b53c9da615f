/**
 * Where the time goes: one line of instants per frame, cut into stages that add up to the whole by construction. Pure.
 *
 * The agent's instants are moved onto our clock by an estimate (`wire/clock.ts`), which can be off by half the difference
 * between the two ways of the network. Instants are therefore forced into their order, and stages are differences of
 * neighbors: an error moves time from one stage to the next and never out of the sum.
 */

/** In the order in which they pass. The first two exist only for a frame that answers an input event. */
export const STAGES = [
  'input',
  'react',
  'capture',
  'encode',
  'queue',
  'network',
  'decode',
  'draw',
] as const

export type Stage = (typeof STAGES)[number]

/** Instants of one frame, microseconds, all on our clock. */
export interface FrameInstants {
  /** The hand moved; `null` when the frame answers no input. */
  readonly input: { readonly at: number; readonly arrived: number } | null
  readonly damaged: number
  readonly captured: number
  readonly encoded: number
  readonly queued: number
  readonly received: number
  readonly decoded: number
  readonly drawn: number
}

/** One frame as it is remembered. */
export interface FrameRecord {
  /** When it was drawn, microseconds. */
  readonly at: number
  readonly bytes: number
  /** A part of it came as video. */
  readonly video: boolean
  /** Microseconds per stage; `null` for stages that this frame does not have. */
  readonly stages: Readonly<Record<Stage, number | null>>
  /** The sum of its stages. */
  readonly total: number
}

/** What the overlay shows, over the last seconds. Times in microseconds. */
export interface Statistics {
  /** Mean per stage over the frames of the window: means add up, medians would not. */
  readonly stages: Readonly<Record<Stage, number | null>>
  readonly total: number | null
  /** Whether `total` starts at the technician's hand or at the first change on the machine's screen. */
  readonly fromInput: boolean
  readonly roundTrip: number | null
  readonly framesPerSecond: number
  /** Those of them that had video. */
  readonly videoPerSecond: number
  readonly bytesPerSecond: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly lastFrameBytes: number
  readonly frames: number
  /** Newest last; totals of single frames for the sparkline. */
  readonly recent: readonly number[]
}

/** The window that rates and means are taken over. */
export const WINDOW_US = 3_000_000

/** Frames that are remembered: three seconds at 120 frames per second. */
const RECORDS_MAX = 360

/** Points of the sparkline. */
const RECENT = 60

/** Cuts the line of instants into stages. */
export function frameRecord(instants: FrameInstants, bytes: number, video = false): FrameRecord {
  const { input, damaged, captured, encoded, queued, received, decoded, drawn } = instants
  const line = [damaged, captured, encoded, queued, received, decoded, drawn]
  const points = ordered(input === null ? line : [input.at, input.arrived, ...line])
  const names = input === null ? STAGES.slice(2) : STAGES
  const stages: Record<Stage, number | null> = { ...NO_STAGES }
  names.forEach((name, index) => {
    stages[name] = (points[index + 1] ?? 0) - (points[index] ?? 0)
  })
  const last = points.at(-1) ?? 0
  return { at: drawn, bytes, video, stages, total: last - (points[0] ?? last) }
}

const NO_STAGES: Readonly<Record<Stage, null>> = {
  input: null,
  react: null,
  capture: null,
  encode: null,
  queue: null,
  network: null,
  decode: null,
  draw: null,
}

/** Our own instants at both ends are certain; what lies between is moved into their order. */
function ordered(points: readonly number[]): number[] {
  const last = points.at(-1) ?? 0
  let floor = -Infinity
  return points.map((point) => {
    floor = Math.min(last, Math.max(floor, Number.isFinite(point) ? point : floor))
    return Number.isFinite(floor) ? floor : last
  })
}

/** Remembers the frames of the last seconds and what the socket carried. */
export class StatisticsWindow {
  #records: FrameRecord[] = []
  #received: { at: number; bytes: number }[] = []
  #bytesReceived = 0
  #bytesSent = 0
  #frames = 0

  frame(record: FrameRecord): void {
    this.#frames += 1
    this.#records.push(record)
    if (this.#records.length > RECORDS_MAX) this.#records.shift()
  }

  received(at: number, bytes: number): void {
    this.#bytesReceived += bytes
    const last = this.#received.at(-1)
    // One entry per 50 ms is fine enough for a rate over seconds.
    if (last !== undefined && at - last.at < 50_000) last.bytes += bytes
    else this.#received.push({ at, bytes })
    while ((this.#received[0]?.at ?? Infinity) < at - WINDOW_US) this.#received.shift()
  }

  sent(bytes: number): void {
    this.#bytesSent += bytes
  }

  /** All that the sockets of this session carried. */
  get carried(): { readonly bytesReceived: number; readonly bytesSent: number } {
    return { bytesReceived: this.#bytesReceived, bytesSent: this.#bytesSent }
  }

  #lastAt(): number {
    return this.#records.at(-1)?.at ?? 0
  }

  /** Sums up the window that ends now; stages and sum of the window that ends with the last frame. */
  summary(now: number, roundTrip: number | null): Statistics {
    const since = now - WINDOW_US
    const recent = this.#records.filter(({ at }) => at >= since)
    // A still screen keeps the figures of its last frames in sight.
    const latest = this.#records.filter(
      ({ at }) => at >= Math.min(since, this.#lastAt() - WINDOW_US),
    )
    const answered = latest.filter(({ stages }) => stages.input !== null)
    const shown = answered.length > 0 ? answered : latest
    const bytes = this.#received.reduce(
      (sum, { at, bytes }) => (at >= since ? sum + bytes : sum),
      0,
    )
    return {
      stages: meanStages(shown),
      total: mean(shown.map(({ total }) => total)),
      fromInput: answered.length > 0,
      roundTrip,
      framesPerSecond: (recent.length * 1_000_000) / WINDOW_US,
      videoPerSecond: (recent.filter(({ video }) => video).length * 1_000_000) / WINDOW_US,
      bytesPerSecond: (bytes * 1_000_000) / WINDOW_US,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      lastFrameBytes: this.#records.at(-1)?.bytes ?? 0,
      frames: this.#frames,
      recent: this.#records.slice(-RECENT).map(({ total }) => total),
    }
  }
}

function meanStages(records: readonly FrameRecord[]): Record<Stage, number | null> {
  const stages: Record<Stage, number | null> = { ...NO_STAGES }
  for (const stage of STAGES) {
    const values = records.map((record) => record.stages[stage]).filter((value) => value !== null)
    stages[stage] = mean(values)
  }
  return stages
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** An input event that waits to be seen in a frame. */
interface SentInput {
  readonly id: number
  readonly at: number
}

/** Input events remembered: two seconds of the fastest mouse. */
const INPUTS_MAX = 512

/** A change on the screen later than this after an input is not called its answer. */
const ANSWER_US = 500_000

/** Finds the input that a frame answers. */
export class InputTimes {
  #sent: SentInput[] = []

  sent(id: number, at: number): void {
    this.#sent.push({ id, at })
    if (this.#sent.length > INPUTS_MAX) this.#sent.shift()
  }

  /**
   * The newest input that was applied before the frame's first change and could have caused it; each answers one frame.
   *
   * `oneWay` is the estimated way to the agent, microseconds.
   */
  answered(
    lastInputId: number,
    damaged: number,
    oneWay: number,
  ): { at: number; arrived: number } | null {
    const candidates = this.#sent.filter(({ id }) => id <= lastInputId)
    if (candidates.length > 0) this.#sent = this.#sent.filter(({ id }) => id > lastInputId)
    for (const { at } of candidates.reverse()) {
      const arrived = at + oneWay
      if (arrived <= damaged + oneWay / 2)
        return damaged - arrived <= ANSWER_US ? { at, arrived } : null
    }
    return null
  }
}
