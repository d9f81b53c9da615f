/**
 * One data channel in each direction: order, size, credit and reassembly of what arrives; fragments and credit of what
 * leaves. Not here: what messages mean, and which lane goes first (`pipe.ts`).
 */
import { Channel } from './__generated__/farol/pipe_pb'
import {
  type DataChannel,
  FRAGMENT_MAX,
  INPUT_QUEUE_BYTES,
  MESSAGE_MAX,
  QUEUE_MESSAGES,
  WINDOW,
} from './limits'
import { buildPacket, type Packet, PipeViolation } from './packet'

/** A whole message. `credit` is what the receiver gives back once it is done with it. */
export interface Complete {
  readonly bytes: Uint8Array
  readonly credit: number
}

/** The receiving half of a channel. */
export class Inbox {
  readonly #channel: Channel
  #seq = 0
  #left: number
  #consumed = 0
  #parts: Uint8Array[] = []
  #size = 0

  constructor(channel: Channel) {
    this.#channel = channel
    this.#left = WINDOW.toViewer[channel]
  }

  /**
   * Takes one packet; the whole message when this was its last.
   *
   * The first half window of each message is given back when the message is read, anything beyond on arrival: a message
   * may be bigger than the window and must still get through, while unread messages must hold enough credit that there
   * are never more than two such big ones. Throws `PipeViolation` for a packet that must not be.
   */
  take({ end, seq, fragment }: Packet): Complete | null {
    if (seq !== this.#seq)
      throw new PipeViolation('out_of_order', `packet ${seq} where ${this.#seq} was due`)
    this.#seq = (this.#seq + 1) >>> 0
    if (fragment.length > this.#left) throw new PipeViolation('credit', 'sent without credit')
    this.#left -= fragment.length
    if (this.#size + fragment.length > MESSAGE_MAX.toViewer[this.#channel])
      throw new PipeViolation(
        'too_big',
        `message above ${MESSAGE_MAX.toViewer[this.#channel]} bytes`,
      )
    const before = this.#held()
    this.#size += fragment.length
    const held = this.#held()
    this.consume(fragment.length - (held - before))
    this.#parts.push(fragment)
    return end ? { bytes: this.#joined(), credit: held } : null
  }

  /** Bytes of the message under way that are given back only when it is read. */
  #held(): number {
    return Math.min(this.#size, WINDOW.toViewer[this.#channel] / 2)
  }

  consume(bytes: number): void {
    this.#consumed += bytes
  }

  /** The credit to give back now; zero while it is not worth a message. */
  dueCredit(): number {
    if (this.#channel === Channel.CONTROL || this.#consumed * 2 < WINDOW.toViewer[this.#channel])
      return 0
    const bytes = this.#consumed
    this.#left += bytes
    this.#consumed = 0
    return bytes
  }

  /** A message of one fragment is not copied. */
  #joined(): Uint8Array {
    const parts = this.#parts
    const [first] = parts
    this.#parts = []
    const size = this.#size
    this.#size = 0
    if (parts.length === 1 && first !== undefined) return first
    const message = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      message.set(part, at)
      at += part.length
    }
    return message
  }
}

/**
 * What happens to a message that finds another of its kind waiting: `ordered` queues behind it, `newest` replaces it,
 * because only the newest acknowledgement or clipboard matters.
 */
export type Queueing = 'ordered' | 'newest'

interface Waiting {
  readonly queueing: Queueing
  readonly bytes: Uint8Array
}

/** The sending half of a channel. */
export class Outbox {
  readonly #channel: DataChannel
  #credit: number
  #seq = 0
  #queue: Waiting[] = []
  #bytes = 0
  /** The message whose fragments are being sent, and how much of it is. */
  #current: { bytes: Uint8Array; sent: number } | null = null

  constructor(channel: DataChannel) {
    this.#channel = channel
    this.#credit = WINDOW.toAgent[channel]
  }

  /** Messages that wait, the one that is half sent included. */
  get waiting(): number {
    return this.#queue.length + (this.#current === null ? 0 : 1)
  }

  /** Queues a message; false when it may not be or too much waits, and nothing is queued then. */
  push(bytes: Uint8Array, queueing: Queueing): boolean {
    if (bytes.length === 0 || bytes.length > MESSAGE_MAX.toAgent[this.#channel]) return false
    const last = this.#queue.at(-1)
    if (last !== undefined && queueing === 'newest' && last.queueing === 'newest') {
      this.#queue[this.#queue.length - 1] = { queueing, bytes }
      this.#bytes += bytes.length - last.bytes.length
      return true
    }
    const full =
      this.#channel === Channel.INPUT
        ? this.#bytes + bytes.length > INPUT_QUEUE_BYTES
        : this.#queue.length >= QUEUE_MESSAGES
    if (full) return false
    this.#queue.push({ queueing, bytes })
    this.#bytes += bytes.length
    return true
  }

  /** The next packet; `null` without a message or without credit. */
  nextPacket(): Uint8Array<ArrayBuffer> | null {
    if (this.#credit === 0) return null
    const current = this.#current ?? this.#next()
    if (current === null) return null
    const left = current.bytes.length - current.sent
    const size = Math.min(left, FRAGMENT_MAX, this.#credit)
    const fragment = current.bytes.subarray(current.sent, current.sent + size)
    const end = size === left
    const packet = buildPacket({ channel: this.#channel, end, seq: this.#seq, fragment })
    this.#seq = (this.#seq + 1) >>> 0
    this.#credit -= size
    this.#current = end ? null : { bytes: current.bytes, sent: current.sent + size }
    return packet
  }

  /** Takes credit; throws `PipeViolation` for more than was used, or none. */
  grant(bytes: number): void {
    if (bytes === 0 || this.#credit + bytes > WINDOW.toAgent[this.#channel])
      throw new PipeViolation('credit', 'more credit than was used')
    this.#credit += bytes
  }

  #next(): { bytes: Uint8Array; sent: number } | null {
    const next = this.#queue.shift()
    if (next === undefined) return null
    this.#bytes -= next.bytes.length
    return { bytes: next.bytes, sent: 0 }
  }
}
