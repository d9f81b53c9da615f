/** The pipe's module for tests in node, and the agent's end of a pipe made of it. */
import { readFileSync } from 'node:fs'

import type { Close_Code } from '~/wire/__generated__/farol/pipe_pb'
import type { DataChannel } from '~/wire/limits'
import { bitsOf } from '~/wire/pipe'
import { type PipeExports, pipeExports } from '~/wire/pipe-exports'

/** The committed module, or one that was just built from the same sources. */
export const pipeModule = new WebAssembly.Module(
  readFileSync(
    process.env['FAROL_PIPE_MODULE'] ?? new URL('../wire/pipe.wasm', import.meta.url).pathname,
  ),
)

/** How a message waits, as in `web/pipe/src/module.rs`. */
export const AGENT_CLASSES = {
  ordered: 0,
  frame: 1,
  shape: 2,
  position: 3,
  clipboard: 5,
  bulk: 6,
} as const

/** What the agent got, in order. */
export interface Arrived {
  readonly channel: DataChannel
  readonly bytes: Uint8Array
}

/** A machine's end of a pipe. */
export class AgentEnd {
  readonly #module: PipeExports = pipeExports(new WebAssembly.Instance(pipeModule))
  readonly publicKey: Uint8Array
  #connections = 0

  constructor(channels: readonly DataChannel[], now: number) {
    this.#put(new Uint8Array(32).fill(0x62))
    this.#module.farol_key()
    this.publicKey = this.#out()
    this.#module.farol_agent(bitsOf(channels), now)
  }

  connect(now: number, session: Uint8Array, viewerKey: Uint8Array): void {
    this.#connections += 1
    const ephemeral = new Uint8Array(32).fill(0x90 + this.#connections)
    this.#put(Uint8Array.from([...session, ...viewerKey, ...ephemeral]))
    this.#module.farol_connect(now)
  }

  disconnected(): void {
    this.#module.farol_disconnected()
  }

  setChannels(channels: readonly DataChannel[]): void {
    this.#module.farol_set_channels(bitsOf(channels))
  }

  receive(now: number, packet: Uint8Array): void {
    this.#put(packet)
    if (this.#module.farol_input(packet.length, now) !== 0)
      throw new Error(`the agent refuses: ${new TextDecoder().decode(this.#out())}`)
  }

  send(channel: DataChannel, kind: keyof typeof AGENT_CLASSES, message: Uint8Array): void {
    this.#put(message)
    if (this.#module.farol_send(channel, AGENT_CLASSES[kind], message.length) !== 1)
      throw new Error('the agent’s queue is full')
  }

  close(code: Close_Code): void {
    this.#put(new Uint8Array(0))
    this.#module.farol_close(code, 0)
  }

  /** What it would say now. */
  packets(): Uint8Array[] {
    const packets: Uint8Array[] = []
    while (this.#module.farol_transmit() === 1) packets.push(this.#out())
    return packets
  }

  /** The messages that came since the last call; `closed` among them for a farewell. */
  arrived(): (Arrived | 'closed')[] {
    const arrived: (Arrived | 'closed')[] = []
    for (let kind = this.#module.farol_event(); kind !== 0; kind = this.#module.farol_event()) {
      const channel = this.#module.farol_event_number(0) as unknown as DataChannel
      if (kind === 3) arrived.push({ channel, bytes: this.#out() })
      if (kind === 6) arrived.push('closed')
    }
    return arrived
  }

  #put(bytes: Uint8Array): void {
    const room = this.#module.farol_room(bytes.length)
    new Uint8Array(this.#module.memory.buffer, room, bytes.length).set(bytes)
  }

  #out(): Uint8Array {
    const at = this.#module.farol_out()
    return new Uint8Array(this.#module.memory.buffer).slice(
      at,
      at + this.#module.farol_out_length(),
    )
  }
}
