// @vitest-environment node
/** The rules around a connection: coming back, input on its way, figures that add up. Time is an argument everywhere. */
import { describe, expect, it } from 'vitest'

import type { InputAction } from '~/desktop/types'
import { inputMessage } from '~/wire/messages'
import type { PipeEnd } from '~/wire/pipe'
import type { RelayCloseCode } from '~/wire/relay'

import { MOVE_BY_MAX } from '~/desktop/pointer'
import { InputQueue, MOVE_INTERVAL_US, WAITING_MAX } from './input-queue'
import {
  Attempts,
  type Failure,
  failureCode,
  GIVE_UP_MS,
  isPassing,
  startsAnew,
  type WaitsFor,
  waitsFor,
} from './reconnect'
import { frameRecord, InputTimes, STAGES, StatisticsWindow, WINDOW_US } from './statistics'

describe('coming back', () => {
  it('tries soon, then every second at most, until its time is up', () => {
    const attempts = new Attempts()
    const waits: number[] = []
    let now = 1000
    const next = () => attempts.next(now, 0.5, GIVE_UP_MS)
    for (let wait = next(); wait !== null; wait = next()) {
      waits.push(wait)
      now += wait + 50
    }
    expect(waits[0]).toBeLessThan(150)
    for (const wait of waits.slice(1)) {
      expect(wait).toBeGreaterThanOrEqual(250)
      expect(wait).toBeLessThanOrEqual(1000)
    }
    expect(now - 1000).toBeGreaterThan(GIVE_UP_MS - 4000)
    expect(now - 1000).toBeLessThan(GIVE_UP_MS + 4000)
    expect(attempts.count).toBe(waits.length)
    attempts.reset()
    expect(attempts.count).toBe(0)
    expect(attempts.next(now, 0, GIVE_UP_MS)).toBe(0)
  })

  it('spreads attempts by chance', () => {
    const [early, late] = [new Attempts(), new Attempts()]
    early.next(0, 0, GIVE_UP_MS)
    late.next(0, 1, GIVE_UP_MS)
    expect(early.next(200, 0, GIVE_UP_MS)).toBe(250)
    expect(late.next(200, 1, GIVE_UP_MS)).toBe(1000)
  })

  it('gives an attempt more time after each that hung: some round trips take a second', () => {
    const attempts = new Attempts()
    const limits = [1, 2, 3, 4].map(() => {
      attempts.next(0, 0, GIVE_UP_MS)
      return attempts.socketLimit
    })
    expect(limits).toEqual([2500, 5000, 10_000, 10_000])
  })

  const relay = (code: RelayCloseCode, reason = ''): Failure => ({ source: 'relay', code, reason })
  const pipe = (by: PipeEnd['by'], code: PipeEnd['code']): Failure => ({
    source: 'pipe',
    end: { by, code, text: '' },
  })
  const rows: [Failure, boolean, string, WaitsFor][] = [
    [relay('network_lost'), true, 'network_lost', 'server'],
    [relay('server_going_away'), true, 'server_going_away', 'server'],
    [relay('peer_lost'), true, 'peer_lost', 'machine'],
    [relay('bad_grant'), true, 'bad_grant', 'machine'],
    [relay('already_connected'), true, 'already_connected', 'machine'],
    [relay('superseded'), false, 'superseded', 'machine'],
    [relay('too_fast'), false, 'too_fast', 'machine'],
    [relay('session_ended', 'technician_ended'), true, 'technician_ended', 'machine'],
    [{ source: 'api', code: 'machine_offline', status: 409 }, true, 'machine_offline', 'machine'],
    [{ source: 'api', code: 'network', status: 0 }, true, 'network', 'server'],
    [{ source: 'api', code: 'internal', status: 503 }, true, 'internal', 'server'],
    [{ source: 'api', code: 'not_found', status: 404 }, false, 'not_found', 'server'],
    [{ source: 'api', code: 'not_signed_in', status: 401 }, false, 'not_signed_in', 'server'],
    [{ source: 'api', code: 'access_never', status: 403 }, false, 'access_never', 'server'],
    [pipe('agent', 'shutting_down'), true, 'pipe_shutting_down', 'machine'],
    [pipe('nobody', 'timed_out'), true, 'silent', 'machine'],
    [pipe('viewer', 'protocol_violation'), false, 'pipe_protocol_violation', 'machine'],
    [{ source: 'viewer', code: 'decoder_failed' }, false, 'decoder_failed', 'server'],
    [{ source: 'viewer', code: 'attempt_hung' }, true, 'attempt_hung', 'server'],
  ]
  it.each(rows)('%j: again %s, as %s, waiting for the %s', (failure, again, code, waited) => {
    expect(isPassing(failure)).toBe(again)
    expect(failureCode(failure)).toBe(code)
    expect(waitsFor(failure, true)).toBe(waited)
    expect(waitsFor(failure, false)).toBe('network')
  })

  it('starts a new session by itself only where nobody would be asked again', () => {
    const asked = { by: 'Bia', at: '', outcome: 'allowed' }
    expect(startsAnew('agent_restarted', { consent: null })).toBe(true)
    expect(startsAnew('agent_restarted', { consent: asked })).toBe(false)
    expect(startsAnew('end_user_ended', { consent: null })).toBe(false)
    expect(startsAnew('expired', { consent: null })).toBe(false)
  })
})

