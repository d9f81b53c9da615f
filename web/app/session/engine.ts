/**
 * One session in the worker: pipe, decoder and, one after the other, the connections that carry the pipe. No DOM and no
 * postMessage: `worker.ts` is the shell around this, and tests bring their own connections, decoder and clock.
 *
 * A frame: connection -> `ViewerPipe` -> decoder -> page -> acknowledgement. While one is decoded the pipe is not asked for
 * more, so its credit holds the agent back: what is in flight is bounded by the window of the channel.
 *
 * Without a connection what hands do waits here, in order and bounded, and is sent once when the pipe goes on. The pipe
 * itself says again what the agent had not received.
 */
import type { Picture } from '~/desktop/painter'
import type { DesktopLayout, InputAction } from '~/desktop/types'
import { Channel } from '~/wire/__generated__/farol/pipe_pb'
import { type ClipboardContent, clipboardMessage, clipboardQueueing } from '~/wire/clipboard'
import { companyMessage, type CompanyWish } from '~/wire/company'
import { CURSORS_KEPT, type DataChannel } from '~/wire/limits'
import {
  ackMessage,
  type Content,
  type EncodedFrame,
  inputMessage,
  refreshMessage,
  type ScreenMessage,
  type ScreenWishes,
  settingsMessage,
} from '~/wire/messages'
import type { PipeConnection, PipeEnd, PipeEvent, ViewerPipe } from '~/wire/pipe'
import {
  CLOSE_DONE,
  CLOSE_LATER,
  CLOSE_MALFORMED,
  CLOSE_TIMED_OUT,
  parseRelayReady,
  relayClose,
} from '~/wire/relay'
import { PipeViolation } from '~/wire/violation'
import { FrameLog } from './frame-log'
import { InputQueue } from './input-queue'
import { MachineClock } from './machine-clock'
import type { FromWorker, Loss } from './messages'
import { frameRecord, InputTimes, StatisticsWindow } from './statistics'

/** A picture, and how it came. */
export interface DecodedPicture extends Picture {
  /** A part of it as video. */
  readonly video?: boolean
}

/** Decodes the frames of one desktop into one frame buffer. */
export interface FrameDecoder {
  /** Whether frames may have video. Becomes false when that turns out to fail. */
  readonly decodesVideo: boolean
  /** A new desktop: black, nothing remembered. */
  reset(width: number, height: number): void
  /** One at a time. Rejects when the data is not a frame, and then until the next reset. */
  decode(data: Uint8Array<ArrayBuffer>): Promise<DecodedPicture>
}

/** What an engine needs from outside. */
export interface EngineHost {
  /** Microseconds since the epoch, never backwards. */
  now(): number
  tell(message: FromWorker): void
  readonly decoder: FrameDecoder
  /** Brings a picture to the canvas, reading its pixels at once. Fulfilled with the instant when it was there. */
  paint(picture: Picture): Promise<number>
}

/** A socket to the relay. */
export interface Connection {
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Bytes that the socket has taken and not sent. */
  buffered(): number
  /** Closes the socket with a code of the relay, so that the session's record tells good order from failure. */
  hangUp(code: number): void
}

/** Above this the socket counts as backed up, and moves of the pointer wait for it. */
const BACKED_UP = 8 * 1024

/** How soon a backed-up socket is looked at again, microseconds: a browser does not say when it has sent. */
const BACKED_UP_RETRY_US = 16_000

/** Pictures on their way to the page. A page that is busy for longer holds the agent back instead of filling memory. */
const UNDRAWN_MAX = 3

/** Before the page has said what it wants. */
export const FIRST_WISHES: ScreenWishes = {
  paused: false,
  quality: 'auto',
  monitor: null,
  view: { width: 0, height: 0 },
  mayShrink: true,
}

/** Pictures in a row that could not be decoded before this is a fault and not an accident. */
const BAD_FRAMES_MAX = 3

