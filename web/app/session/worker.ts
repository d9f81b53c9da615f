/**
 * The worker of one session: sockets, a timer and the decoder around `engine.ts`. Everything that takes longer than drawing
 * happens here, so that the page is never in the way of the picture nor the picture in that of the page.
 */
import { BufferPool, packPicture, type Picture } from '~/desktop/painter'
import { DATA_CHANNELS } from '~/wire/limits'
import { rehearse, ViewerPipe } from '~/wire/pipe'
import { CLOSE_LATER, keyText, parseGrant, parseKey, parseUuid, relayHello } from '~/wire/relay'
import { createDecoder } from './decoder'
import { type Connection, Engine, FIRST_WISHES } from './engine'
import type { FromWorker, ToWorker } from './messages'
import { loadModules } from './modules'

/** How often the overlay's figures are refreshed, milliseconds. */
const STATISTICS_MS = 500

/** The part of the worker's global scope that is used; the console is compiled with the types of a page. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void
}

const scope = globalThis as unknown as WorkerScope

/** Milliseconds of the performance clock do not depend on the wall clock being set. */
const now = () => (performance.timeOrigin + performance.now()) * 1000

/** In the browser's timeline of performance: from the relay's word that both ends are there until the pipe is sealed. */
const HANDSHAKE = 'pipe handshake'

const tell = (message: FromWorker) => {
  if (message.type === 'stage' && message.stage === 'handshake') performance.mark(HANDSHAKE)
  if (message.type === 'opened') {
    performance.measure(HANDSHAKE, HANDSHAKE)
    performance.clearMarks(HANDSHAKE)
  }
  scope.postMessage(message)
}

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))