describe('input on its way', () => {
  const move = (x: number): InputAction => ({ kind: 'move', x, y: 0 })
  const press = (x: number): InputAction => ({
    kind: 'button',
    button: 'left',
    down: true,
    x,
    y: 0,
  })
  const kinds = (queue: InputQueue, now: number, backedUp = false) =>
    queue
      .take(now, backedUp)
      .map(({ action }) => ('x' in action ? `${action.kind} ${action.x}` : action.kind))

  it('sends the first move at once and then only the newest', () => {
    const queue = new InputQueue()
    queue.push(move(1), 0)
    expect(kinds(queue, 0)).toEqual(['move 1'])
    queue.push(move(2), 10)
    queue.push(move(3), 20)
    expect(kinds(queue, 20)).toEqual([])
    expect(queue.due).toBe(MOVE_INTERVAL_US)
    expect(kinds(queue, MOVE_INTERVAL_US)).toEqual(['move 3'])
    expect(queue.due).toBeNull()
  })

  it('takes a waiting move along with the button behind it, in order', () => {
    const queue = new InputQueue()
    queue.push(move(1), 0)
    kinds(queue, 0)
    queue.push(move(2), 10)
    queue.push(press(2), 11)
    queue.push(move(4), 12)
    expect(kinds(queue, 12)).toEqual(['move 2', 'button 2'])
    expect(kinds(queue, 12)).toEqual([])
  })

  it('holds moves back while the socket is backed up, but no keys', () => {
    const queue = new InputQueue()
    queue.push(move(1), 0)
    expect(kinds(queue, 1e6, true)).toEqual([])
    queue.push(press(1), 1)
    expect(kinds(queue, 1e6, true)).toEqual(['move 1', 'button 1'])
  })

  it('adds turns of the wheel up', () => {
    const queue = new InputQueue()
    for (let at = 0; at < 3; at++) queue.push({ kind: 'wheel', dx: 0, dy: 120, x: at, y: 0 }, at)
    expect(queue.take(0, false)).toEqual([
      { action: { kind: 'wheel', dx: 0, dy: 360, x: 2, y: 0 }, at: 0 },
    ])
  })

  it('adds ways of a caught pointer up, and loses nothing of them', () => {
    const queue = new InputQueue()
    const by = (dx: number, dy: number) => queue.push({ kind: 'moveBy', dx, dy }, 0)
    const ways = (now: number) => queue.take(now, false).map(({ action }) => action)
    by(3, -4)
    expect(ways(0)).toEqual([{ kind: 'moveBy', dx: 3, dy: -4 }])
    by(10, 20)
    by(-4, 1)
    expect(ways(10), 'they wait for each other').toEqual([])
    queue.push(press(7), 11)
    by(1, 1)
    expect(ways(12)).toEqual([
      { kind: 'moveBy', dx: 6, dy: 21 },
      expect.objectContaining({ kind: 'button' }),
    ])
    by(MOVE_BY_MAX, 0)
    expect(ways(1e6)).toEqual([{ kind: 'moveBy', dx: 1, dy: 1 }])
    expect(ways(2e6)).toEqual([{ kind: 'moveBy', dx: MOVE_BY_MAX, dy: 0 }])
  })

  it('lets everything go when nobody takes it', () => {
    const queue = new InputQueue()
    for (let at = 0; at <= WAITING_MAX; at++) queue.push(press(at), at)
    expect(kinds(queue, 0)).toEqual(['release'])
  })

  it('fills messages below their cap, whatever is typed', () => {
    const queue = new InputQueue()
    const modifiers = {
      shift: true,
      control: true,
      alt: true,
      meta: true,
      altGraph: true,
      capsLock: true,
      numLock: true,
    }
    for (let at = 0; at < 200; at++) {
      queue.push(
        {
          kind: 'key',
          code: 'x'.repeat(32),
          key: '漢'.repeat(10),
          down: true,
          repeat: true,
          modifiers,
        },
        at,
      )
      queue.push({ kind: 'text', text: '漢'.repeat(256) }, at)
    }
    let taken = 0
    for (let batch = queue.take(0, false); batch.length > 0; batch = queue.take(0, false)) {
      taken += batch.length
      expect(batch.length).toBeLessThanOrEqual(64)
      const events = batch.map(({ action }, index) => ({ id: 4_000_000_000 + index, action }))
      expect(inputMessage(events).length).toBeLessThanOrEqual(4096)
    }
    expect(taken).toBe(400)
  })
})

