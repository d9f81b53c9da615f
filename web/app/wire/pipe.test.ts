// @vitest-environment node
/** The pipe against what no honest agent sends: nothing but a `PipeViolation` ever comes out, and memory stays bounded. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { Channel, ControlMessageSchema } from './__generated__/farol/pipe_pb'
import { ScreenToViewerSchema } from './__generated__/farol/screen_pb'
import { ClockEstimate } from './clock'
import { DATA_CHANNELS, FRAGMENT_MAX, HEADER_BYTES, SILENCE_US, WINDOW } from './limits'
import { inputMessage } from './messages'
import { buildPacket, parsePacket, PipeViolation } from './packet'
import { ViewerPipe } from './pipe'
import { parseGrant, parseRelayReady, relayClose, relayHello } from './relay'

const control = (message: MessageInitShape<typeof ControlMessageSchema>['message'], seq: number) =>
  buildPacket({
    channel: Channel.CONTROL,
    end: true,
    seq,
    fragment: toBinary(ControlMessageSchema, create(ControlMessageSchema, { message: message! })),
  })

const accept = (channels: Channel[] = [...DATA_CHANNELS]) =>
  control({ case: 'accept', value: { version: 1, handshake: new Uint8Array(32), channels } }, 0)

function opened(): ViewerPipe {
  const pipe = new ViewerPipe(0, new Uint8Array(32), DATA_CHANNELS)
  pipe.handleInput(0, accept())
  drain(pipe)
  return pipe
}

function drain(pipe: ViewerPipe): Uint8Array[] {
  const packets: Uint8Array[] = []
  while (pipe.pollEvent() !== null);
  for (let packet = pipe.pollTransmit(); packet; packet = pipe.pollTransmit()) packets.push(packet)
  return packets
}

/** A frame message of about `size` bytes. */
function frame(size: number): Uint8Array {
  const value = { id: 1, generation: 1, data: new Uint8Array(size), times: {} }
  return toBinary(
    ScreenToViewerSchema,
    create(ScreenToViewerSchema, { message: { case: 'frame', value } }),
  )
}

function fragments(message: Uint8Array, firstSeq = 0): Uint8Array[] {
  const packets: Uint8Array[] = []
  for (let at = 0; at < message.length; at += FRAGMENT_MAX) {
    const fragment = message.subarray(at, at + FRAGMENT_MAX)
    const end = at + FRAGMENT_MAX >= message.length
    packets.push(
      buildPacket({ channel: Channel.SCREEN, end, seq: firstSeq + packets.length, fragment }),
    )
  }
  return packets
}

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed >>> 0
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

describe('pipe', () => {
  it('reads a picture that is larger than the window, in pieces', () => {
    const pipe = opened()
    const message = frame(3 * WINDOW.toViewer[Channel.SCREEN])
    let last = null
    for (const packet of fragments(message)) {
      pipe.handleInput(1, packet)
      for (let event = pipe.pollEvent(); event; event = pipe.pollEvent()) last = event
      drain(pipe)
    }
    expect(last).toMatchObject({ kind: 'message', content: { message: { kind: 'frame' } } })
  })

  it('sends keys before anything that waits on other channels', () => {
    const pipe = opened()
    pipe.send(Channel.CLIPBOARD, new Uint8Array(100_000), 'newest')
    expect(parsePacket(pipe.pollTransmit()!)).toMatchObject({
      channel: Channel.CLIPBOARD,
      end: false,
    })
    pipe.send(Channel.INPUT, inputMessage([{ id: 1, action: { kind: 'release' } }]))
    expect(parsePacket(pipe.pollTransmit()!)).toMatchObject({ channel: Channel.INPUT, end: true })
    expect(parsePacket(pipe.pollTransmit()!)).toMatchObject({
      channel: Channel.CLIPBOARD,
      end: false,
    })
  })

  it('stops sending without credit and goes on with it', () => {
    const pipe = opened()
    pipe.send(Channel.CLIPBOARD, new Uint8Array(1_000_000), 'newest')
    const sent = drain(pipe).reduce((sum, packet) => sum + packet.length - HEADER_BYTES, 0)
    expect(sent).toBe(WINDOW.toAgent[Channel.CLIPBOARD])
    pipe.handleInput(
      1,
      control({ case: 'credit', value: { channel: Channel.CLIPBOARD, bytes: 10 } }, 1),
    )
    expect(drain(pipe).map((packet) => packet.length)).toEqual([HEADER_BYTES + 10])
  })

  it('refuses packets in another order, twice, or left out', () => {
    for (const order of [
      [1, 0],
      [0, 0],
      [0, 2],
    ]) {
      const pipe = opened()
      const packets = fragments(frame(4 * FRAGMENT_MAX))
      expect(() => {
        for (const at of order) pipe.handleInput(1, packets[at]!)
      }).toThrow(expect.objectContaining({ code: 'out_of_order' }))
      expect(pipe.pollDeadline()).toBeNull()
    }
  })

  it('is silent and deaf once it is closed', () => {
    const pipe = opened()
    expect(() => pipe.handleInput(1, Uint8Array.of(9, 9))).toThrow(PipeViolation)
    expect(drain(pipe)).toHaveLength(1)
    pipe.handleInput(2, Uint8Array.of(9, 9))
    expect(pipe.send(Channel.INPUT, new Uint8Array(3))).toBe(false)
    expect(drain(pipe)).toEqual([])
  })

  it('gives a silent agent up', () => {
    const pipe = opened()
    pipe.handleTimeout(SILENCE_US - 1)
    pipe.handleTimeout(SILENCE_US)
    const ends = []
    for (let event = pipe.pollEvent(); event; event = pipe.pollEvent()) ends.push(event)
    expect(ends).toEqual([
      { kind: 'closed', end: { by: 'nobody', code: 'timed_out', text: 'timed_out' } },
    ])
  })

  it('answers any bytes with an event or a violation, never with anything else', () => {
    const random = numbers(7)
    const next = (below: number) => Math.floor(random.next().value * below)
    for (let round = 0; round < 3000; round++) {
      const pipe = round % 2 === 0 ? opened() : new ViewerPipe(0, new Uint8Array(32), DATA_CHANNELS)
      for (let step = 0; step < 4; step++) {
        const packet =
          next(3) === 0 ? mutated(next) : Uint8Array.from({ length: next(60) }, () => next(256))
        try {
          pipe.handleInput(step, packet)
        } catch (error) {
          expect(error).toBeInstanceOf(PipeViolation)
        }
        drain(pipe)
      }
    }
  })

  it('keeps round trips of packets', () => {
    const random = numbers(11)
    const next = (below: number) => Math.floor(random.next().value * below)
    for (let round = 0; round < 500; round++) {
      const packet = {
        channel: [Channel.CONTROL, ...DATA_CHANNELS][next(4)]!,
        end: next(2) === 1,
        seq: next(2 ** 32),
        fragment: Uint8Array.from({ length: 1 + next(200) }, () => next(256)),
      }
      expect(parsePacket(buildPacket(packet))).toEqual(packet)
    }
  })
})

