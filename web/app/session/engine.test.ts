// @vitest-environment node
/** One connection, from the first byte to the last, against an agent made of packets. Socket, decoder and clock are fakes. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import type { Picture } from '~/desktop/painter'
import { ClipboardMessageSchema } from '~/wire/__generated__/farol/clipboard_pb'
import { InputToAgentSchema } from '~/wire/__generated__/farol/input_pb'
import { Channel, ControlMessageSchema } from '~/wire/__generated__/farol/pipe_pb'
import { ScreenToAgentSchema, ScreenToViewerSchema } from '~/wire/__generated__/farol/screen_pb'
import { DATA_CHANNELS } from '~/wire/limits'
import { buildPacket, parsePacket } from '~/wire/packet'

import { Engine } from './engine'
import type { FromWorker } from './messages'

type Screen = NonNullable<MessageInitShape<typeof ScreenToViewerSchema>['message']>
type Control = NonNullable<MessageInitShape<typeof ControlMessageSchema>['message']>

/** An engine with everything around it. */
class Rig {
  now = 1_000_000
  told: FromWorker[] = []
  painted: Picture[] = []
  hungUp = 0
  buffered = 0
  resets: string[] = []
  /** What the decoder does with the next frames; by default it succeeds. */
  decode: () => Promise<Picture> = () => Promise.resolve(picture)
  /** When the page says that it drew. */
  drawn: () => Promise<number> = () => Promise.resolve(this.now)
  #sent: Uint8Array[] = []
  #seq = new Map<Channel, number>()
  readonly engine: Engine

  constructor() {
    this.engine = new Engine(
      {
        now: () => this.now,
        random: (bytes) => new Uint8Array(bytes).fill(5),
        tell: (message) => this.told.push(message),
        send: (bytes) => this.#sent.push(bytes),
        buffered: () => this.buffered,
        hangUp: () => {
          this.hungUp += 1
        },
        decoder: {
          reset: (width, height) => this.resets.push(`${width}x${height}`),
          decode: () => this.decode(),
        },
        paint: (shown) => {
          this.painted.push(shown)
          return this.drawn()
        },
      },
      { paused: false, quality: 'auto' },
    )
  }

  /** Through relay and handshake. */
  open(channels: readonly Channel[] = DATA_CHANNELS): this {
    this.engine.received(Uint8Array.from(Buffer.from(`0a10${'ab'.repeat(16)}`, 'hex')))
    this.control({
      case: 'accept',
      value: { version: 1, handshake: new Uint8Array(32), channels: [...channels] },
    })
    return this
  }

  control(message: Control): void {
    this.#receive(
      Channel.CONTROL,
      toBinary(ControlMessageSchema, create(ControlMessageSchema, { message })),
    )
  }

  screen(message: Screen): void {
    this.#receive(
      Channel.SCREEN,
      toBinary(ScreenToViewerSchema, create(ScreenToViewerSchema, { message })),
    )
  }

  layout(generation: number): void {
    this.screen({ case: 'layout', value: { generation, width: 64, height: 48, monitors: [] } })
  }

  frame(id: number, generation: number, lastInputId = 0): void {
    const times = { damagedUs: 1n, capturedUs: 2n, encodedUs: 3n, queuedUs: 4n }
    this.screen({
      case: 'frame',
      value: { id, generation, data: Uint8Array.of(1), times, lastInputId, exact: true },
    })
  }

  clipboard(text: string): void {
    const message = create(ClipboardMessageSchema, { message: { case: 'text', value: { text } } })
    this.#receive(Channel.CLIPBOARD, toBinary(ClipboardMessageSchema, message))
  }

  /** What was sent on a channel since the last time. */
  sent(channel: Channel): Uint8Array[] {
    const own = this.#sent.filter((packet) => parsePacket(packet).channel === channel)
    this.#sent = this.#sent.filter((packet) => !own.includes(packet))
    return own.map((packet) => parsePacket(packet).fragment)
  }

  screenWishes(): unknown[] {
    return this.sent(Channel.SCREEN).map((bytes) => fromBinary(ScreenToAgentSchema, bytes).message)
  }

  inputs(): (string | undefined)[] {
    return this.sent(Channel.INPUT).flatMap((bytes) =>
      fromBinary(InputToAgentSchema, bytes).events.map(({ id, event }) => `${id} ${event.case}`),
    )
  }

  kinds(): string[] {
    return this.told.map((message) =>
      'stage' in message ? `stage ${message.stage}` : message.type,
    )
  }

  #receive(channel: Channel, fragment: Uint8Array): void {
    const seq = this.#seq.get(channel) ?? 0
    this.#seq.set(channel, seq + 1)
    this.engine.received(buildPacket({ channel, end: true, seq, fragment }))
  }
}