describe('figures', () => {
  const line = {
    damaged: 1000,
    captured: 1100,
    encoded: 1400,
    queued: 1450,
    received: 3000,
    decoded: 3500,
    drawn: 3600,
  }
  const sum = (stages: Record<string, number | null>) =>
    Object.values(stages).reduce<number>((total, value) => total + (value ?? 0), 0)

  it('cuts a frame into stages that add up', () => {
    const record = frameRecord({ ...line, input: { at: 100, arrived: 600 } }, 10)
    expect(record.stages).toEqual({
      input: 500,
      react: 400,
      capture: 100,
      encode: 300,
      queue: 50,
      network: 1550,
      decode: 500,
      draw: 100,
    })
    expect(record.total).toBe(3500)
    expect(sum(record.stages)).toBe(record.total)
  })

  it('adds up when clocks disagree, and never shows a negative stage', () => {
    let seed = 1
    const random = () => {
      seed = (Math.imul(seed, 48271) >>> 0) % 2147483647
      return seed / 2147483647
    }
    for (let round = 0; round < 500; round++) {
      const any = () => (random() - 0.3) * 10_000
      const instants = {
        input: random() > 0.5 ? { at: any(), arrived: any() } : null,
        damaged: any(),
        captured: any(),
        encoded: random() > 0.9 ? NaN : any(),
        queued: any(),
        received: any(),
        decoded: any(),
        drawn: 10_000,
      }
      const { stages, total } = frameRecord(instants, 1)
      expect(sum(stages)).toBeCloseTo(total, 6)
      for (const stage of STAGES) expect(stages[stage] ?? 0).toBeGreaterThanOrEqual(0)
    }
  })

  it('sums its means up to the mean of its sums', () => {
    const window = new StatisticsWindow()
    for (let at = 1; at <= 5; at++)
      window.frame(
        frameRecord(
          { ...line, captured: 1000 + at * 37, input: { at: at * 10, arrived: 500 } },
          at,
        ),
      )
    const { stages, total, fromInput } = window.summary(4000, 20)
    expect(fromInput).toBe(true)
    expect(sum(stages)).toBeCloseTo(total ?? NaN, 6)
  })

  it('shows answers to input alone while there are some, else every frame', () => {
    const window = new StatisticsWindow()
    window.frame(frameRecord({ ...line, input: null }, 10))
    expect(window.summary(4000, null)).toMatchObject({
      fromInput: false,
      total: 2600,
      stages: { input: null },
    })
    window.frame(frameRecord({ ...line, input: { at: 0, arrived: 500 } }, 10))
    expect(window.summary(4000, null)).toMatchObject({ fromInput: true, total: 3600 })
  })

  it('counts rates over the window and totals over everything', () => {
    const window = new StatisticsWindow()
    window.received(0, 500)
    window.received(WINDOW_US + 10, 3000)
    window.sent(7)
    for (let at = 0; at < 6; at++)
      window.frame(frameRecord({ ...line, input: null, drawn: WINDOW_US + at }, 25, at < 3))
    const figures = window.summary(WINDOW_US + 10, null)
    expect(figures).toMatchObject({
      bytesReceived: 3500,
      bytesSent: 7,
      bytesPerSecond: 1000,
      framesPerSecond: 2,
      videoPerSecond: 1,
    })
    expect(figures.lastFrameBytes).toBe(25)
    expect(window.summary(10 * WINDOW_US, null)).toMatchObject({
      total: figures.total,
      framesPerSecond: 0,
      bytesPerSecond: 0,
    })
  })

  it('finds the input that a picture answers', () => {
    const times = new InputTimes()
    times.sent(1, 1000)
    times.sent(2, 5000)
    times.sent(3, 9000)
    // The newest that had arrived before the change; it and what is older have their answer.
    expect(times.answered(3, 6000, 100)).toEqual({ at: 5000, arrived: 5100 })
    expect(times.answered(3, 9900, 100)).toBeNull()
    times.sent(4, 10_000)
    // A change much later has another cause.
    expect(times.answered(4, 2_000_000, 100)).toBeNull()
  })
})
