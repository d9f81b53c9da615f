/**
 * The worker of one session: a socket, a timer and the decoder around `engine.ts`. Everything that takes longer than
 * drawing happens here, so that the page is never in the way of the picture nor the picture in that of the page.
 */
import { loadDecoderModule } from '~/desktop/decoder-module'
import { BufferPool, packPicture, type Picture } from '~/desktop/painter'
import { parseGrant, relayHello } from '~/wire/relay'
import { createDecoder } from './decoder'
import { Engine, type EngineHost } from './engine'
import type { FromWorker, ScreenWishes, ToWorker } from './messages'

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

class SessionWorker {
  // Compiling the decoder takes as long as the server's answer: both at once.
  readonly #module = loadDecoderModule()
  readonly #buffers = new BufferPool()
  readonly #painting = new Map<number, (at: number) => void>()
  #patchId = 0
  #engine: Engine | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #statistics: ReturnType<typeof setInterval> | undefined
  #attempt = 0

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'drawn':
        this.#buffers.giveBack(message.pixels)
        this.#painting.get(message.id)?.(message.at)
        this.#painting.delete(message.id)
        return
      case 'renew':
        void tellKey()
        return
      case 'connect':
        void this.#connect(message.url, message.grant, message.wishes)
        return
      case 'drop':
        this.#hangUp()
        return
      case 'input':
        this.#engine?.act(message.actions, message.at)
        break
      case 'clipboard':
        this.#engine?.clipboard(message.text)
        break
      case 'wishes':
        this.#engine?.wish(message.wishes)
        break
      case 'statistics':
        this.#tellStatistics(message.wanted)
        return
      case 'close':
        this.#hangUp()
        return
    }
    this.#schedule()
  }

  async #connect(url: string, grantText: string, wishes: ScreenWishes): Promise<void> {
    this.#hangUp()
    this.#attempt += 1
    const attempt = this.#attempt
    const grant = parseGrant(grantText)
    if (grant === null) {
      scope.postMessage({ type: 'lost', loss: { source: 'relay', code: 'bad_grant', reason: '' } })
      return
    }
    const early = new EarlySocket(url, relayHello(grant))
    const decoder = await this.#module.then(createDecoder).catch(() => null)
    if (attempt !== this.#attempt) {
      early.socket.close(1000)
      return
    }
    if (decoder === null) {
      early.socket.close(1000)
      scope.postMessage({ type: 'lost', loss: { source: 'viewer', code: 'decoder_failed' } })
      return
    }
    this.#engine = new Engine(
      { ...hostOf(early.socket), decoder, paint: (picture) => this.#paint(picture) },
      wishes,
    )
    this.#listen(early, this.#engine)
  }

  /** Connects socket and engine; what came while the decoder was still compiling is first. */
  #listen(early: EarlySocket, engine: Engine): void {
    early.whenMessage((bytes) => {
      engine.received(bytes)
      this.#schedule()
    })
    early.whenClosed((code, reason) => engine.closed(code, reason))
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

  #hangUp(): void {
    this.#attempt += 1
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

async function tellKey(): Promise<void> {
  const pair = (await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const text = btoa(String.fromCharCode(...key))
  const base64url = text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  scope.postMessage({ type: 'key', key: base64url })
}

function hostOf(socket: WebSocket): Omit<EngineHost, 'decoder' | 'paint'> {
  return {
    now,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    tell: (message) => scope.postMessage(message),
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
    },
    buffered: () => socket.bufferedAmount,
    hangUp: (code) => socket.close(code),
  }
}

const worker = new SessionWorker()
scope.addEventListener('message', ({ data }) => worker.handle(data))
