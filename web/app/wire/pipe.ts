/**
 * The viewer's end of a pipe as a state machine without sockets and without a clock, the mirror of
 * `crates/protocol/src/pipe`. Feed it received messages and the time; poll it for messages to send, events and the next
 * deadline. Start at `ViewerPipe`; bytes of a packet are in `packet.ts`, channels in `lane.ts`, limits in `limits.ts`.
 *
 * ```text
 *   greeting --PipeAccept--> open --close, violation, silence--> closed
 *      |_____________close, violation, no answer___________________^
 * ```
 *
 * INVARIANT: control and input are never held up by another channel; `pollTransmit` picks by the order of
 * `DATA_CHANNELS`, packet by packet.
 */
import { fromBinary } from '@bufbuild/protobuf'
import {
  Channel,
  Close_Code,
  type ControlMessage,
  ControlMessageSchema,
  type PipeAccept,
  type Pong,
} from './__generated__/farol/pipe_pb'
import type { PingTimes } from './clock'
import { ControlOut } from './control'
import { type Complete, Inbox, Outbox, type Queueing } from './lane'
import {
  CHANNELS_MAX,
  CLOSE_TEXT_MAX,
  DATA_CHANNELS,
  type DataChannel,
  HANDSHAKE_BYTES,
  HANDSHAKE_US,
  PING_HIDDEN_US,
  PING_VISIBLE_US,
  PINGS_OUTSTANDING,
  PIPE_VERSION,
  SILENCE_US,
} from './limits'
import { type Content, parseContent } from './messages'
import { type Packet, parsePacket, PipeViolation } from './packet'

/** Why a pipe is over, where the viewer did not end it itself. `by` viewer is for callers that report a violation. */
export interface PipeEnd {
  by: 'viewer' | 'agent' | 'nobody'
  code:
    | 'done'
    | 'version_not_supported'
    | 'protocol_violation'
    | 'timed_out'
    | 'shutting_down'
    | 'internal'
  text: string
}

/** What the pipe has to say. */
export type PipeEvent =
  | { kind: 'opened'; channels: readonly DataChannel[] }
  /** `at`: when its last packet came. `bytes` is what `content` was read from. */
  | { kind: 'message'; content: Content; bytes: Uint8Array; at: number }
  | { kind: 'clock'; times: PingTimes }
  | { kind: 'closed'; end: PipeEnd }

interface UnreadMessage extends Complete {
  kind: 'message'
  content: Content
  at: number
}

/** The viewer's end. Instants are microseconds since any fixed moment. */
export class ViewerPipe {
  #state: 'greeting' | 'open' | 'closed' = 'greeting'
  readonly #asked: readonly DataChannel[]
  #granted: readonly DataChannel[] = []
  readonly #control: ControlOut
  readonly #controlIn = new Inbox(Channel.CONTROL)
  readonly #inboxes: ReadonlyMap<DataChannel, Inbox>
  readonly #outboxes: ReadonlyMap<DataChannel, Outbox>
  #events: (PipeEvent | UnreadMessage)[] = []
  #heard: number
  readonly #started: number
  #visible = true
  #pinged = 0
  #pingNow = false
  #pingId = 0
  #pingsOut = new Map<number, number>()

  /**
   * Starts a pipe by queueing its hello.
   *
   * `handshake` is 32 random bytes of the caller: this file has no source of chance.
   */
  constructor(now: number, handshake: Uint8Array, channels: readonly DataChannel[]) {
    this.#started = now
    this.#heard = now
    this.#asked = channels
    this.#inboxes = new Map(DATA_CHANNELS.map((channel) => [channel, new Inbox(channel)]))
    this.#outboxes = new Map(DATA_CHANNELS.map((channel) => [channel, new Outbox(channel)]))
    this.#control = new ControlOut({ version: PIPE_VERSION, handshake, channels: [...channels] })
  }

