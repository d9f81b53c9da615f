// @vitest-environment node
/**
 * A session in the worker, from the first byte to the last, against the agent's end of a real pipe. Sockets, decoder and clock
 * are fakes.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import type { Picture } from '~/desktop/painter'
import { AgentEnd, pipeModule } from '~/testing/pipe-module'
import { CompanyToAgentSchema, CompanyToViewerSchema } from '~/wire/__generated__/farol/company_pb'
import { InputToAgentSchema } from '~/wire/__generated__/farol/input_pb'
import { Channel, Close_Code } from '~/wire/__generated__/farol/pipe_pb'
import {
  ScreenToAgentSchema,
  ScreenToViewerSchema,
  type SurfaceSchema,
} from '~/wire/__generated__/farol/screen_pb'
import { type ClipboardContent, clipboardMessage, parseClipboard } from '~/wire/clipboard'
import { DATA_CHANNELS, type DataChannel } from '~/wire/limits'
import { ViewerPipe } from '~/wire/pipe'

import { Engine, FIRST_WISHES } from './engine'
import type { FromWorker } from './messages'

type Screen = NonNullable<MessageInitShape<typeof ScreenToViewerSchema>['message']>

const SESSION = new Uint8Array(16).fill(0xab)
const RELAY_READY = Uint8Array.from(Buffer.from(`0a10${'ab'.repeat(16)}`, 'hex'))

/** An offer of text alone. */
const offerOf = (text: string): ClipboardContent => {
  const content = new TextEncoder().encode(text)
  return {
    kind: 'offer',
    id: 1,
    has: [{ kind: 'text', size: content.length, content }],
    leftOut: [],
  }
}

/** An engine with everything around it. */
class Rig {
  now = 1_000_000
  told: FromWorker[] = []
  painted: Picture[] = []
  /** Close codes of the sockets that were hung up. */
  hungUp: number[] = []
  buffered = 0
  /** Packets that the viewer sent. */
  said = 0
  resets: string[] = []
  /** What the decoder does with the next frames; by default it succeeds. */
  decode: () => Promise<Picture> = () => Promise.resolve(picture)
  readonly decoder = {
    decodesVideo: true,
    reset: (width: number, height: number) => {
      this.resets.push(`${width}x${height}`)
    },
    decode: () => this.decode(),
  }
  /** When the page says that it drew. */
  drawn: () => Promise<number> = () => Promise.resolve(this.now)
  /** Whether what either end says gets through. */
  passes = true
  agent = new AgentEnd(DATA_CHANNELS, 0)
  #seed = 1
  #toAgent: Uint8Array[] = []
  #arrived: { channel: DataChannel; bytes: Uint8Array }[] = []
  farewells = 0
  readonly pipe: ViewerPipe
  readonly engine: Engine

