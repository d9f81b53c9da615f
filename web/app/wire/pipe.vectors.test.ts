// @vitest-environment node
/**
 * The module against the vectors that the Rust side records (`proto/vectors/README.md`): the same bytes, the same events, the
 * same errors, step by step. What messages say is read by `messages.ts`, so what is wrong there shows when an event is taken.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'

import { pipeModule } from '~/testing/pipe-module'

import { DATA_CHANNELS, type DataChannel } from './limits'
import { type PipeEvent, type Queueing, rehearse, ViewerPipe } from './pipe'
import { PipeViolation } from './violation'

interface Script {
  name: string
  start_us: number
  session: string
  viewer: { pipe_id: string; key: string; peer: string; channels: number[] }
  steps: Step[]
}

interface Step {
  side: 'viewer' | 'agent'
  now_us: number
  send?: { channel: number; class: string; message: string }
  result?: string
  connect?: { ephemeral: string }
  disconnected?: true
  transmit?: string | null
  receive?: string
  error?: string | null
  event?: Record<string, unknown> | null
  timeout?: boolean
  deadline_us?: number | null
  set_visible?: boolean
  close?: { code: string; text: string }
}

const scripts = JSON.parse(
  readFileSync(new URL('../../../proto/vectors/pipe.json', import.meta.url), 'utf8'),
) as Script[]

const QUEUEING: Record<string, Queueing> = {
  Ordered: 'ordered',
  Ack: 'ack',
  Clipboard: 'clipboard',
}

describe('a rehearsal', () => {
  it('needs nobody, and leaves no function of a handshake to be compiled later', () => {
    const asked: number[] = []
    const random = (bytes: number) => {
      asked.push(bytes)
      return crypto.getRandomValues(new Uint8Array(bytes))
    }
    const input = vi.spyOn(ViewerPipe.prototype, 'handleInput')
    rehearse(pipeModule, random, 1_000_000)
    // A key, a pipe's id, and what a connection begins with.
    expect(asked).toEqual([32, 16, 32])
    expect(input).toHaveBeenCalledOnce()
    expect(input.mock.results[0]?.value).toMatchObject({ code: 'not_sealed' })
  })
})

describe('pipe vectors', () => {
  it('has scripts to play', () => expect(scripts.length).toBeGreaterThan(0))

  it.each(scripts.map((script) => [script.name, script] as const))('%s', (_, script) => {
    const player = new Player(script)
    const own = script.steps.filter(({ side }) => side === 'viewer')
    expect(own.length).toBeGreaterThan(0)
    own.forEach((step, index) => player.play(step, `${script.name}, step ${index} of the viewer`))
  })
})

class Player {
  readonly #script: Script
  readonly #pipe: ViewerPipe
  /** What the pipe takes for chance next. */
  #chance: Uint8Array[]

  constructor(script: Script) {
    this.#script = script
    const { key, pipe_id: id, channels } = script.viewer
    this.#chance = [bytesOf(key), bytesOf(id)]
    const chance = (count: number) => {
      const bytes = this.#chance.shift()!
      expect(bytes).toHaveLength(count)
      return bytes
    }
    this.#pipe = new ViewerPipe(pipeModule, chance, channels.map(dataChannel), script.start_us)
  }

  play(step: Step, at: string): void {
    const pipe = this.#pipe
    const now = step.now_us
    if (step.send !== undefined) {
      const { channel, message } = step.send
      const queued = pipe.send(dataChannel(channel), bytesOf(message), QUEUEING[step.send.class])
      expect(queued ? 'ok' : 'full', at).toBe(step.result)
    } else if (step.connect !== undefined) {
      this.#chance = [bytesOf(step.connect.ephemeral)]
      const machineKey = bytesOf(this.#script.viewer.peer)
      pipe.connect(now, { session: bytesOf(this.#script.session), machineKey })
    } else if (step.disconnected !== undefined) {
      pipe.disconnected()
    } else if (step.transmit !== undefined) {
      const packet = pipe.pollTransmit()
      const expected = step.transmit === null ? null : hexOf(bytesOf(step.transmit))
      expect(packet === null ? null : hexOf(packet), at).toBe(expected)
    } else if (step.receive !== undefined) {
      expect(this.#receive(now, bytesOf(step.receive), step.error ?? null), at).toBe(step.error)
    } else if (step.event !== undefined) {
      expect(eventValue(pipe.pollEvent()), at).toEqual(normalized(step.event))
    } else if (step.timeout !== undefined) {
      pipe.handleTimeout(now)
    } else if (step.deadline_us !== undefined) {
      expect(pipe.pollDeadline(), at).toBe(step.deadline_us)
    } else if (step.set_visible !== undefined) {
      pipe.setVisible(now, step.set_visible)
    } else if (step.close !== undefined) {
      expect(step.close.code, at).toBe('done')
      pipe.close(step.close.text)
    } else {
      throw new Error(`${at} is of a kind that this test does not know`)
    }
  }

  #receive(now: number, packet: Uint8Array, expected: string | null): string | null {
    try {
      this.#pipe.handleInput(now, packet)
      if (expected !== null) this.#pipe.pollEvent()
      return null
    } catch (error) {
      if (error instanceof PipeViolation) return error.code
      throw error
    }
  }
}

function eventValue(event: PipeEvent | null): unknown {
  switch (event?.kind) {
    case undefined:
      return null
    case 'opened':
      return { kind: 'open', channels: event.channels.map(Number).sort(), resumed: event.resumed }
    case 'channels':
      return { kind: 'channels', channels: event.channels.map(Number).sort() }
    case 'lost':
      return { kind: 'lost', by: event.by }
    case 'message':
      return { kind: 'message', channel: event.content.channel, message: hexOf(event.bytes) }
    case 'clock': {
      const { roundTrip, shortestRoundTrip, offset } = event.estimate
      return {
        kind: 'clock',
        rtt_us: roundTrip,
        min_rtt_us: shortestRoundTrip,
        offset_us: offset,
      }
    }
    case 'closed':
      return { kind: 'closed', code: event.end.code, text: event.end.text }
  }
}

function normalized(event: Record<string, unknown> | null): unknown {
  // Those that the console does not know yet it does not tell.
  const known = (channel: number) => DATA_CHANNELS.some((data) => (data as number) === channel)
  if (Array.isArray(event?.['channels']))
    return { ...event, channels: (event['channels'] as number[]).filter(known) }
  if (event?.['kind'] !== 'message') return event
  return { ...event, message: hexOf(bytesOf(String(event['message']))) }
}

/** The module knows channels of newer agents, too. */
const dataChannel = (number: number) => number as unknown as DataChannel

function bytesOf(hex: string): Uint8Array {
  const bytes: number[] = []
  for (const piece of hex.split(' ').filter((piece) => piece !== '')) {
    const [digits = '', times] = piece.split('*')
    const run = digits.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? []
    if (times === undefined) bytes.push(...run)
    else for (let at = 0; at < Number(times); at++) bytes.push(...run)
  }
  return Uint8Array.from(bytes)
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