export class Engine {
  readonly #host: EngineHost
  readonly #pipe: ViewerPipe
  /** The present connection, and what it is opened with once the relay lets us in. */
  #connection: { to: Connection; opens: PipeConnection; ready: boolean } | null = null
  readonly #clock = new MachineClock()
  readonly #input = new InputQueue()
  #inputTimes = new InputTimes()
  readonly #statistics = new StatisticsWindow()
  readonly #log = new FrameLog()
  readonly #cursors = new Map<number, Extract<ScreenMessage, { kind: 'cursor' }>['image']>()
  #wishes: ScreenWishes
  /** What the agent knows of our decoder. */
  #videoTold = false
  #layout: DesktopLayout | null = null
  #inputId = 0
  #heldTold = 0
  #pictured = false
  #exact: boolean | null = null
  #badFrames = 0
  /** The frame buffer is unusable; frames mean nothing until the layout that answers our refresh. */
  #stale = false
  /** No picture since the layout: what the canvas carried over is not true any more. */
  #fresh = false
  #over = false
  /** A frame is with the decoder; what comes after it waits in the pipe. */
  #decoding = false
  #undrawn = 0
  /** Counts how often both ends began anew: a picture from before is not acknowledged to an agent that knows nothing of it. */
  #beginning = 0

  constructor(host: EngineHost, pipe: ViewerPipe, wishes: ScreenWishes) {
    this.#host = host
    this.#pipe = pipe
    this.#wishes = wishes
  }

  /** A socket is dialed. An older one is of no use any more. */
  connect(to: Connection, opens: PipeConnection, wishes: ScreenWishes): void {
    this.drop()
    if (this.#over) {
      to.hangUp(CLOSE_LATER)
      return
    }
    this.#wishes = wishes
    this.#connection = { to, opens, ready: false }
  }

  /** One binary message of the socket. */
  received(bytes: Uint8Array): void {
    if (this.#connection === null) return
    const now = this.#host.now()
    this.#statistics.received(now, bytes.length)
    if (!this.#connection.ready) {
      this.#relayAnswered(now, bytes)
      return
    }
    this.#guarded(
      () => this.#pipe.handleInput(now, bytes),
      // While the pipe goes on, nothing shows that it was the agent who sent this.
      () => !this.#pipe.isClosed,
    )
    this.#turn(now)
  }

  /** The socket is gone. */
  closed(code: number, reason: string): void {
    this.#lost({ source: 'relay', code: relayClose(code), reason })
  }

  /** Gives the connection up without a word; the pipe waits for the next. */
  drop(): void {
    this.#connection?.to.hangUp(CLOSE_LATER)
    this.#connection = null
    this.#pipe.disconnected()
  }

