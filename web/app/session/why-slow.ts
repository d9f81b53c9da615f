/**
 * The file that answers "why was it slow": where the time of each frame went, with what is needed to judge it. How to read it is in
 * `docs/why-slow.md`. Nothing of what was seen, typed or copied is in it, no name of a person or machine, no key and no address.
 */
import type { LoggedFrame } from './frame-log'
import { STAGES, type Stage } from './statistics'

/** What the worker knows. */
export interface Measured {
  /** Oldest first. */
  readonly frames: readonly LoggedFrame[]
  /** Frames before the first of these. */
  readonly forgotten: number
  readonly bytesReceived: number
  readonly bytesSent: number
}

/** What the page knows. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly browser: string
  /** Null for guests, who see nothing of the machine but its screen. */
  readonly agentVersion: string | null
  readonly settings: Readonly<Record<string, string | number | boolean | null>>
}

/** Changed with every change of what stands where. */
const VERSION = 1

/** What each stage is, for who reads the file without the document. */
const MEANING: Readonly<Record<Stage, string>> = {
  input: 'from the hand to the agent: half a round trip, as nearly as it can be known',
  react: 'until the screen of the machine first changed',
  capture: 'until the change was captured',
  encode: 'until it was encoded',
  queue: 'until the agent gave it to the pipe',
  network:
    'until its last byte came: sealing, the socket of the agent, the way to the server, the relay there, the way here',
  decode: 'until it was decoded',
  draw: 'until it was on the page',
}

/** Times are in microseconds. A row is one frame, oldest first; `null` where a frame has no such stage. */
export function whySlow(measured: Measured, surroundings: Surroundings): string {
  const { frames, forgotten, bytesReceived, bytesSent } = measured
  const { at, browser, agentVersion, settings } = surroundings
  const head = {
    format: 'farol-why-slow',
    version: VERSION,
    exported_at: new Date(at).toISOString(),
    browser,
    agent_version: agentVersion,
    settings,
    bytes_received: bytesReceived,
    bytes_sent: bytesSent,
    frames_before: forgotten,
    stages: MEANING,
    columns: [
      ...['frame', 'drawn_at_us', 'bytes', 'exact', ...STAGES.map((stage) => `${stage}_us`)],
      ...['total_us', 'round_trip_us', 'clock_offset_us', 'clock_uncertainty_us'],
    ],
  }
  // One line a frame: short, and still to be read by eye.
  const rows = frames.map((frame) => JSON.stringify(row(frame)))
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "rows": [\n${rows.join(',\n')}\n]}\n`
}

function row(frame: LoggedFrame): (number | boolean | null)[] {
  const stages = STAGES.map((stage) => whole(frame.stages[stage]))
  // Of what stands in the row, so that it adds up for whoever does the sum.
  const total = stages.reduce<number>((sum, stage) => sum + (stage ?? 0), 0)
  return [
    ...[frame.id, Math.round(frame.at), frame.bytes, frame.exact, ...stages, total],
    ...[whole(frame.roundTrip), whole(frame.clockOffset), whole(frame.clockUncertainty)],
  ]
}

const whole = (value: number | null): number | null => (value === null ? null : Math.round(value))
