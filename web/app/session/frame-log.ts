/**
 * The last minutes of a session, frame by frame, for "why was it slow": what the overlay adds up for three seconds is kept here for
 * ten minutes and handed out when somebody asks. Pure. Times and sizes only: nothing of what was seen, typed or copied.
 *
 * Columns are typed arrays, 69 bytes a frame: 2.5 MB when full. Full: the oldest frame gives its place to the newest.
 */
import { type FrameRecord, STAGES, type Stage } from './statistics'

/** Ten minutes at 60 frames a second. */
export const FRAMES_KEPT = 36_000

/** What is known beside its stages when a frame is drawn. Times in microseconds. */
export interface FrameContext {
  readonly id: number
  /** Bit exact everywhere after it. */
  readonly exact: boolean
  /** What was added to an instant here to get the machine's; null before the first measurement. */
  readonly clockOffset: number | null
  /** The offset is right within this much: half of the shortest round trip of late. */
  readonly clockUncertainty: number | null
  /** Median of the newest round trips. */
  readonly roundTrip: number | null
}

/** One frame as it is handed out. Times in microseconds. */
export interface LoggedFrame extends FrameContext {
  /** When it was drawn, since the epoch. */
  readonly at: number
  readonly bytes: number
  readonly stages: Readonly<Record<Stage, number | null>>
}

/** Numbers of a frame that may be missing, which NaN stands for. */
const LOOSE = [...STAGES, 'clockUncertainty', 'roundTrip'] as const

/** Room to begin with; doubled until all is there, because most sessions are short. */
const FIRST_ROOM = 1024

class Columns {
  readonly at: Float64Array
  readonly clockOffset: Float64Array
  readonly loose: Float32Array
  readonly id: Uint32Array
  readonly bytes: Uint32Array
  readonly exact: Uint8Array
  readonly room: number

  constructor(room: number) {
    this.room = room
    this.at = new Float64Array(room)
    this.clockOffset = new Float64Array(room)
    this.loose = new Float32Array(room * LOOSE.length)
    this.id = new Uint32Array(room)
    this.bytes = new Uint32Array(room)
    this.exact = new Uint8Array(room)
  }

  /** With more room; only before the first frame is overwritten. */
  grown(room: number): Columns {
    const next = new Columns(room)
    next.at.set(this.at)
    next.clockOffset.set(this.clockOffset)
    next.loose.set(this.loose)
    next.id.set(this.id)
    next.bytes.set(this.bytes)
    next.exact.set(this.exact)
    return next
  }
}

export class FrameLog {
  readonly #most: number
  #columns: Columns
  /** Frames that were ever added. */
  #added = 0

  constructor(most = FRAMES_KEPT) {
    this.#most = most
    this.#columns = new Columns(Math.min(FIRST_ROOM, most))
  }

  add(record: FrameRecord, context: FrameContext): void {
    if (this.#added === this.#columns.room && this.#columns.room < this.#most)
      this.#columns = this.#columns.grown(Math.min(this.#most, this.#columns.room * 2))
    const columns = this.#columns
    const place = this.#added % columns.room
    columns.at[place] = record.at
    columns.clockOffset[place] = context.clockOffset ?? NaN
    columns.id[place] = context.id
    columns.bytes[place] = record.bytes
    columns.exact[place] = context.exact ? 1 : 0
    const { clockUncertainty, roundTrip } = context
    const loose = { ...record.stages, clockUncertainty, roundTrip }
    LOOSE.forEach((name, index) => {
      columns.loose[place * LOOSE.length + index] = loose[name] ?? NaN
    })
    this.#added += 1
  }

  /** Frames that were drawn before those that are kept. */
  get forgotten(): number {
    return Math.max(0, this.#added - this.#columns.room)
  }

  /** What is kept, oldest first. */
  frames(): LoggedFrame[] {
    const kept = this.#added - this.forgotten
    return Array.from({ length: kept }, (_, index) => this.#frame(this.forgotten + index))
  }

  #frame(number: number): LoggedFrame {
    const columns = this.#columns
    const place = number % columns.room
    const loose = (name: (typeof LOOSE)[number]) =>
      known(columns.loose[place * LOOSE.length + LOOSE.indexOf(name)])
    const stages = Object.fromEntries(STAGES.map((stage) => [stage, loose(stage)]))
    return {
      id: columns.id[place] ?? 0,
      at: columns.at[place] ?? 0,
      bytes: columns.bytes[place] ?? 0,
      exact: columns.exact[place] === 1,
      stages: stages as Record<Stage, number | null>,
      clockOffset: known(columns.clockOffset[place]),
      clockUncertainty: loose('clockUncertainty'),
      roundTrip: loose('roundTrip'),
    }
  }
}

const known = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value
