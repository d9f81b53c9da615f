/**
 * The packet of the pipe: a 6-byte header and a fragment. Pure functions over bytes; order, credit and reassembly are in
 * `pipe.ts`.
 */
import { Channel } from './__generated__/farol/pipe_pb'
import { FRAGMENT_MAX, HEADER_BYTES } from './limits'

/** Bit 0 of the flags: last fragment of the message. All other bits must be zero. */
const FLAG_END = 1

/** What makes a pipe close, by a stable code; the same codes as in `crates/protocol`. */
export type ViolationCode =
  | 'malformed'
  | 'too_big'
  | 'out_of_order'
  | 'unknown_channel'
  | 'channel_not_open'
  | 'credit'
  | 'unexpected'
  | 'version'

/** The other end broke the protocol; the pipe is over. */
export class PipeViolation extends Error {
  readonly code: ViolationCode

  constructor(code: ViolationCode, detail: string) {
    super(detail)
    this.name = 'PipeViolation'
    this.code = code
  }
}

/** One packet. `fragment` is a view into the bytes it was read from. */
export interface Packet {
  channel: Channel
  end: boolean
  seq: number
  fragment: Uint8Array
}

/**
 * Reads one packet from a whole binary message.
 *
 * Throws `PipeViolation` when it is no packet.
 */
export function parsePacket(bytes: Uint8Array): Packet {
  if (bytes.length < HEADER_BYTES) throw new PipeViolation('malformed', 'malformed packet header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const channel = view.getUint8(0)
  const flags = view.getUint8(1)
  if ((flags & ~FLAG_END) !== 0) throw new PipeViolation('malformed', 'malformed packet flags')
  if (bytes.length === HEADER_BYTES) throw new PipeViolation('malformed', 'packet without fragment')
  if (bytes.length > HEADER_BYTES + FRAGMENT_MAX)
    throw new PipeViolation('too_big', 'packet is too big')
  if (!isChannel(channel)) throw new PipeViolation('unknown_channel', `unknown channel ${channel}`)
  const end = (flags & FLAG_END) !== 0
  return { channel, end, seq: view.getUint32(2, true), fragment: bytes.subarray(HEADER_BYTES) }
}

function isChannel(number: number): number is Channel {
  return number in Channel
}

/** Writes one packet. */
export function buildPacket(packet: Packet): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + packet.fragment.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, packet.channel)
  view.setUint8(1, packet.end ? FLAG_END : 0)
  view.setUint32(2, packet.seq, true)
  bytes.set(packet.fragment, HEADER_BYTES)
  return bytes
}