  /**
   * Takes one binary message of the relay. `bytes` is kept until its message is complete, so the caller must not reuse
   * it.
   *
   * Throws `PipeViolation` when the agent broke the protocol; the pipe is closed then, has a farewell to send, and tells
   * no event about it.
   */
  handleInput(now: number, bytes: Uint8Array): void {
    if (this.#state === 'closed') return
    try {
      const packet = parsePacket(bytes)
      this.#heard = Math.max(this.#heard, now)
      this.#packet(now, packet)
    } catch (error) {
      // What protobuf throws is the one other thing that can come here.
      const violation =
        error instanceof PipeViolation ? error : new PipeViolation('malformed', 'malformed message')
      this.fail(violation)
      throw violation
    }
  }

  /** Says what time it is: asks for the agent's clock when that is due, ends a pipe that went silent. */
  handleTimeout(now: number): void {
    if (this.#state === 'closed') return
    if (now >= this.#patience()) {
      this.#finish({ by: 'nobody', code: 'timed_out', text: 'timed_out' }, Close_Code.TIMED_OUT)
    } else if (this.#state === 'open' && now >= this.#pingDue()) {
      this.#ping(now)
    }
  }

  /** When `handleTimeout` has something to do next. */
  pollDeadline(): number | null {
    if (this.#state === 'closed') return null
    return this.#state === 'greeting'
      ? this.#patience()
      : Math.min(this.#patience(), this.#pingDue())
  }

  /** The next packet to send, one WebSocket binary message; `null` when there is none or it waits for credit. */
  pollTransmit(): Uint8Array<ArrayBuffer> | null {
    const control = this.#control.nextPacket()
    if (control !== null || this.#state !== 'open') return control
    for (const channel of DATA_CHANNELS) {
      const packet = this.#outboxes.get(channel)?.nextPacket() ?? null
      if (packet !== null) return packet
    }
    return null
  }

  /** The next event, oldest first. A message counts as consumed with this, so credit may have to be sent afterwards. */
  pollEvent(): PipeEvent | null {
    const next = this.#events.shift()
    if (next === undefined) return null
    if (!('credit' in next)) return next
    const { credit, ...message } = next
    this.#inboxes.get(message.content.channel)?.consume(credit)
    this.#returnCredit(message.content.channel)
    return message
  }

  /** Whether the agent granted this channel. */
  isOpen(channel: DataChannel): boolean {
    return this.#state === 'open' && this.#granted.includes(channel)
  }

  /**
   * Queues one message. Returns false when the channel is not open, the message is above its cap, or more waits for
   * credit than a live agent would leave waiting; nothing is queued then.
   */
  send(channel: DataChannel, message: Uint8Array, queueing: Queueing = 'ordered'): boolean {
    return this.isOpen(channel) && (this.#outboxes.get(channel)?.push(message, queueing) ?? false)
  }

  /** Messages of a channel that wait for credit. */
  waiting(channel: DataChannel): number {
    return this.#outboxes.get(channel)?.waiting ?? 0
  }

  /** Whether a person looks at the picture: a hidden viewer asks for the clock less often. */
  setVisible(visible: boolean): void {
    this.#pingNow ||= visible && !this.#visible
    this.#visible = visible
  }

  /** Ends the pipe in good order. What waits to be sent is dropped, but for the farewell. */
  close(text: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#control.close(Close_Code.DONE, text.slice(0, CLOSE_TEXT_MAX))
  }

  /** Ends the pipe because what the agent sent is not what it must be; for what is found only when a message is read. */
  fail(violation: PipeViolation): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const version = violation.code === 'version'
    const farewell = version ? Close_Code.VERSION_NOT_SUPPORTED : Close_Code.PROTOCOL_VIOLATION
    this.#control.close(farewell, violation.code)
  }

  #packet(now: number, packet: Packet): void {
    const { channel } = packet
    if (channel === Channel.CONTROL) {
      const complete = this.#controlIn.take(packet)
      if (complete !== null) this.#onControl(now, fromBinary(ControlMessageSchema, complete.bytes))
      return
    }
    if (this.#state === 'greeting')
      throw new PipeViolation('unexpected', 'packet before the handshake')
    const inbox = this.#granted.includes(channel) ? this.#inboxes.get(channel) : undefined
    if (inbox === undefined)
      throw new PipeViolation('channel_not_open', `channel ${channel} is not open`)
    const complete: Complete | null = inbox.take(packet)
    this.#returnCredit(channel)
    if (complete === null) return
    const content = parseContent(channel, complete.bytes)
    this.#events.push({ kind: 'message', content, at: now, ...complete })
  }

  #onControl(now: number, { message }: ControlMessage): void {
    if (message.case === undefined) throw new PipeViolation('malformed', 'empty control message')
    if (message.case === 'close') {
      const { code, text } = message.value
      this.#control.clear()
      const end = {
        by: 'agent',
        code: CLOSE_CODES[code] ?? 'internal',
        text: text.slice(0, CLOSE_TEXT_MAX),
      } as const
      this.#finish(end, null)
    } else if (this.#state === 'greeting') {
      if (message.case !== 'accept')
        throw new PipeViolation('unexpected', 'something else than an accept')
      this.#accept(now, message.value)
    } else if (message.case === 'credit') {
      this.#onCredit(message.value.channel, message.value.bytes)
    } else if (message.case === 'ping') {
      const { id, sentUs } = message.value
      this.#control.pong({ id, sentUs, receivedUs: micros(now), repliedUs: micros(now) })
    } else if (message.case === 'pong') {
      this.#onPong(now, message.value)
    } else {
      throw new PipeViolation('unexpected', `control message ${message.case}`)
    }
  }

  #accept(now: number, accept: PipeAccept): void {
    if (accept.channels.length > CHANNELS_MAX)
      throw new PipeViolation('too_big', 'channel list is too big')
    if (accept.version !== PIPE_VERSION)
      throw new PipeViolation('version', `version ${accept.version} is not supported`)
    if (accept.handshake.length !== HANDSHAKE_BYTES)
      throw new PipeViolation('malformed', 'malformed handshake')
    const granted = DATA_CHANNELS.filter((channel) => accept.channels.includes(channel))
    // A channel that this viewer does not handle must not fill its memory.
    if (granted.some((channel) => !this.#asked.includes(channel)))
      throw new PipeViolation('unexpected', 'channel in the accept that was not asked for')
    this.#granted = granted
    this.#state = 'open'
    this.#ping(now)
    this.#events.push({ kind: 'opened', channels: granted })
  }

  #onCredit(channel: Channel, bytes: number): void {
    if (channel === Channel.CONTROL || !DATA_CHANNELS.includes(channel))
      throw new PipeViolation('malformed', 'credit')
    const outbox = this.#granted.includes(channel) ? this.#outboxes.get(channel) : undefined
    if (outbox === undefined)
      throw new PipeViolation('channel_not_open', `credit for channel ${channel}`)
    outbox.grant(bytes)
  }

  #onPong(now: number, pong: Pong): void {
    const sent = this.#pingsOut.get(pong.id)
    // An answer to nothing we asked says nothing about the clock.
    if (sent === undefined || pong.sentUs !== micros(sent)) return
    for (const id of [...this.#pingsOut.keys()]) {
      this.#pingsOut.delete(id)
      if (id === pong.id) break
    }
    const times = {
      sent,
      received: Number(pong.receivedUs),
      replied: Number(pong.repliedUs),
      returned: now,
    }
    this.#events.push({ kind: 'clock', times })
  }

  #ping(now: number): void {
    this.#pingId = (this.#pingId + 1) >>> 0
    for (const oldest of this.#pingsOut.keys()) {
      if (this.#pingsOut.size < PINGS_OUTSTANDING) break
      this.#pingsOut.delete(oldest)
    }
    this.#pingsOut.set(this.#pingId, now)
    this.#control.ping(this.#pingId, micros(now))
    this.#pinged = now
    this.#pingNow = false
  }

  #pingDue(): number {
    if (this.#pingNow) return this.#pinged
    return this.#pinged + (this.#visible ? PING_VISIBLE_US : PING_HIDDEN_US)
  }

  #patience(): number {
    return this.#state === 'greeting' ? this.#started + HANDSHAKE_US : this.#heard + SILENCE_US
  }

  #returnCredit(channel: DataChannel): void {
    const bytes = this.#state === 'open' ? (this.#inboxes.get(channel)?.dueCredit() ?? 0) : 0
    if (bytes > 0) this.#control.addCredit(channel, bytes)
  }

  #finish(end: PipeEnd, farewell: Close_Code | null): void {
    this.#state = 'closed'
    if (farewell !== null) this.#control.close(farewell, end.text.slice(0, CLOSE_TEXT_MAX))
    this.#events.push({ kind: 'closed', end })
  }
}

/** Codes of newer agents, which are not here, count as a fault on their side. */
const CLOSE_CODES: Readonly<Record<number, PipeEnd['code'] | undefined>> = {
  [Close_Code.UNSPECIFIED]: 'internal',
  [Close_Code.DONE]: 'done',
  [Close_Code.VERSION_NOT_SUPPORTED]: 'version_not_supported',
  [Close_Code.PROTOCOL_VIOLATION]: 'protocol_violation',
  [Close_Code.TIMED_OUT]: 'timed_out',
  [Close_Code.SHUTTING_DOWN]: 'shutting_down',
  [Close_Code.INTERNAL]: 'internal',
}

function micros(now: number): bigint {
  return BigInt(Math.max(0, Math.round(now)))
}
