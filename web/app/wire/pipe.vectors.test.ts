// @vitest-environment node
/**
 * The viewer's end against the vectors that the Rust side records (`proto/vectors/README.md`): the same bytes, the same
 * events, the same errors, step by step.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { Channel } from './__generated__/farol/pipe_pb'
import { ClockEstimate } from './clock'
import { DATA_CHANNELS, type DataChannel } from './limits'
import { PipeViolation } from './packet'
import { type PipeEvent, ViewerPipe } from './pipe'

interface Script {
  name: string
  start_us: number
  viewer: { handshake: string; channels: number[] }
  steps: Step[]
}

interface Step {
  side: 'viewer' | 'agent'
  now_us: number
  send?: { channel: number; class: string; message: string }
  result?: string
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

describe('pipe vectors', () => {
  it('has scripts to play', () => expect(scripts.length).toBeGreaterThan(0))

  it.each(scripts.map((script) => [script.name, script] as const))('%s', (_, script) => {
    const channels = script.viewer.channels.map(dataChannel)
    const player = new Player(
      new ViewerPipe(script.start_us, bytesOf(script.viewer.handshake), channels),
    )
    const own = script.steps.filter(({ side }) => side === 'viewer')
    expect(own.length).toBeGreaterThan(0)
    own.forEach((step, index) => player.play(step, `${script.name}, step ${index} of the viewer`))
  })
})

class Player {
  readonly #clock = new ClockEstimate()
  readonly #pipe: ViewerPipe

  constructor(pipe: ViewerPipe) {
    this.#pipe = pipe
  }

  play(step: Step, at: string): void {
    const pipe = this.#pipe
    if (step.send !== undefined) {
      const queueing = ['Ack', 'Clipboard'].includes(step.send.class) ? 'newest' : 'ordered'
      const queued = pipe.send(dataChannel(step.send.channel), bytesOf(step.send.message), queueing)
      expect(queued ? 'ok' : 'full', at).toBe(step.result)
    } else if (step.transmit !== undefined) {
      const packet = pipe.pollTransmit()
      const expected = step.transmit === null ? null : hexOf(bytesOf(step.transmit))
      expect(packet === null ? null : hexOf(packet), at).toBe(expected)
    } else if (step.receive !== undefined) {
      expect(this.#receive(step.now_us, bytesOf(step.receive)), at).toBe(step.error)
    } else if (step.event !== undefined) {
      expect(this.#event(pipe.pollEvent()), at).toEqual(normalized(step.event))
    } else if (step.timeout !== undefined) {
      pipe.handleTimeout(step.now_us)
    } else if (step.deadline_us !== undefined) {
      expect(pipe.pollDeadline(), at).toBe(step.deadline_us)
    } else if (step.set_visible !== undefined) {
      pipe.setVisible(step.set_visible)
    } else if (step.close !== undefined) {
      expect(step.close.code, at).toBe('done')
      pipe.close(step.close.text)
    } else {
      throw new Error(`${at} is of a kind that this test does not know`)
    }
  }

  #receive(now: number, packet: Uint8Array): string | null {
    try {
      this.#pipe.handleInput(now, packet)
      return null
    } catch (error) {
      if (error instanceof PipeViolation) return error.code
      throw error
    }
  }

  #event(event: PipeEvent | null): unknown {
    switch (event?.kind) {
      case undefined:
        return null
      case 'opened':
        return { kind: 'open', channels: event.channels.map(Number).sort() }
      case 'message':
        return { kind: 'message', channel: event.content.channel, message: hexOf(event.bytes) }
      case 'clock':
        this.#clock.add(event.times)
        return {
          kind: 'clock',
          rtt_us: this.#clock.lastRoundTrip,
          min_rtt_us: this.#clock.shortestRoundTrip,
          offset_us: this.#clock.offset,
        }
      case 'closed': {
        const by = { agent: 'peer', nobody: 'timeout', viewer: 'viewer' }[event.end.by]
        return { kind: 'closed', code: event.end.code, text: event.end.text, by }
      }
    }
  }
}

function normalized(event: Record<string, unknown> | null): unknown {
  if (event?.['kind'] !== 'message') return event
  return { ...event, message: hexOf(bytesOf(String(event['message']))) }
}

function dataChannel(number: number): DataChannel {
  const channel = DATA_CHANNELS.find((known) => (known as number) === number)
  if (channel === undefined)
    throw new Error(`${number} is no data channel of ${Channel.CONTROL}..3`)
  return channel
}

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