/** A packet that was right until one of its bytes was changed. */
function mutated(next: (below: number) => number): Uint8Array {
  const good = [
    accept(),
    fragments(frame(20))[0]!,
    control({ case: 'ping', value: { id: 1, sentUs: 5n } }, 1),
  ]
  const packet = good[next(good.length)]!.slice()
  packet[next(packet.length)] = next(256)
  return packet
}

describe('clock', () => {
  it('believes the answer that waited least', () => {
    const clock = new ClockEstimate()
    // The agent's clock is 1000 ahead; the ways take 10 each, the agent 5.
    clock.add({ sent: 100, received: 1110, replied: 1115, returned: 125 })
    // This one waited 500 on its way there.
    clock.add({ sent: 1000, received: 2510, replied: 2510, returned: 1520 })
    expect(clock.offset).toBe(1000)
    expect(clock.toLocal(5000)).toBe(4000)
    expect(clock.shortestRoundTrip).toBe(20)
    expect(clock.lastRoundTrip).toBe(520)
  })

  it('forgets a route that is no more', () => {
    const clock = new ClockEstimate()
    clock.add({ sent: 0, received: 5, replied: 5, returned: 10 })
    for (let at = 1; at <= 16; at++) {
      const sent = at * 1000
      clock.add({ sent, received: sent + 250, replied: sent + 250, returned: sent + 100 })
    }
    expect(clock.shortestRoundTrip).toBe(100)
    expect(clock.offset).toBe(200)
  })

  it('knows nothing before the first answer and believes nothing impossible', () => {
    const clock = new ClockEstimate()
    expect(clock.toLocal(5)).toBeNull()
    clock.add({ sent: 10, received: 9e15, replied: 0, returned: 12 })
    expect(clock.shortestRoundTrip).toBe(2)
    clock.add({ sent: 10, received: NaN, replied: 0, returned: 12 })
    expect(clock.lastRoundTrip).toBe(2)
  })
})

describe('relay', () => {
  const grant = Buffer.alloc(32, 7).toString('base64url')

  it('reads grants as the API gives them', () => {
    expect(parseGrant(grant)).toEqual(new Uint8Array(32).fill(7))
    expect(parseGrant('c2hvcnQ')).toBeNull()
    expect(parseGrant('no base64!')).toBeNull()
  })

  it('says hello with the grant, and reads the answer', () => {
    expect(Buffer.from(relayHello(parseGrant(grant)!)).toString('hex')).toBe(
      `08011220${'07'.repeat(32)}`,
    )
    const id = '0123456789abcdef0123456789abcdef'
    const ready = Uint8Array.from(Buffer.from(`0a10${id}`, 'hex'))
    expect(parseRelayReady(ready)).toEqual({ sessionId: '01234567-89ab-cdef-0123-456789abcdef' })
    expect(parseRelayReady(Uint8Array.of(1, 2, 3))).toBeNull()
    expect(parseRelayReady(new Uint8Array(0))).toBeNull()
  })

  it('takes every unknown end for a lost network', () => {
    expect(relayClose(4409)).toBe('already_connected')
    expect(relayClose(1006)).toBe('network_lost')
    expect(relayClose(4999)).toBe('network_lost')
  })
})
