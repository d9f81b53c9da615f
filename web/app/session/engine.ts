/**
 * One connection of a session, in the worker: socket, pipe and decoder put together. A new connection is a new
 * `Engine`; the canvas outlives it. No DOM and no postMessage: `worker.ts` is the shell around this, and tests bring
 * their own socket, decoder and clock.
 *
 * A frame: socket -> `ViewerPipe` -> decoder -> page -> acknowledgement. While one is decoded the pipe is not asked for
 * more, so its credit holds the agent back: what is in flight is bounded by the window of the channel.
 */
import type { Picture } from '~/desktop/painter'
import type { DesktopLayout, InputAction } from '~/desktop/types'
import { Channel } from '~/wire/__generated__/farol/pipe_pb'
import { ClockEstimate } from '~/wire/clock'
import { CURSORS_KEPT, DATA_CHANNELS } from '~/wire/limits'
import {
  ackMessage,
  type ClipboardContent,
  clipboardMessage,
  type Content,
  type EncodedFrame,
  inputMessage,
  refreshMessage,
  type ScreenMessage,
  settingsMessage,
} from '~/wire/messages'
import { PipeViolation } from '~/wire/packet'
import { type PipeEvent, ViewerPipe } from '~/wire/pipe'
import { parseRelayReady, relayClose } from '~/wire/relay'
import { InputQueue } from './input-queue'
import type { FromWorker, Loss, ScreenWishes } from './messages'
import { frameRecord, InputTimes, StatisticsWindow } from './statistics'

/** Decodes the frames of one desktop into one frame buffer. */
export interface FrameDecoder {
  /** A new desktop: black, nothing remembered. */
  reset(width: number, height: number): void
  /** One at a time. Rejects when the data is not a frame, and then until the next reset. */
  decode(data: Uint8Array<ArrayBuffer>): Promise<Picture>
}

/** What an engine needs from outside. */
export interface EngineHost {
  /** Microseconds since the epoch, never backwards. */
  now(): number
  random(bytes: number): Uint8Array
  tell(message: FromWorker): void
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Bytes that the socket has taken and not sent. */
  buffered(): number
  /** Closes the socket with a code of the relay, so that the session's record tells good order from failure. */
  hangUp(code: number): void
  readonly decoder: FrameDecoder
  /** Brings a picture to the canvas, reading its pixels at once. Fulfilled with the instant when it was there. */
  paint(picture: Picture): Promise<number>
}

/** WebSocket close codes, as in `wire/relay.ts`: in good order, what the agent sent is unacceptable, nothing was heard. */
const CLOSE_DONE = 1000
const CLOSE_MALFORMED = 4400
const CLOSE_TIMED_OUT = 4408

/** Above this the socket counts as backed up, and moves of the pointer wait for it. */
const BACKED_UP = 8 * 1024

/** How soon a backed-up socket is looked at again, microseconds: a browser does not say when it has sent. */
const BACKED_UP_RETRY_US = 16_000

/** Pictures on their way to the page. A page that is busy for longer holds the agent back instead of filling memory. */
const UNDRAWN_MAX = 3

/** Pictures in a row that could not be decoded before this is a fault and not an accident. */
const BAD_FRAMES_MAX = 3

export class Engine {
  readonly #host: EngineHost
  #pipe: ViewerPipe | null = null
  readonly #clock = new ClockEstimate()
  readonly #input = new InputQueue()
  readonly #inputTimes = new InputTimes()
  readonly #statistics = new StatisticsWindow()
  readonly #cursors = new Map<number, Extract<ScreenMessage, { kind: 'cursor' }>['image']>()
  #wishes: ScreenWishes
  #layout: DesktopLayout | null = null
  #inputId = 0
  #pictured = false
  #exact: boolean | null = null
  #badFrames = 0
  /** The frame buffer is unusable; frames mean nothing until the layout that answers our refresh. */
  #stale = false
  #over = false
  /** A frame is with the decoder; what comes after it waits in the pipe. */
  #decoding = false
  #undrawn = 0

  constructor(host: EngineHost, wishes: ScreenWishes) {
    this.#host = host
    this.#wishes = wishes
  }

