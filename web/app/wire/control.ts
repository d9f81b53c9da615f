/**
 * What waits to be sent on the control channel: one slot per kind of message, so that it can never grow. A newer pong or
 * ping replaces an older one, credit adds up. Order: handshake, pong, ping, credit, close.
 */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { Channel, type Close_Code, ControlMessageSchema } from './__generated__/farol/pipe_pb'
import { buildPacket } from './packet'

type ControlInit = NonNullable<MessageInitShape<typeof ControlMessageSchema>['message']>

interface PongTimes {
  id: number
  sentUs: bigint
  receivedUs: bigint
  repliedUs: bigint
}

const CREDIT_ORDER = [Channel.SCREEN, Channel.INPUT, Channel.CLIPBOARD] as const

export class ControlOut {
  #seq = 0
  #hello: ControlInit | null
  #pong: PongTimes | null = null
  #ping: { id: number; sentUs: bigint } | null = null
  #credit = new Map<Channel, number>()
  #close: { code: Close_Code; text: string } | null = null

  constructor(hello: { version: number; handshake: Uint8Array; channels: Channel[] }) {
    this.#hello = { case: 'hello', value: hello }
  }

  pong(times: PongTimes): void {
    this.#pong = times
  }

  ping(id: number, sentUs: bigint): void {
    this.#ping = { id, sentUs }
  }

  addCredit(channel: Channel, bytes: number): void {
    this.#credit.set(channel, (this.#credit.get(channel) ?? 0) + bytes)
  }

  /** The last thing that is sent; what waited before it is dropped. */
  close(code: Close_Code, text: string): void {
    this.clear()
    this.#close = { code, text }
  }

  clear(): void {
    this.#hello = null
    this.#pong = null
    this.#ping = null
    this.#credit.clear()
    this.#close = null
  }

  nextPacket(): Uint8Array<ArrayBuffer> | null {
    const message = this.#next()
    if (message === null) return null
    const fragment = toBinary(ControlMessageSchema, create(ControlMessageSchema, { message }))
    const packet = buildPacket({ channel: Channel.CONTROL, end: true, seq: this.#seq, fragment })
    this.#seq = (this.#seq + 1) >>> 0
    return packet
  }

  #next(): ControlInit | null {
    const hello = this.#hello
    this.#hello = null
    if (hello !== null) return hello
    const pong = this.#pong
    this.#pong = null
    if (pong !== null) return { case: 'pong', value: pong }
    const ping = this.#ping
    this.#ping = null
    if (ping !== null) return { case: 'ping', value: ping }
    for (const channel of CREDIT_ORDER) {
      const bytes = this.#credit.get(channel)
      if (bytes === undefined) continue
      this.#credit.delete(channel)
      return { case: 'credit', value: { channel, bytes } }
    }
    const close = this.#close
    this.#close = null
    return close === null ? null : { case: 'close', value: close }
  }
}