const picture: Picture = { pixels: new Uint8ClampedArray(4), width: 1, height: 1, changed: [] }

/** Lets settled promises go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('engine', () => {
  it('goes from relay to picture by name, and acknowledges what it drew', async () => {
    const rig = new Rig().open()
    expect(rig.screenWishes()).toMatchObject([
      { case: 'settings', value: { paused: false, quality: 0 } },
    ])
    rig.layout(1)
    rig.frame(1, 1)
    await settled()
    expect(rig.kinds()).toEqual([
      'stage handshake',
      'opened',
      'stage picture',
      'layout',
      'picture',
      'exact',
    ])
    expect(rig.painted).toHaveLength(1)
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack', value: { id: 1 } }])
  })

  it('decodes one frame at a time and in order; the rest waits in the pipe', async () => {
    const rig = new Rig().open()
    rig.screenWishes()
    const started: (() => void)[] = []
    rig.decode = () => new Promise((resolve) => started.push(() => resolve(picture)))
    rig.layout(1)
    rig.frame(1, 1)
    rig.frame(2, 1)
    rig.layout(2)
    expect(started).toHaveLength(1)
    expect(rig.resets).toEqual(['64x48'])
    started[0]!()
    await settled()
    expect(started).toHaveLength(2)
    started[1]!()
    await settled()
    expect(rig.resets).toEqual(['64x48', '64x48'])
    expect(rig.screenWishes()).toMatchObject([{ value: { id: 1 } }, { value: { id: 2 } }])
  })

  it('stops taking frames while the page draws none', async () => {
    const rig = new Rig().open()
    rig.screenWishes()
    const pages: (() => void)[] = []
    rig.drawn = () => new Promise((resolve) => pages.push(() => resolve(rig.now)))
    rig.layout(1)
    for (let id = 1; id <= 6; id++) rig.frame(id, 1)
    for (let step = 0; step < 6; step++) await settled()
    expect(rig.painted).toHaveLength(3)
    expect(rig.screenWishes()).toEqual([])
    pages[0]!()
    for (let step = 0; step < 3; step++) await settled()
    expect(rig.painted).toHaveLength(4)
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack', value: { id: 1 } }])
  })

  it('asks for everything again when a picture is unusable, and shows nothing until it comes', async () => {
    const rig = new Rig().open()
    rig.screenWishes()
    rig.layout(1)
    rig.decode = () => Promise.reject(new Error('nonsense'))
    rig.frame(1, 1)
    await settled()
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack' }, { case: 'refresh' }])
    rig.decode = () => Promise.resolve(picture)
    rig.frame(2, 1)
    await settled()
    expect(rig.painted).toHaveLength(0)
    rig.layout(2)
    rig.frame(3, 2)
    await settled()
    expect(rig.painted).toHaveLength(1)
  })

  it('gives an agent up whose pictures never decode', async () => {
    const rig = new Rig().open()
    rig.decode = () => Promise.reject(new Error('nonsense'))
    for (let generation = 1; generation <= 4; generation++) {
      rig.layout(generation)
      rig.frame(generation, generation)
      await settled()
    }
    expect(rig.told.at(-1)).toMatchObject({
      type: 'lost',
      loss: { source: 'pipe', end: { code: 'protocol_violation' } },
    })
    expect(rig.hungUp).toBe(1)
  })

  it('acknowledges and drops frames of a desktop that is gone', async () => {
    const rig = new Rig().open()
    rig.screenWishes()
    rig.layout(2)
    rig.frame(1, 1)
    await settled()
    expect(rig.painted).toHaveLength(0)
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack', value: { id: 1 } }])
  })

  it('closes with a farewell on what an agent must not send, and tells why once', () => {
    for (const bad of [
      (rig: Rig) => rig.frame(1, 1),
      (rig: Rig) => rig.screen({ case: 'layout', value: { generation: 1, width: 0, height: 9 } }),
      (rig: Rig) =>
        rig.screen({
          case: 'cursorShape',
          value: { id: 1, width: 9, height: 9, rgba: new Uint8Array(5) },
        }),
      (rig: Rig) => rig.engine.received(Uint8Array.of(1)),
    ]) {
      const rig = new Rig().open()
      rig.sent(Channel.CONTROL)
      bad(rig)
      rig.engine.closed(1000, '')
      const lost = rig.told.filter(({ type }) => type === 'lost')
      expect(lost).toMatchObject([
        { loss: { source: 'pipe', end: { by: 'viewer', code: 'protocol_violation' } } },
      ])
      const farewell = rig
        .sent(Channel.CONTROL)
        .map((bytes) => fromBinary(ControlMessageSchema, bytes).message.case)
      expect(farewell).toEqual(['close'])
    }
  })

  it('numbers input and sends keys before waiting moves are due', () => {
    const rig = new Rig().open()
    rig.engine.act([{ kind: 'move', x: 1, y: 1 }], rig.now)
    rig.engine.act([{ kind: 'move', x: 2, y: 1 }], rig.now)
    expect(rig.inputs()).toEqual(['1 pointerMove'])
    rig.engine.act([{ kind: 'button', button: 'left', down: true, x: 2, y: 1 }], rig.now)
    expect(rig.inputs()).toEqual(['2 pointerMove', '3 pointerButton'])
    rig.engine.act([{ kind: 'move', x: 3, y: 1 }], rig.now)
    rig.now = rig.engine.deadline ?? 0
    rig.engine.tick()
    expect(rig.inputs()).toEqual(['4 pointerMove'])
  })

  it('keeps moves back while the socket is backed up', () => {
    const rig = new Rig().open()
    rig.buffered = 1_000_000
    rig.engine.act([{ kind: 'move', x: 1, y: 1 }], rig.now)
    rig.now += 1_000
    rig.engine.tick()
    expect(rig.inputs()).toEqual([])
    rig.engine.act([{ kind: 'chord', codes: ['F1'] }], rig.now)
    expect(rig.inputs()).toEqual(['1 pointerMove', '2 chord'])
  })

  it('has no input and no clipboard in a session that may only look', () => {
    const rig = new Rig().open([Channel.SCREEN])
    rig.engine.act([{ kind: 'chord', codes: ['F1'] }], rig.now)
    rig.engine.clipboard('text')
    expect(rig.inputs()).toEqual([])
    expect(rig.sent(Channel.CLIPBOARD)).toEqual([])
    expect(rig.told).toContainEqual({
      type: 'opened',
      input: false,
      clipboard: false,
      resumed: false,
    })
  })

  it('passes text on both ways', () => {
    const rig = new Rig().open()
    rig.clipboard('copied')
    expect(rig.told).toContainEqual({ type: 'clipboard', text: 'copied' })
    rig.engine.clipboard('pasted')
    expect(rig.sent(Channel.CLIPBOARD)).toHaveLength(1)
  })

  it('knows a cursor shape again', () => {
    const rig = new Rig().open()
    const rgba = new Uint8Array(16).fill(255)
    rig.screen({ case: 'cursorShape', value: { id: 7, width: 2, height: 2, rgba } })
    rig.screen({ case: 'cursorShape', value: { id: 7, width: 2, height: 2 } })
    rig.screen({ case: 'cursorShape', value: { id: 8, width: 2, height: 2 } })
    expect(rig.told.filter(({ type }) => type === 'cursor')).toHaveLength(2)
  })

  it('tells how the relay ended it, once', () => {
    const rig = new Rig().open()
    rig.engine.closed(4410, 'technician_ended')
    rig.engine.closed(1006, '')
    expect(rig.told.filter(({ type }) => type === 'lost')).toEqual([
      {
        type: 'lost',
        loss: { source: 'relay', code: 'session_ended', reason: 'technician_ended' },
      },
    ])
    expect(rig.engine.deadline).toBeNull()
  })

  it('notices an agent that went silent', () => {
    const rig = new Rig().open()
    for (let step = 0; step < 100 && rig.engine.deadline !== null; step++) {
      rig.now = Math.max(rig.now, rig.engine.deadline)
      rig.engine.tick()
    }
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'timed_out' } } })
  })

  it('says goodbye and nothing more', () => {
    const rig = new Rig().open()
    rig.sent(Channel.CONTROL)
    const before = rig.told.length
    rig.engine.close()
    rig.engine.closed(1000, '')
    expect(rig.told).toHaveLength(before)
    expect(rig.hungUp).toBe(1)
    expect(rig.sent(Channel.CONTROL)).toHaveLength(1)
  })
})