class SessionWorker {
  // Compiling takes as long as the server's answer: all at once.
  readonly #modules = loadModules()
  readonly #buffers = new BufferPool()
  readonly #painting = new Map<number, (at: number) => void>()
  #patchId = 0
  #engine: Engine | null = null
  /** The engine of the present session, once its modules are there. */
  #ready: Promise<Engine | null> = Promise.resolve(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #statistics: ReturnType<typeof setInterval> | undefined
  /** Counts sessions and sockets, so that what belongs to an old one changes nothing. */
  #session = 0
  #socket = 0

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'drawn':
        this.#buffers.giveBack(message.pixels)
        this.#painting.get(message.id)?.(message.at)
        this.#painting.delete(message.id)
        return
      case 'renew':
        this.#ready = this.#renew(message.number)
        return
      case 'connect':
        void this.#connect(message)
        return
      case 'drop':
        this.#socket += 1
        this.#engine?.drop()
        break
      case 'input':
        this.#engine?.act(message.actions, message.at)
        break
      case 'clipboard':
        this.#engine?.clipboard(message.content)
        break
      case 'company':
        this.#engine?.company(message.wish)
        break
      case 'wishes':
        this.#engine?.wish(message.wishes)
        break
      case 'statistics':
        this.#tellStatistics(message.wanted)
        break
      case 'measure':
        this.#engine?.tellMeasured()
        return
      case 'close':
        this.#close()
        return
    }
    this.#schedule()
  }

  /** A new session: a pipe with a key of its own, told as soon as it is made, and a decoder. */
  async #renew(number: number): Promise<Engine | null> {
    this.#close()
    this.#session += 1
    const session = this.#session
    try {
      const pipe = new ViewerPipe(await this.#modules.pipe, random, DATA_CHANNELS, now())
      if (session !== this.#session) return null
      tell({ type: 'key', number, key: keyText(pipe.publicKey) })
      rehearse(await this.#modules.pipe, random, now())
      const decoder = await this.#modules.decoder.then(createDecoder)
      if (session !== this.#session) return null
      const paint = (picture: Picture) => this.#paint(picture)
      this.#engine = new Engine({ now, tell, decoder, paint }, pipe, FIRST_WISHES)
      this.#engine.measureSteadily(this.#statistics !== undefined)
      return this.#engine
    } catch {
      if (session === this.#session)
        tell({ type: 'lost', loss: { source: 'viewer', code: 'decoder_failed' } })
      return null
    }
  }

  async #connect(message: Extract<ToWorker, { type: 'connect' }>): Promise<void> {
    this.#socket += 1
    const number = this.#socket
    const grant = parseGrant(message.grant)
    const session = parseUuid(message.session)
    const machineKey = parseKey(message.machineKey)
    if (grant === null || session === null || machineKey === null) {
      tell({ type: 'lost', loss: { source: 'relay', code: 'bad_grant', reason: '' } })
      return
    }
    const early = new EarlySocket(message.url, relayHello(grant))
    const engine = await this.#ready
    if (engine === null || number !== this.#socket) {
      early.socket.close(CLOSE_LATER)
      return
    }
    engine.connect(connectionOf(early.socket), { session, machineKey }, message.wishes)
    const present = () => number === this.#socket
    early.whenMessage((bytes) => {
      if (!present()) return
      engine.received(bytes)
      this.#schedule()
    })
    early.whenClosed((code, reason) => {
      if (present()) engine.closed(code, reason)
    })
  }

  /** Sends a picture's changes to the page, which owns the canvas. */
  #paint(picture: Picture): Promise<number> {
    const patch = packPicture(picture, this.#buffers.take)
    this.#patchId += 1
    const id = this.#patchId
    return new Promise((resolve) => {
      this.#painting.set(id, resolve)
      scope.postMessage({ type: 'paint', id, patch }, [patch.pixels])
    })
  }

  #close(): void {
    this.#session += 1
    this.#socket += 1
    clearTimeout(this.#timer)
    this.#engine?.close()
    this.#engine = null
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    const due = this.#engine?.deadline ?? null
    if (due === null) return
    this.#timer = setTimeout(
      () => {
        this.#engine?.tick()
        this.#schedule()
      },
      Math.max(0, (due - now()) / 1000),
    )
  }

  #tellStatistics(wanted: boolean): void {
    clearInterval(this.#statistics)
    this.#statistics = undefined
    this.#engine?.measureSteadily(wanted)
    if (!wanted) return
    this.#engine?.tellStatistics()
    this.#statistics = setInterval(() => this.#engine?.tellStatistics(), STATISTICS_MS)
  }
}

/** A socket that is opened before there is anybody to listen: keeps what comes until then. */
class EarlySocket {
  readonly socket: WebSocket
  #messages: Uint8Array[] = []
  #closed: CloseEvent | null = null
  #onMessage: ((bytes: Uint8Array) => void) | null = null
  #onClosed: ((code: number, reason: string) => void) | null = null

  constructor(url: string, hello: Uint8Array<ArrayBuffer>) {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => socket.send(hello))
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // A text message is none of ours; the relay never sends one.
      if (!(data instanceof ArrayBuffer)) return
      if (this.#onMessage === null) this.#messages.push(new Uint8Array(data))
      else this.#onMessage(new Uint8Array(data))
    })
    socket.addEventListener('close', (event) => {
      this.#closed = event
      this.#onClosed?.(event.code, event.reason)
    })
    this.socket = socket
  }

  whenMessage(listener: (bytes: Uint8Array) => void): void {
    this.#onMessage = listener
    for (const bytes of this.#messages.splice(0)) listener(bytes)
  }

  whenClosed(listener: (code: number, reason: string) => void): void {
    this.#onClosed = listener
    if (this.#closed !== null) listener(this.#closed.code, this.#closed.reason)
  }
}

function connectionOf(socket: WebSocket): Connection {
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
    },
    buffered: () => socket.bufferedAmount,
    hangUp: (code) => socket.close(code),
  }
}

const worker = new SessionWorker()
scope.addEventListener('message', ({ data }) => worker.handle(data))
