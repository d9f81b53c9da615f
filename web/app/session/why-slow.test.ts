// @vitest-environment node
/** What is kept of a session's frames, and the file that is made of it. */
import { describe, expect, it } from 'vitest'

import { type FrameContext, FrameLog } from './frame-log'
import { frameRecord, STAGES } from './statistics'
import { whySlow } from './why-slow'

const context = (id: number): FrameContext => ({
  ...{ id, exact: id % 2 === 0, clockOffset: -1_700_000_000_000_123 },
  ...{ clockUncertainty: 450, roundTrip: 900 + id },
})

function record(id: number, answersInput = true) {
  const at = 1_800_000_000_000_000 + id * 16_667
  const instants = {
    input: answersInput ? { at, arrived: at + 500 } : null,
    ...{ damaged: at + 1000, captured: at + 1200, encoded: at + 2000, queued: at + 2100 },
    ...{ received: at + 3000, decoded: at + 3500, drawn: at + 5000 },
  }
  return frameRecord(instants, 100 + id)
}

function log(frames: number, most?: number): FrameLog {
  const log = new FrameLog(most)
  for (let id = 1; id <= frames; id++) log.add(record(id, id % 3 !== 0), context(id))
  return log
}

const measured = (frames: FrameLog) => ({
  ...{ frames: frames.frames(), forgotten: frames.forgotten },
  ...{ bytesReceived: 5000, bytesSent: 300 },
})

const surroundings = {
  ...{ at: Date.UTC(2026, 0, 2), browser: 'Some Browser 1.0', agentVersion: '0.1.0' },
  settings: { quality: 'auto', width: 1920 },
}

describe('the log of frames', () => {
  it('keeps every stage of every frame, and what is missing as missing', () => {
    const [first, , third] = log(3).frames()
    expect(first).toEqual({
      ...context(1),
      at: record(1).at,
      bytes: 101,
      stages: {
        ...{ input: 500, react: 500, capture: 200, encode: 800, queue: 100 },
        ...{ network: 900, decode: 500, draw: 1500 },
      },
    })
    expect(third?.stages).toMatchObject({ input: null, react: null, capture: 200 })
    const unknown = new FrameLog()
    unknown.add(record(1), {
      ...{ id: 1, exact: false, clockOffset: null, clockUncertainty: null, roundTrip: null },
    })
    expect(unknown.frames()).toMatchObject([
      { clockOffset: null, clockUncertainty: null, roundTrip: null },
    ])
  })

  it('grows to its limit and then forgets the oldest', () => {
    for (const [frames, most] of [
      [5000, 36_000],
      [3000, 1024],
      [2049, 1500],
    ] as const) {
      const kept = log(frames, most)
      const ids = kept.frames().map(({ id }) => id)
      const first = Math.max(1, frames - most + 1)
      expect(ids).toEqual(Array.from({ length: frames - first + 1 }, (_, at) => first + at))
      expect(kept.forgotten).toBe(first - 1)
    }
  })
})

describe('the file', () => {
  it('adds up in every row', () => {
    const file = JSON.parse(whySlow(measured(log(100)), surroundings)) as {
      columns: string[]
      rows: (number | null)[][]
    }
    expect(file.rows).toHaveLength(100)
    const column = (name: string) => file.columns.indexOf(name)
    for (const row of file.rows) {
      expect(row).toHaveLength(file.columns.length)
      const stages = STAGES.map((stage) => row[column(`${stage}_us`)] ?? 0)
      expect(stages.reduce((sum, stage) => sum + stage, 0)).toBe(row[column('total_us')])
    }
    expect(file.rows[1]![column('clock_offset_us')]).toBe(-1_700_000_000_000_123)
    expect(file.rows[1]![column('round_trip_us')]).toBe(902)
  })

  it('says what it is about, and nothing else', () => {
    const file = JSON.parse(whySlow(measured(log(0)), surroundings)) as Record<string, unknown>
    expect(file).toEqual({
      ...{ format: 'farol-why-slow', version: 1, exported_at: '2026-01-02T00:00:00.000Z' },
      ...{ browser: 'Some Browser 1.0', agent_version: '0.1.0' },
      ...{ settings: surroundings.settings, bytes_received: 5000, bytes_sent: 300 },
      ...{ frames_before: 0, columns: expect.any(Array) as unknown, rows: [] },
      stages: expect.objectContaining({
        network: expect.stringContaining('relay') as unknown,
      }) as unknown,
    })
  })
})