  /** When `tick` has something to do, microseconds. */
  get deadline(): number | null {
    if (this.#over) return null
    const pipe = this.#pipe.pollDeadline()
    const input = this.#pipe.isOpen ? this.#input.due : null
    const retry =
      input === null
        ? Infinity
        : Math.max(input, this.#backedUp() ? this.#host.now() + BACKED_UP_RETRY_US : 0)
    const due = Math.min(pipe ?? Infinity, retry)
    return Number.isFinite(due) ? due : null
  }

  tick(): void {
    const now = this.#host.now()
    this.#pipe.handleTimeout(now)
    this.#turn(now)
  }

  act(actions: readonly InputAction[], at: number): void {
    if (this.#over || !this.#pipe.has(Channel.INPUT)) return
    for (const action of actions) this.#input.push(action, at)
    this.#turn(this.#host.now())
  }

  clipboard(content: ClipboardContent): void {
    const queueing = clipboardQueueing(content)
    if (this.#pipe.send(Channel.CLIPBOARD, clipboardMessage(content), queueing))
      this.#turn(this.#host.now())
  }

  /** Something for the others. Where somebody points is of no use to anybody later. */
  company(wish: CompanyWish): void {
    const pointing = wish.kind === 'point'
    if (pointing && !this.#pipe.isOpen) return
    if (this.#pipe.send(Channel.COMPANY, companyMessage(wish), pointing ? 'ack' : 'ordered'))
      this.#turn(this.#host.now())
  }

  wish(wishes: ScreenWishes): void {
    this.#wishes = wishes
    const now = this.#host.now()
    this.#pipe.setVisible(now, !wishes.paused)
    // Said with every connection, so without one nothing has to wait.
    if (this.#pipe.isOpen) this.#sendWishes()
    this.#turn(now)
  }

  #sendWishes(): void {
    const video = this.#host.decoder.decodesVideo
    this.#pipe.send(Channel.SCREEN, settingsMessage(this.#wishes, video))
    this.#videoTold = video
  }

  /** Whether somebody looks at the figures: they are measured then even while nothing happens. */
  measureSteadily(steady: boolean): void {
    this.#pipe.setSteady(steady)
    this.#turn(this.#host.now())
  }

  /** Tells the figures of the last seconds. */
  tellStatistics(): void {
    const statistics = this.#statistics.summary(this.#host.now(), this.#clock.roundTrip)
    this.#host.tell({ type: 'statistics', statistics })
  }

  /** Tells all that is kept of the last minutes. */
  tellMeasured(): void {
    const frames = this.#log.frames()
    const measured = { frames, forgotten: this.#log.forgotten, ...this.#statistics.carried }
    this.#host.tell({ type: 'measured', measured })
  }

  /** Says goodbye and hangs up; nothing is told any more. */
  close(): void {
    if (this.#over) return
    this.#over = true
    this.#pipe.close('the technician left')
    this.#flush()
    this.#connection?.to.hangUp(CLOSE_DONE)
    this.#connection = null
  }

  #relayAnswered(now: number, bytes: Uint8Array): void {
    const connection = this.#connection
    if (connection === null) return
    if (parseRelayReady(bytes) === null) {
      this.#lost({ source: 'relay', code: 'malformed', reason: '' })
      return
    }
    connection.ready = true
    this.#host.tell({ type: 'stage', stage: 'handshake' })
    this.#pipe.connect(now, connection.opens)
    this.#turn(now)
  }

  /** Handles what the pipe has to say, sends what may be sent. */
  #turn(now: number): void {
    const found = { any: true }
    while (found.any && !this.#over && !this.#decoding && this.#undrawn < UNDRAWN_MAX) {
      this.#guarded(() => {
        const event = this.#pipe.pollEvent()
        found.any = event !== null
        if (event !== null) this.#onEvent(event)
      })
    }
    this.#sendInput(now)
    this.#flush()
    this.#tellHeld()
  }

  /** What the module, protobuf and our own checks throw for what an agent must not send. */
  #guarded(step: () => void, isForged: () => boolean = () => false): void {
    try {
      step()
    } catch (error) {
      const violation =
        error instanceof PipeViolation ? error : new PipeViolation('malformed', 'malformed message')
      if (isForged()) {
        const end = { by: 'nobody', code: 'not_sealed', text: violation.message } as const
        this.#lost({ source: 'pipe', end })
      } else {
        this.#violated(violation)
      }
    }
  }

  #violated(violation: PipeViolation): void {
    const { code, message: text } = violation
    if (!this.#pipe.isClosed) this.#pipe.fail(violation)
    this.#flush()
    const final = code === 'version' ? 'version_not_supported' : 'protocol_violation'
    this.#lost({ source: 'pipe', end: { by: 'viewer', code: final, text } })
    this.#over = true
  }

  #onEvent(event: PipeEvent): void {
    switch (event.kind) {
      case 'opened':
        this.#opened(event.channels, event.resumed)
        return
      case 'channels':
        this.#channels(event.channels)
        return
      case 'clock':
        this.#clock.add(event.estimate)
        return
      case 'lost': {
        const end: PipeEnd =
          event.by === 'silence'
            ? { by: 'nobody', code: 'timed_out', text: '' }
            : { by: 'nobody', code: 'not_sealed', text: 'no answer to the handshake' }
        this.#lost({ source: 'pipe', end })
        return
      }
      case 'closed':
        this.#flush()
        this.#lost({ source: 'pipe', end: event.end })
        this.#over = true
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
        this.#host.tell({ type: 'clipboard', content: content.message })
        return
      case Channel.COMPANY:
        this.#host.tell({ type: 'company', news: content.message })
    }
  }

  #opened(channels: readonly DataChannel[], resumed: boolean): void {
    if (!resumed) this.#beginAnew()
    this.#clock.restarted()
    this.#host.tell({ type: 'opened', ...rightsOf(channels), resumed })
    this.#host.tell({ type: 'stage', stage: 'picture' })
    this.wish(this.#wishes)
  }

  /** The agent knows nothing of what went before, so what hands did meanwhile was meant for another screen. */
  #beginAnew(): void {
    this.#beginning += 1
    this.#input.clear()
    this.#inputId = 0
    this.#inputTimes = new InputTimes()
    this.#cursors.clear()
    this.#layout = null
    this.#stale = false
    this.#badFrames = 0
    this.#pictured = false
    this.#exact = null
  }

  #channels(channels: readonly DataChannel[]): void {
    const rights = rightsOf(channels)
    if (!rights.input) this.#input.clear()
    this.#host.tell({ type: 'channels', ...rights })
  }