  /** One binary message of the socket. */
  received(bytes: Uint8Array): void {
    if (this.#over) return
    const now = this.#host.now()
    this.#statistics.received(now, bytes.length)
    if (this.#pipe === null) {
      this.#relayAnswered(now, bytes)
      return
    }
    this.#guarded(this.#pipe, (pipe) => pipe.handleInput(now, bytes))
    this.#turn(now)
  }

  /** The socket is gone. */
  closed(code: number, reason: string): void {
    this.#lost({ source: 'relay', code: relayClose(code), reason })
  }

  /** When `tick` has something to do, microseconds. */
  get deadline(): number | null {
    if (this.#over || this.#pipe === null) return null
    const pipe = this.#pipe.pollDeadline()
    const input = this.#input.due
    const retry =
      input === null
        ? Infinity
        : Math.max(input, this.#backedUp() ? this.#host.now() + BACKED_UP_RETRY_US : 0)
    const due = Math.min(pipe ?? Infinity, retry)
    return Number.isFinite(due) ? due : null
  }

  tick(): void {
    const now = this.#host.now()
    this.#pipe?.handleTimeout(now)
    this.#turn(now)
  }

  act(actions: readonly InputAction[], at: number): void {
    if (this.#pipe?.isOpen(Channel.INPUT) !== true) return
    for (const action of actions) this.#input.push(action, at)
    this.#turn(this.#host.now())
  }

  clipboard(text: string): void {
    if (this.#pipe?.send(Channel.CLIPBOARD, clipboardMessage(text), 'newest') === true)
      this.#turn(this.#host.now())
  }

  wish(wishes: ScreenWishes): void {
    this.#wishes = wishes
    if (this.#pipe === null) return
    this.#pipe.setVisible(!wishes.paused)
    this.#pipe.send(Channel.SCREEN, settingsMessage(wishes.paused, wishes.quality))
    this.#turn(this.#host.now())
  }

  /** Tells the figures of the last seconds. */
  tellStatistics(): void {
    const statistics = this.#statistics.summary(this.#host.now(), this.#clock.roundTrip)
    this.#host.tell({ type: 'statistics', statistics })
  }

  /** Says goodbye and hangs up; nothing is told any more. */
  close(): void {
    if (this.#over) return
    this.#over = true
    this.#pipe?.close('the technician left')
    this.#flush()
    this.#host.hangUp(CLOSE_DONE)
  }

  #relayAnswered(now: number, bytes: Uint8Array): void {
    if (parseRelayReady(bytes) === null) {
      this.#lost({ source: 'relay', code: 'malformed', reason: '' })
      return
    }
    this.#host.tell({ type: 'stage', stage: 'handshake' })
    this.#pipe = new ViewerPipe(now, this.#host.random(32), DATA_CHANNELS)
    this.#turn(now)
  }

  /** Handles what the pipe has to say, sends what may be sent. */
  #turn(now: number): void {
    const pipe = this.#pipe
    if (pipe === null) return
    while (!this.#over && !this.#decoding && this.#undrawn < UNDRAWN_MAX) {
      const event = pipe.pollEvent()
      if (event === null) break
      this.#guarded(pipe, () => this.#onEvent(event))
    }
    this.#sendInput(now, pipe)
    this.#flush()
  }

  /** Protobuf and our own checks throw for what an agent must not send: that ends the pipe and nothing else. */
  #guarded(pipe: ViewerPipe | null, step: (pipe: ViewerPipe) => void): void {
    if (pipe === null) return
    try {
      step(pipe)
    } catch (error) {
      const violation =
        error instanceof PipeViolation ? error : new PipeViolation('malformed', 'malformed message')
      pipe.fail(violation)
      this.#flush()
      const code = violation.code === 'version' ? 'version_not_supported' : 'protocol_violation'
      this.#lost({ source: 'pipe', end: { by: 'viewer', code, text: violation.message } })
    }
  }

  #onEvent(event: PipeEvent): void {
    switch (event.kind) {
      case 'opened':
        this.#opened(
          event.channels.includes(Channel.INPUT),
          event.channels.includes(Channel.CLIPBOARD),
        )
        return
      case 'clock':
        this.#clock.add(event.times)
        return
      case 'closed':
        this.#flush()
        this.#lost({ source: 'pipe', end: event.end })
        return
      case 'message':
        this.#onContent(event.content, event.at)
    }
  }

  #onContent(content: Content, at: number): void {
    switch (content.channel) {
      case Channel.SCREEN:
        this.#onScreen(content.message, at)
        return
      case Channel.INPUT:
        if (content.message.kind === 'refused')
          this.#host.tell({ type: 'refused', code: content.message.code })
        return
      case Channel.CLIPBOARD:
        this.#onClipboard(content.message)
    }
  }

  #opened(input: boolean, clipboard: boolean): void {
    this.#host.tell({ type: 'opened', input, clipboard, resumed: false })
    this.#host.tell({ type: 'stage', stage: 'picture' })
    this.wish(this.#wishes)
  }

  #onScreen(message: ScreenMessage, at: number): void {
    switch (message.kind) {
      case 'layout':
        this.#layout = message.layout
        this.#stale = false
        this.#host.decoder.reset(message.layout.width, message.layout.height)
        this.#host.tell({ type: 'layout', layout: message.layout })
        return
      case 'frame':
        this.#onFrame(message.frame, at)
        return
      case 'cursor':
        this.#onCursor(message)
        return
      case 'pointer':
        this.#host.tell({ type: 'pointer', position: message.position })
        return
      case 'state':
        this.#host.tell({ type: 'screen', state: message.state })
    }
  }