  constructor() {
    const random = (bytes: number) => new Uint8Array(bytes).fill(this.#seed++)
    this.pipe = new ViewerPipe(pipeModule, random, DATA_CHANNELS, this.now)
    this.engine = new Engine(
      {
        now: () => this.now,
        tell: (message) => this.told.push(message),
        decoder: this.decoder,
        paint: (shown) => {
          this.painted.push(shown)
          return this.drawn()
        },
      },
      this.pipe,
      FIRST_WISHES,
    )
  }

  /** A socket, through relay and handshake. */
  open(channels: readonly DataChannel[] = DATA_CHANNELS): this {
    this.agent.setChannels(channels)
    this.dial()
    this.settle()
    return this
  }

  /** A socket whose relay lets us in. */
  dial(): void {
    this.#toAgent = []
    this.engine.connect(
      {
        send: (bytes) => {
          this.said += 1
          this.#toAgent.push(bytes)
        },
        buffered: () => this.buffered,
        hangUp: (code) => {
          this.hungUp.push(code)
          for (const packet of this.#toAgent.splice(0)) this.agent.receive(this.now, packet)
          if (this.agent.arrived().includes('closed')) this.farewells += 1
          this.agent.disconnected()
        },
      },
      { session: SESSION, machineKey: this.agent.publicKey },
      FIRST_WISHES,
    )
    this.agent.connect(this.now, SESSION, this.pipe.publicKey)
    this.engine.received(RELAY_READY)
  }

  /** Passes on what both ends say until they are quiet. */
  settle(): void {
    if (!this.passes) return
    for (let quiet = false; !quiet;) {
      const up = this.#toAgent.splice(0)
      for (const packet of up) this.agent.receive(this.now, packet)
      const down = this.agent.packets()
      for (const packet of down) this.engine.received(packet)
      for (const arrived of this.agent.arrived())
        if (arrived === 'closed') this.farewells += 1
        else this.#arrived.push(arrived)
      quiet = up.length + down.length === 0
    }
  }

  screen(message: Screen): void {
    const kind = message.case === 'frame' ? 'frame' : 'ordered'
    const bytes = toBinary(ScreenToViewerSchema, create(ScreenToViewerSchema, { message }))
    this.agent.send(Channel.SCREEN, kind, bytes)
    this.settle()
  }

  layout(generation: number): void {
    this.screen({ case: 'layout', value: { generation, width: 64, height: 48 } })
  }

  surface(surface: MessageInitShape<typeof SurfaceSchema>): void {
    this.screen({ case: 'layout', value: { generation: 1, width: 64, height: 48, surface } })
  }

  frame(id: number, generation: number): void {
    const times = { damagedUs: 1n, capturedUs: 2n, encodedUs: 3n, queuedUs: 4n }
    const value = { id, generation, data: Uint8Array.of(1, 2, 3), times, exact: true }
    this.screen({ case: 'frame', value })
  }

  clipboard(text: string): void {
    this.agent.send(Channel.CLIPBOARD, 'clipboard', clipboardMessage(offerOf(text)))
    this.settle()
  }

  /** Messages that the agent got on a channel since the last call. */
  sent(channel: DataChannel): Uint8Array[] {
    this.settle()
    const sent = this.#arrived.filter((arrived) => arrived.channel === channel)
    this.#arrived = this.#arrived.filter((arrived) => arrived.channel !== channel)
    return sent.map(({ bytes }) => bytes)
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

  /** The network goes away under the socket, with everything on its way. */
  lose(): void {
    this.#toAgent = []
    this.agent.packets()
    this.agent.disconnected()
    this.engine.closed(1006, '')
  }

  /** Time passes; the engine's timer runs. */
  pass(micros: number): void {
    const end = this.now + micros
    for (let due = this.engine.deadline; due !== null && due <= end; due = this.engine.deadline) {
      this.now = Math.max(this.now, due)
      this.engine.tick()
      this.settle()
    }
    this.now = end
  }
}

const picture: Picture = {
  pixels: new Uint8ClampedArray(4),
  width: 1,
  height: 1,
  changed: [{ x: 0, y: 0, width: 1, height: 1 }],
}

const press = (code: string) => ({ kind: 'chord', codes: [code] }) as const

/** Lets settled promises go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('engine', () => {
  it('goes from relay to picture by name, and acknowledges what it drew', async () => {
    const rig = new Rig().open()
    expect(rig.screenWishes()).toMatchObject([
      {
        case: 'settings',
        value: { paused: false, quality: 0, vp9: true, monitor: '', scaling: 0 },
      },
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

  it('asks for a monitor, shows what is sent of it, and draws all of its first picture', async () => {
    const rig = new Rig().open()
    const wishes = { ...FIRST_WISHES, monitor: 'right', view: { width: 900.4, height: 600 } }
    rig.engine.wish({ ...wishes, mayShrink: false })
    rig.settle()
    expect(rig.screenWishes().at(-1)).toMatchObject({
      value: { monitor: 'right', viewWidth: 900, viewHeight: 600, scaling: 1 },
    })
    rig.surface({ x: 40, y: 8, width: 24, height: 40, pictureWidth: 12, monitor: 'right' })
    expect(rig.resets).toEqual(['12x40'])
    expect(rig.told.at(-1)).toMatchObject({
      type: 'layout',
      layout: {
        width: 64,
        surface: { x: 40, y: 8, picture: { width: 12, height: 40 }, monitor: 'right' },
      },
    })
    rig.decode = () => Promise.resolve({ ...picture, changed: [] })
    rig.frame(1, 1)
    await settled()
    rig.frame(2, 1)
    await settled()
    expect(rig.painted.map(({ changed }) => changed)).toEqual([
      [{ x: 0, y: 0, width: 1, height: 1 }],
      [],
    ])
  })

  it.each([
    ['outside', { x: 41, y: 0, width: 24, height: 48 }],
    ['empty', { x: 0, y: 0, width: 0, height: 48 }],
    ['a picture that is larger', { width: 64, height: 48, pictureHeight: 49 }],
    ['a name without end', { width: 64, height: 48, monitor: 'x'.repeat(65) }],
  ])('refuses a surface that cannot be: %s', (_, surface) => {
    const rig = new Rig().open()
    rig.surface(surface)
    expect(rig.told.at(-1)).toMatchObject({
      type: 'lost',
      loss: { source: 'pipe', end: { by: 'viewer', code: 'protocol_violation' } },
    })
  })

  it('takes thirty-two monitors and no more', () => {
    const of = (count: number) => {
      const rig = new Rig().open()
      const monitor = { name: 'x', width: 1, height: 1 }
      const monitors = Array.from({ length: count }, () => monitor)
      rig.screen({ case: 'layout', value: { generation: 1, width: 64, height: 48, monitors } })
      return rig.told.at(-1)?.type
    }
    expect([of(32), of(33)]).toEqual(['layout', 'lost'])
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
    rig.settle()
    expect(started).toHaveLength(2)
    started[1]!()
    await settled()
    expect(rig.resets).toEqual(['64x48', '64x48'])
    expect(rig.screenWishes()).toMatchObject([{ value: { id: 1 } }, { value: { id: 2 } }])
  })

  it('acknowledges a frame that only compares, and counts it as no picture', async () => {
    const rig = new Rig().open()
    rig.layout(1)
    rig.frame(1, 1)
    await settled()
    rig.decode = () => Promise.resolve({ ...picture, changed: [] })
    rig.frame(2, 1)
    await settled()
    expect(rig.screenWishes().at(-1)).toMatchObject({ case: 'ack', value: { id: 2 } })
    rig.engine.tellStatistics()
    expect(rig.told.at(-1)).toMatchObject({ type: 'statistics', statistics: { frames: 1 } })
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

  it('says that it decodes no video any more before it asks for everything again', async () => {
    const rig = new Rig().open()
    rig.screenWishes()
    rig.layout(1)
    rig.decode = () => {
      rig.decoder.decodesVideo = false
      return Promise.reject(new Error('the decoder is stuck'))
    }
    rig.frame(1, 1)
    await settled()
    expect(rig.screenWishes()).toMatchObject([
      { case: 'ack' },
      { case: 'settings', value: { paused: false, vp9: false } },
      { case: 'refresh' },
    ])
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
    expect(rig.hungUp).toEqual([4400])
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
      (rig: Rig) => {
        rig.agent.send(Channel.SCREEN, 'ordered', Uint8Array.of(1))
        rig.settle()
      },
    ]) {
      const rig = new Rig().open()
      bad(rig)
      rig.engine.closed(1000, '')
      const lost = rig.told.filter(({ type }) => type === 'lost')
      expect(lost).toMatchObject([
        { loss: { source: 'pipe', end: { by: 'viewer', code: 'protocol_violation' } } },
      ])
      rig.settle()
      expect(rig.farewells).toBe(1)
      expect(rig.hungUp).toEqual([4400])
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
    rig.pass(10_000)
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
    rig.engine.clipboard(offerOf('text'))
    expect(rig.inputs()).toEqual([])
    expect(rig.sent(Channel.CLIPBOARD)).toEqual([])
    expect(rig.told).toContainEqual({
      type: 'opened',
      input: false,
      clipboard: false,
      resumed: false,
    })
  })

  it('passes on what was copied both ways', () => {
    const rig = new Rig().open()
    rig.clipboard('copied')
    expect(rig.told).toContainEqual({ type: 'clipboard', content: offerOf('copied') })
    rig.engine.clipboard(offerOf('pasted'))
    const part = { kind: 'part', offer: 1, of: 'picture', from: 0 } as const
    rig.engine.clipboard({ ...part, content: new Uint8Array(100_000) })
    const sent = rig.sent(Channel.CLIPBOARD).map(parseClipboard)
    expect(sent).toEqual([offerOf('pasted'), { ...part, content: new Uint8Array(100_000) }])
  })

  it('passes on what is told of company, and points only while somebody sees it', () => {
    const rig = new Rig().open()
    const message = { case: 'driveAsked', value: { person: 2 } } as const
    const bytes = toBinary(CompanyToViewerSchema, create(CompanyToViewerSchema, { message }))
    rig.agent.send(Channel.COMPANY, 'ordered', bytes)
    rig.settle()
    expect(rig.told).toContainEqual({ type: 'company', news: { kind: 'drive_asked', person: 2 } })
    rig.lose()
    rig.engine.company({ kind: 'point', at: { x: 1, y: 1, laser: false } })
    rig.engine.company({ kind: 'say', text: 'meanwhile' })
    rig.open()
    const sent = rig.sent(Channel.COMPANY)
    expect(sent.map((said) => fromBinary(CompanyToAgentSchema, said).message)).toMatchObject([
      { case: 'say', value: { text: 'meanwhile' } },
    ])
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

  it('tells how the agent ended it', () => {
    const rig = new Rig().open()
    rig.agent.close(Close_Code.END_USER)
    rig.settle()
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'agent', code: 'end_user' } } })
    // The session's end is the server's to tell: this is no goodbye of the viewer.
    expect(rig.hungUp).toEqual([4000])
  })

  it('notices an agent that went silent within seconds, and keeps the session', () => {
    const rig = new Rig().open()
    rig.passes = false
    rig.pass(4_500_000)
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'timed_out' } } })
    expect(rig.hungUp).toEqual([4408])
    rig.passes = true
    rig.open()
    expect(rig.told.filter(({ type }) => type === 'opened')).toMatchObject([
      { resumed: false },
      { resumed: true },
    ])
  })

  it('says next to nothing while nothing happens, and asks at once when something does', () => {
    for (const visible of [true, false]) {
      const rig = new Rig().open()
      rig.engine.wish({ ...FIRST_WISHES, paused: !visible })
      rig.settle()
      rig.pass(120_000_000)
      const before = rig.said
      rig.pass(600_000_000)
      expect(rig.said - before).toBeLessThanOrEqual(600 / 25)
      const calm = rig.said
      rig.engine.act([press('F1')], rig.now)
      expect(rig.engine.deadline).toBeLessThanOrEqual(rig.now)
      rig.pass(0)
      const asked = rig.said
      expect(asked).toBeGreaterThan(calm)
      rig.pass(20_000_000)
      expect(rig.said, 'it was answered').toBe(asked)
      expect(rig.kinds()).not.toContain('lost')
    }
  })

  it('notices as soon as ever that a key was pressed on a dead connection', () => {
    const rig = new Rig().open()
    rig.pass(1_000_000_000)
    rig.passes = false
    rig.engine.act([press('F1')], rig.now)
    rig.pass(4_000_000)
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'timed_out' } } })
  })

  it('notices a dead connection on which nothing happens within half a minute', () => {
    const rig = new Rig().open()
    rig.pass(1_000_000_000)
    rig.passes = false
    rig.pass(28_000_000)
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'timed_out' } } })
  })

  it('measures each second while somebody looks at the figures', () => {
    const rig = new Rig().open()
    rig.pass(120_000_000)
    rig.engine.measureSteadily(true)
    const before = rig.said
    rig.pass(60_000_000)
    expect(rig.said - before).toBeGreaterThanOrEqual(60)
    rig.engine.measureSteadily(false)
    rig.pass(60_000_000)
    const after = rig.said
    rig.pass(60_000_000)
    expect(rig.said - after).toBeLessThanOrEqual(3)
  })

  it('says goodbye and nothing more', () => {
    const rig = new Rig().open()
    const before = rig.told.length
    rig.engine.close()
    rig.engine.closed(1000, '')
    rig.settle()
    expect(rig.told).toHaveLength(before)
    expect(rig.hungUp).toEqual([1000])
    expect(rig.farewells).toBe(1)
  })
})

describe('an engine whose connection is lost', () => {
  it('sends what was under way and what was typed meanwhile exactly once, in order', () => {
    const rig = new Rig().open()
    rig.engine.act([press('F1')], rig.now)
    expect(rig.inputs()).toEqual(['1 chord'])
    rig.passes = false
    rig.engine.act([press('F2')], rig.now)
    rig.lose()
    rig.engine.act([press('F3'), press('F4')], rig.now)
    expect(rig.told.at(-1)).toEqual({ type: 'held', count: 2 })
    rig.pass(60_000_000)
    rig.passes = true
    rig.open()
    expect(rig.inputs()).toEqual(['2 chord', '3 chord', '4 chord'])
    expect(rig.told).toContainEqual({ type: 'held', count: 0 })
    rig.engine.act([press('F5')], rig.now)
    expect(rig.inputs()).toEqual(['5 chord'])
  })

  it('goes on with the picture where it was', async () => {
    const rig = new Rig().open()
    rig.layout(1)
    rig.frame(1, 1)
    await settled()
    rig.lose()
    rig.open()
    rig.screenWishes()
    rig.frame(2, 1)
    await settled()
    expect(rig.painted).toHaveLength(2)
    expect(rig.resets).toEqual(['64x48'])
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack', value: { id: 2 } }])
  })

  it('begins anew with an agent that remembers nothing, and sends it nothing from before', async () => {
    const rig = new Rig().open()
    rig.layout(1)
    const drawn: (() => void)[] = []
    rig.drawn = () => new Promise((resolve) => drawn.push(() => resolve(rig.now)))
    rig.frame(1, 1)
    await settled()
    rig.lose()
    rig.engine.act([press('F1')], rig.now)
    rig.agent = new AgentEnd(DATA_CHANNELS, rig.now)
    rig.open()
    rig.screenWishes()
    drawn[0]!()
    await settled()
    expect(rig.inputs()).toEqual([])
    expect(rig.screenWishes()).toEqual([])
    rig.drawn = () => Promise.resolve(rig.now)
    rig.layout(1)
    rig.frame(1, 1)
    await settled()
    expect(rig.screenWishes()).toMatchObject([{ case: 'ack', value: { id: 1 } }])
    expect(rig.kinds().filter((kind) => kind === 'picture')).toHaveLength(1)
  })

  it('bounds what is typed into nothing: half a stroke is worse than none', () => {
    const rig = new Rig().open()
    rig.lose()
    for (let count = 0; count <= 512; count++) rig.engine.act([press('F1')], rig.now)
    rig.open()
    expect(rig.inputs()).toEqual(['1 releaseAll'])
  })

  it('drops a connection whose bytes somebody changed, and nothing else', () => {
    const rig = new Rig().open()
    rig.engine.received(new Uint8Array(40))
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'not_sealed' } } })
    rig.open()
    expect(rig.told.filter(({ type }) => type === 'opened').at(-1)).toMatchObject({ resumed: true })
  })

  it('lets nobody in who has not the machine’s key', () => {
    const rig = new Rig()
    const real = rig.agent
    rig.passes = false
    rig.dial()
    rig.engine.drop()
    // Somebody else answers in the machine's place.
    rig.engine.connect(
      { send: () => undefined, buffered: () => 0, hangUp: () => undefined },
      { session: SESSION, machineKey: real.publicKey },
      FIRST_WISHES,
    )
    rig.engine.received(RELAY_READY)
    rig.engine.received(Uint8Array.of(2, ...new Uint8Array(60)))
    expect(rig.told.at(-1)).toMatchObject({ loss: { end: { by: 'nobody', code: 'not_sealed' } } })
    expect(rig.kinds()).not.toContain('opened')
  })

  it('hangs up a connection that comes after the end', () => {
    const rig = new Rig().open()
    rig.engine.close()
    const codes: number[] = []
    rig.engine.connect(
      { send: () => undefined, buffered: () => 0, hangUp: (code) => codes.push(code) },
      { session: SESSION, machineKey: rig.agent.publicKey },
      FIRST_WISHES,
    )
    expect(codes).toEqual([4000])
  })

  it('tells of rights that come and go, and sends nothing without them', () => {
    const rig = new Rig().open()
    rig.agent.setChannels([Channel.SCREEN])
    rig.settle()
    expect(rig.told.at(-1)).toEqual({ type: 'channels', input: false, clipboard: false })
    rig.engine.act([press('F1')], rig.now)
    expect(rig.inputs()).toEqual([])
    rig.agent.setChannels(DATA_CHANNELS)
    rig.settle()
    expect(rig.told.at(-1)).toEqual({ type: 'channels', input: true, clipboard: true })
    rig.engine.act([press('F2')], rig.now)
    expect(rig.inputs()).toHaveLength(1)
  })
})
