/**
 * The viewer's end of a pipe: `crates/protocol/src/pipe`, compiled to WebAssembly, behind a class. Feed it received messages
 * and the time; poll it for messages to send, events and the next deadline. Rules, sealing and order are all in there; only
 * what messages say is read here (`messages.ts`).
 *
 * A pipe lives as long as its session. Connections come and go: `connect` for each new one, `disconnected` when it is gone.
 * The module (`pipe.wasm`) is made by `cargo xtask gen` from `crates/protocol` and `web/pipe`; each pipe has an instance of
 * its own. Instants are microseconds since any fixed moment.
 */
import { CLOSE_TEXT_MAX, DATA_CHANNELS, type DataChannel } from './limits'
import { type Content, parseContent } from './messages'
import { type Channel, Close_Code } from './__generated__/farol/pipe_pb'
import { type PipeExports, pipeExports } from './pipe-exports'
import { PipeViolation, violationCode } from './violation'

/** Why a pipe or a connection of it is over, where the viewer did not end it itself. */
export interface PipeEnd {
  /** `viewer`: what the agent sent was unacceptable. `nobody`: only the connection is of no use any more. */
  by: 'viewer' | 'agent' | 'nobody'
  code:
    | 'done'
    | 'version_not_supported'
    | 'protocol_violation'
    | 'timed_out'
    | 'shutting_down'
    | 'internal'
    | 'end_user'
    /** What came was not sealed by the machine: changed on the way, or from somebody else. */
    | 'not_sealed'
  text: string
}

/** What is known of the way to the agent and its clock, microseconds. */
export interface ClockEstimate {
  readonly roundTrip: number
  readonly shortestRoundTrip: number
  /** What to add to an own instant to get the agent's. */
  readonly offset: number
}

/** What the pipe has to say. */
export type PipeEvent =
  /** A connection is sealed. `resumed`: the pipe goes on where it was; else both ends begin anew. */
  | { kind: 'opened'; channels: readonly DataChannel[]; resumed: boolean }
  /** The session's rights changed. */
  | { kind: 'channels'; channels: readonly DataChannel[] }
  /** `at`: when its last packet came. `bytes` is what `content` was read from. */
  | { kind: 'message'; content: Content; bytes: Uint8Array; at: number }
  | { kind: 'clock'; estimate: ClockEstimate }
  /** The connection is of no use any more; the pipe waits for the next. */
  | { kind: 'lost'; by: 'silence' | 'handshake' }
  /** The agent ended the pipe. */
  | { kind: 'closed'; end: PipeEnd }

/**
 * What happens to a message that finds another of its kind waiting: `ordered` queues behind it; a newer `ack`, which on the
 * company channel is where somebody points, or clipboard offer replaces the one that waits; `bulk` goes behind everything else. The
 * numbers are those of `web/pipe/src/module.rs`.
 */
const CLASSES = { ordered: 0, ack: 4, clipboard: 5, bulk: 6 } as const
export type Queueing = keyof typeof CLASSES

/** The number of `farol_event`, see `web/pipe/src/event.rs`. */
const EVENTS = ['none', 'opened', 'channels', 'message', 'clock', 'lost', 'closed'] as const

/** Bytes of a key, a pipe's id and a session's id. */
const KEY_BYTES = 32
const ID_BYTES = 16

/** What one connection needs. */
export interface PipeConnection {
  /** The session's id, 16 bytes. */
  readonly session: Uint8Array
  /** The machine's public key, 32 bytes; nobody else gets through. */
  readonly machineKey: Uint8Array
}

/**
 * Begins a connection with nobody: browsers compile a module's functions when they are first called, and those of a handshake take
 * longer to compile than to run. To be done while the server is asked, so that the real handshake does not wait for it.
 */
export function rehearse(
  module: WebAssembly.Module,
  random: (bytes: number) => Uint8Array,
  now: number,
): void {
  const pipe = new ViewerPipe(module, random, DATA_CHANNELS, now)
  pipe.connect(now, { session: new Uint8Array(ID_BYTES), machineKey: pipe.publicKey })
  const hello = pipe.pollTransmit()
  if (hello === null) return
  try {
    // No answer, but read like one up to its seal.
    pipe.handleInput(now, hello)
  } catch (error) {
    if (!(error instanceof PipeViolation)) throw error
  }
}