  #onFrame(frame: EncodedFrame, received: number): void {
    if (this.#layout === null) throw new PipeViolation('unexpected', 'frame before a layout')
    // A frame of a desktop that is gone; the agent counts it as in flight until it is acknowledged.
    if (frame.generation !== this.#layout.generation || this.#stale) {
      this.#acknowledge(frame.id, 0, 0)
      return
    }
    this.#decoding = true
    const started = this.#host.now()
    void this.#host.decoder
      .decode(frame.data)
      .then(
        (picture) => this.#show(frame, picture, received, started),
        () => this.#guarded(this.#pipe, () => this.#unusable(frame)),
      )
      .finally(() => {
        this.#decoding = false
        this.#turn(this.#host.now())
      })
  }

  #show(frame: EncodedFrame, picture: Picture, received: number, started: number): void {
    // A new connection may own the canvas by now.
    if (this.#over) return
    const decoded = this.#host.now()
    this.#badFrames = 0
    this.#undrawn += 1
    void this.#host.paint(picture).then((drawn) => {
      this.#undrawn -= 1
      if (this.#over) return
      this.#acknowledge(frame.id, decoded - started, drawn - decoded)
      this.#flush()
      this.#record(frame, received, decoded, drawn)
      this.#tellPicture(frame.exact)
      this.#turn(this.#host.now())
    })
  }

  /** Asks for a new layout and a whole picture; an agent whose pictures never decode is broken. */
  #unusable(frame: EncodedFrame): void {
    this.#badFrames += 1
    if (this.#badFrames > BAD_FRAMES_MAX)
      throw new PipeViolation('malformed', 'frames that cannot be decoded')
    this.#stale = true
    this.#acknowledge(frame.id, 0, 0)
    this.#pipe?.send(Channel.SCREEN, refreshMessage())
  }

  #acknowledge(id: number, decode: number, draw: number): void {
    this.#pipe?.send(Channel.SCREEN, ackMessage(id, decode, draw), 'newest')
  }

  #record(frame: EncodedFrame, received: number, decoded: number, drawn: number): void {
    const local = (instant: number) => this.#clock.toLocal(instant) ?? received
    const damaged = local(frame.times.damaged)
    const oneWay = (this.#clock.shortestRoundTrip ?? 0) / 2
    const record = frameRecord(
      {
        input: this.#inputTimes.answered(frame.lastInputId, damaged, oneWay),
        damaged,
        captured: local(frame.times.captured),
        encoded: local(frame.times.encoded),
        queued: local(frame.times.queued),
        received,
        decoded,
        drawn,
      },
      frame.data.length,
    )
    this.#statistics.frame(record)
  }

  #tellPicture(exact: boolean): void {
    if (!this.#pictured) {
      this.#pictured = true
      this.#host.tell({ type: 'picture' })
    }
    if (this.#exact === exact) return
    this.#exact = exact
    this.#host.tell({ type: 'exact', exact })
  }

  #onCursor({ id, image }: Extract<ScreenMessage, { kind: 'cursor' }>): void {
    if (image !== null) {
      for (const oldest of this.#cursors.keys()) {
        if (this.#cursors.size < CURSORS_KEPT) break
        this.#cursors.delete(oldest)
      }
      this.#cursors.set(id, image)
    }
    const known = this.#cursors.get(id)
    if (known !== undefined && known !== null) this.#host.tell({ type: 'cursor', image: known })
  }

  #onClipboard(content: ClipboardContent): void {
    if (content.kind === 'text') this.#host.tell({ type: 'clipboard', text: content.text })
    else this.#host.tell({ type: 'clipboard-skipped', code: content.code })
  }

  #backedUp(): boolean {
    return this.#host.buffered() > BACKED_UP || (this.#pipe?.waiting(Channel.INPUT) ?? 0) > 0
  }

  #sendInput(now: number, pipe: ViewerPipe): void {
    // What waits for credit keeps its place; the rest stays in our queue, where moves still merge.
    while (pipe.waiting(Channel.INPUT) === 0) {
      const batch = this.#input.take(now, this.#backedUp())
      if (batch.length === 0) return
      const events = batch.map(({ action, at }) => {
        this.#inputId += 1
        this.#inputTimes.sent(this.#inputId, at)
        return { id: this.#inputId, action }
      })
      pipe.send(Channel.INPUT, inputMessage(events))
      this.#flush()
    }
  }

  #flush(): void {
    for (let packet = this.#pipe?.pollTransmit(); packet; packet = this.#pipe?.pollTransmit()) {
      this.#statistics.sent(packet.length)
      this.#host.send(packet)
    }
  }

  #lost(loss: Loss): void {
    if (this.#over) return
    this.#over = true
    this.#input.clear()
    this.#host.tell({ type: 'lost', loss })
    this.#host.hangUp(closeCode(loss))
  }
}

function closeCode(loss: Loss): number {
  if (loss.source !== 'pipe' || loss.end.by === 'agent') return CLOSE_DONE
  return loss.end.by === 'nobody' ? CLOSE_TIMED_OUT : CLOSE_MALFORMED
}