  #onScreen(message: ScreenMessage, at: number): void {
    switch (message.kind) {
      case 'layout':
        this.#layout = message.layout
        this.#stale = false
        this.#fresh = true
        this.#host.decoder.reset(
          message.layout.surface.picture.width,
          message.layout.surface.picture.height,
        )
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
        () => this.#guarded(() => this.#unusable(frame)),
      )
      .finally(() => {
        this.#decoding = false
        this.#turn(this.#host.now())
      })
  }

  #show(frame: EncodedFrame, picture: DecodedPicture, received: number, started: number): void {
    if (this.#over) return
    const beginning = this.#beginning
    const decoded = this.#host.now()
    this.#badFrames = 0
    this.#undrawn += 1
    const shown = this.#fresh ? wholly(picture) : picture
    this.#fresh = false
    void this.#host.paint(shown).then((drawn) => {
      this.#undrawn -= 1
      if (this.#over) return
      if (beginning !== this.#beginning) {
        this.#turn(this.#host.now())
        return
      }
      this.#acknowledge(frame.id, decoded - started, drawn - decoded)
      this.#flush()
      // One that only lets us compare is no picture.
      if (picture.changed.length > 0)
        this.#record(frame, { received, decoded, drawn }, picture.video === true)
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
    // Else the pictures that come next would have video again.
    if (this.#videoTold !== this.#host.decoder.decodesVideo) this.#sendWishes()
    this.#pipe.send(Channel.SCREEN, refreshMessage())
  }

  #acknowledge(id: number, decode: number, draw: number): void {
    this.#pipe.send(Channel.SCREEN, ackMessage(id, decode, draw), 'ack')
  }

  #record(
    frame: EncodedFrame,
    { received, decoded, drawn }: { received: number; decoded: number; drawn: number },
    video: boolean,
  ): void {
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
      video,
    )
    this.#statistics.frame(record)
    const { shortestRoundTrip, offset, roundTrip } = this.#clock
    this.#log.add(record, {
      id: frame.id,
      exact: frame.exact,
      clockOffset: offset,
      clockUncertainty: shortestRoundTrip === null ? null : shortestRoundTrip / 2,
      roundTrip,
    })
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

  #backedUp(): boolean {
    const buffered = this.#connection?.to.buffered() ?? 0
    return buffered > BACKED_UP || this.#pipe.waiting(Channel.INPUT) > 0
  }

  #sendInput(now: number): void {
    // What waits for credit keeps its place; the rest stays in our queue, where moves still merge.
    while (this.#pipe.isOpen && this.#pipe.waiting(Channel.INPUT) === 0) {
      const batch = this.#input.take(now, this.#backedUp())
      if (batch.length === 0) return
      const events = batch.map(({ action, at }) => {
        this.#inputId += 1
        this.#inputTimes.sent(this.#inputId, at)
        return { id: this.#inputId, action }
      })
      this.#pipe.send(Channel.INPUT, inputMessage(events))
      this.#flush()
    }
  }

  #flush(): void {
    const to = this.#connection
    if (to?.ready !== true) return
    for (let packet = this.#pipe.pollTransmit(); packet; packet = this.#pipe.pollTransmit()) {
      this.#statistics.sent(packet.length)
      to.to.send(packet)
    }
  }

  /** Says how much waits for a connection. */
  #tellHeld(): void {
    const count = this.#pipe.isOpen || this.#over ? 0 : this.#input.size
    if (count === this.#heldTold) return
    this.#heldTold = count
    this.#host.tell({ type: 'held', count })
  }

  /** The connection is over; whether the session is, is not decided here. */
  #lost(loss: Loss): void {
    if (this.#over || this.#connection === null) return
    const { to } = this.#connection
    this.#connection = null
    this.#pipe.disconnected()
    this.#host.tell({ type: 'lost', loss })
    to.hangUp(closeCode(loss))
  }
}

/** All of a picture as changed: black is what a decoder starts from, and tells nobody. */
function wholly(picture: Picture): Picture {
  const { width, height } = picture
  return { ...picture, changed: [{ x: 0, y: 0, width, height }] }
}

const rightsOf = (channels: readonly DataChannel[]) => ({
  input: channels.includes(Channel.INPUT),
  clipboard: channels.includes(Channel.CLIPBOARD),
})

function closeCode(loss: Loss): number {
  if (loss.source !== 'pipe' || loss.end.by === 'agent') return CLOSE_LATER
  return loss.end.by === 'nobody' ? CLOSE_TIMED_OUT : CLOSE_MALFORMED
}