/** One module instance with the viewer's key, from which one pipe is made. */
export class ViewerPipe {
  readonly #module: PipeExports
  readonly #random: (bytes: number) => Uint8Array
  /** The viewer's public key for the session, 32 bytes; the secret half stays in the module. */
  readonly publicKey: Uint8Array

  /**
   * Makes a pipe that wants these channels. `random` gives fresh randomness: nobody here has a source of chance.
   */
  constructor(
    module: WebAssembly.Module,
    random: (bytes: number) => Uint8Array,
    channels: readonly DataChannel[],
    now: number,
  ) {
    this.#module = pipeExports(new WebAssembly.Instance(module))
    this.#random = random
    this.#put(random(KEY_BYTES))
    this.#module.farol_key()
    this.publicKey = this.#out()
    this.#put(random(ID_BYTES))
    this.#module.farol_viewer(bitsOf(channels), now)
  }

  /** A new connection is there; the hello is ready to be sent. */
  connect(now: number, { session, machineKey }: PipeConnection): void {
    const all = new Uint8Array(ID_BYTES + 2 * KEY_BYTES)
    all.set(session.subarray(0, ID_BYTES))
    all.set(machineKey.subarray(0, KEY_BYTES), ID_BYTES)
    all.set(this.#random(KEY_BYTES), ID_BYTES + KEY_BYTES)
    this.#put(all)
    this.#module.farol_connect(now)
  }

  /** The connection is gone. What is sent now waits for the next. */
  disconnected(): void {
    this.#module.farol_disconnected()
  }

  /**
   * Takes one binary message of the relay.
   *
   * Throws `PipeViolation` when it is not what the agent may send. With `isClosed` the pipe is over and has a farewell to
   * send; else only the connection is.
   */
  handleInput(now: number, bytes: Uint8Array): void {
    if (!this.#put(bytes)) throw new PipeViolation('too_big', 'packet is too big')
    if (this.#module.farol_input(bytes.length, now) === 0) return
    const code = violationCode(this.#text())
    throw new PipeViolation(code, `unacceptable packet: ${code}`)
  }

  /** Says what time it is. */
  handleTimeout(now: number): void {
    this.#module.farol_timeout(now)
  }

  /** When `handleTimeout` has something to do next; null without a connection. */
  pollDeadline(): number | null {
    const deadline = this.#module.farol_deadline()
    return deadline < 0 ? null : deadline
  }

  /** The next message for the relay, most urgent first. */
  pollTransmit(): Uint8Array<ArrayBuffer> | null {
    return this.#module.farol_transmit() === 1 ? this.#out() : null
  }

  /**
   * The next thing that happened. Taking a message gives its credit back to the agent, so poll for packets afterwards.
   *
   * Throws `PipeViolation` for a message that says what no agent may say; the pipe is over then.
   */
  pollEvent(): PipeEvent | null {
    const kind = EVENTS[this.#module.farol_event()] ?? 'none'
    const number = (place: number) => this.#module.farol_event_number(place)
    switch (kind) {
      case 'none':
        return null
      case 'opened':
        return { kind, channels: channelsOf(number(0)), resumed: number(1) === 1 }
      case 'channels':
        return { kind, channels: channelsOf(number(0)) }
      case 'message':
        return this.#message(number(0), number(1))
      case 'clock':
        return {
          kind,
          estimate: { roundTrip: number(0), shortestRoundTrip: number(1), offset: number(2) },
        }
      case 'lost':
        return { kind, by: number(0) === 0 ? 'silence' : 'handshake' }
      case 'closed': {
        const code = CLOSE_CODES[number(0)] ?? 'internal'
        const text = this.#text().slice(0, CLOSE_TEXT_MAX)
        return { kind, end: { by: 'agent', code, text } }
      }
    }
  }

  /** Whether messages of a channel can be queued: it is open, or was when the connection was lost. */
  has(channel: DataChannel): boolean {
    return this.#module.farol_has(channel) === 1
  }

  /** Whether there is a sealed connection. */
  get isOpen(): boolean {
    return this.#module.farol_is_open() === 1
  }

  /** Whether the pipe is over; a farewell may still be there to send. */
  get isClosed(): boolean {
    return this.#module.farol_is_closed() === 1
  }

  /** Queues one message. Returns false when it may not be or too much waits; nothing is queued then. */
  send(channel: DataChannel, message: Uint8Array, queueing: Queueing = 'ordered'): boolean {
    return (
      this.#put(message) &&
      this.#module.farol_send(channel, CLASSES[queueing], message.length) === 1
    )
  }

  /** Messages of a channel that wait to be sent. */
  waiting(channel: DataChannel): number {
    return this.#module.farol_waiting(channel)
  }

  /** Whether a person looks at the picture: a hidden viewer asks for the clock less often, and is more patient. */
  setVisible(now: number, visible: boolean): void {
    this.#module.farol_visible(now, visible ? 1 : 0)
  }

  /** Whether the clock is asked for at the usual pace even while nothing happens: somebody looks at the figures. */
  setSteady(steady: boolean): void {
    this.#module.farol_steady(steady ? 1 : 0)
  }

  /** Ends the pipe in good order. What waits to be sent is dropped, but for the farewell. */
  close(text: string): void {
    this.#close(Close_Code.DONE, text)
  }

  /** Ends the pipe because of what a message says. */
  fail({ code }: PipeViolation): void {
    this.#close(Close_Code.PROTOCOL_VIOLATION, code)
  }

  #close(code: Close_Code, text: string): void {
    const bytes = new TextEncoder().encode(text.slice(0, CLOSE_TEXT_MAX))
    this.#put(bytes)
    this.#module.farol_close(code, bytes.length)
  }

  #message(channel: number, at: number): PipeEvent {
    const bytes = this.#out()
    const known = DATA_CHANNELS.find((data) => (data as number) === channel)
    try {
      if (known === undefined) throw new PipeViolation('unknown_channel', `channel ${channel}`)
      return { kind: 'message', content: parseContent(known, bytes), bytes, at }
    } catch (error) {
      // What protobuf throws is the one other thing that can come here.
      const violation =
        error instanceof PipeViolation ? error : new PipeViolation('malformed', 'malformed message')
      this.fail(violation)
      throw violation
    }
  }

  /** Copies into the module's memory; false when it takes no such amount. */
  #put(bytes: Uint8Array): boolean {
    const room = this.#module.farol_room(bytes.length)
    if (room < 0) return false
    new Uint8Array(this.#module.memory.buffer, room, bytes.length).set(bytes)
    return true
  }

  /** A copy: the module's memory moves, and is used again by the next call. */
  #out(): Uint8Array<ArrayBuffer> {
    const { memory } = this.#module
    const at = this.#module.farol_out()
    return new Uint8Array(memory.buffer.slice(at, at + this.#module.farol_out_length()))
  }

  #text(): string {
    return new TextDecoder().decode(this.#out())
  }
}

/** A set of channels as the module has it: bit n for channel n. */
export const bitsOf = (channels: readonly Channel[]): number =>
  channels.reduce((bits, channel) => bits | (1 << channel), 0)

export const channelsOf = (bits: number): readonly DataChannel[] =>
  DATA_CHANNELS.filter((channel) => (bits & (1 << channel)) !== 0)

/** Codes of newer agents, which are not here, count as a fault on their side. */
const CLOSE_CODES: Readonly<Record<number, PipeEnd['code'] | undefined>> = {
  [Close_Code.DONE]: 'done',
  [Close_Code.VERSION_NOT_SUPPORTED]: 'version_not_supported',
  [Close_Code.PROTOCOL_VIOLATION]: 'protocol_violation',
  [Close_Code.TIMED_OUT]: 'timed_out',
  [Close_Code.SHUTTING_DOWN]: 'shutting_down',
  [Close_Code.INTERNAL]: 'internal',
  [Close_Code.END_USER]: 'end_user',
}
