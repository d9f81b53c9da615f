/**
 * A session with one machine, as this browser tab holds it. Lives above the router: pages come and go, attach
 * it, and read `view`. Owns the worker, the canvas and the input capture; decides about coming back after a loss
 * by the rules of `reconnect.ts`.
 *
 * ```text
 *   connecting --picture--> live --loss--> reconnecting --picture--> live
 *        |                    |                 |
 *        +---- final failure, a person, two minutes without luck ----> ended --restart--> connecting
 * ```
 */
import type { SessionRights } from '~/api/types'
import { asProblem } from '~/api/problem'
import { InputCapture } from '~/desktop/capture'
import { ShadowPointer } from '~/desktop/cursor'
import { type ScaleMode, shownArea } from '~/desktop/geometry'
import type { Patch } from '~/desktop/painter'
import type { InputAction, Quality } from '~/desktop/types'
import { browserClipboard, ClipboardSync } from './clipboard'
import type { FromWorker, ScreenWishes, ToWorker } from './messages'
import { Attempts, type Failure, failureCode, isPassing } from './reconnect'
import type { SessionServer } from './server'
import { SessionStage } from './stage'
import type { Statistics } from './statistics'
import { firstView, type SessionEnding, type SessionView } from './view'

/** How long a paste key waits for the browser to hand over its clipboard. */
const PASTE_WAIT_MS = 150

/** What a session needs from outside; a test brings its own. */
export interface SessionParts {
  readonly server: SessionServer
  readonly worker: Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>
}

export class RemoteSession {
  readonly #stage = new SessionStage()
  readonly #parts: SessionParts
  readonly #capture: InputCapture
  readonly #clipboard: ClipboardSync
  readonly #shadow = new ShadowPointer()
  readonly #attempts = new Attempts()
  readonly #listeners = new Set<() => void>()
  readonly #statisticsListeners = new Set<() => void>()
  #view: SessionView
  #statistics: Statistics | null = null
  /** Counts connection attempts, so that a late answer of an old one changes nothing. */
  #run = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pasted: (() => void) | null = null
  #shown = false
  #liveSince: number | null = null
  /** The machine answered since a person last asked for the session: a loss is worth waiting for. */
  #returning = false
  #onEscape: () => void = () => undefined

  constructor(machine: { id: string; name: string }, rights: SessionRights, parts: SessionParts) {
    this.#view = firstView(machine.id, machine.name, rights)
    this.#parts = parts
    this.#clipboard = new ClipboardSync(
      browserClipboard(),
      (text) => this.#sendClipboard(text),
      (clipboard) => this.#set({ clipboard }),
    )
    this.#capture = this.#startCapture()
    parts.worker.addEventListener('message', (event) =>
      this.#told((event as MessageEvent<FromWorker>).data),
    )
    parts.worker.addEventListener('error', () =>
      this.#failed({ source: 'viewer', code: 'decoder_failed' }),
    )
    document.addEventListener('visibilitychange', this.#visibilityChanged)
    void this.#connect()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getView = (): SessionView => this.#view

  /** Figures of the connection; refreshed twice a second while somebody subscribes. */
  readonly subscribeStatistics = (listener: () => void): (() => void) => {
    this.#statisticsListeners.add(listener)
    this.#post({ type: 'statistics', wanted: true })
    return () => {
      this.#statisticsListeners.delete(listener)
      if (this.#statisticsListeners.size === 0) this.#post({ type: 'statistics', wanted: false })
    }
  }

  readonly getStatistics = (): Statistics | null => this.#statistics

  /** A page shows the canvas. Returns what to call when it no longer does: pictures stop, the session goes on. */
  attach(container: Element, onEscape: () => void): () => void {
    container.append(this.#stage.element)
    this.#onEscape = onEscape
    this.#shown = true
    this.#wish()
    return () => {
      this.#capture.release()
      this.#shown = false
      this.#onEscape = () => undefined
      this.#wish()
      this.#stage.element.remove()
    }
  }

  /** Gives the keyboard to the machine. */
  focus(): void {
    this.#capture.focus()
  }

  /** How the picture looks on the page that shows it. */
  get stage(): SessionStage {
    return this.#stage
  }

  setScale(scale: ScaleMode): void {
    this.#set({ scale })
  }

  setMonitor(monitor: string | null): void {
    this.#set({ monitor })
  }

  setQuality(quality: Quality): void {
    this.#set({ quality })
    this.#wish()
  }

  setViewOnly(viewOnly: boolean): void {
    this.#set({ viewOnly })
    this.#updateCapture()
  }

  setShowStatistics(showStatistics: boolean): void {
    this.#set({ showStatistics })
  }

  /** Sends a combination that browsers keep to themselves. */
  chord(codes: readonly string[]): void {
    if (!this.#mayInput()) return
    this.#act([{ kind: 'chord', codes }], performance.now())
  }

  /** What the clipboard panel does. */
  get clipboard(): ClipboardSync {
    return this.#clipboard
  }

  /** The technician ends the session. */
  async end(): Promise<void> {
    const { session } = this.#view
    this.#stop({ code: 'technician_ended', by: null, detail: '', requestId: null, byMe: true })
    // The server closes the relay itself and writes down who ended it; our own farewell would come as a loss.
    if (session !== null) await this.#parts.server.end(session.id).catch(() => undefined)
    this.#post({ type: 'close' })
  }

  /** A new start after an end, with the last picture still there. */
  restart(rights: SessionRights = this.#view.rights): void {
    this.#attempts.reset()
    this.#returning = false
    this.#set({
      phase: 'connecting',
      ending: null,
      cause: null,
      attempt: 0,
      rights,
      viewOnly: rights === 'view',
    })
    void this.#connect()
  }

  /** Ends what is not ended and lets go of everything. The object is of no use afterwards. */
  dispose(): void {
    const ended = this.#view.phase === 'ended' ? Promise.resolve() : this.end()
    this.#capture.dispose()
    document.removeEventListener('visibilitychange', this.#visibilityChanged)
    this.#stage.element.remove()
    void ended.finally(() => this.#parts.worker.terminate())
  }

  #startCapture(): InputCapture {
    return new InputCapture(this.#stage.canvas, this.#stage.field, {
      view: () => {
        const { layout, monitor } = this.#view
        return layout === null ? null : { layout, area: shownArea(layout, monitor) }
      },
      act: (actions, at) => this.#act(actions, at),
      beforePaste: () => this.#beforePaste(),
      pasted: (text) => {
        this.#clipboard.give(text)
        this.#pasted?.()
      },
      escape: () => this.#onEscape(),
      focused: (focused) => {
        this.#set({ focused })
        if (focused && this.#view.canClipboard) void this.#clipboard.focused()
      },
    })
  }

  async #connect(): Promise<void> {
    this.#run += 1
    const run = this.#run
    clearTimeout(this.#retryTimer)
    this.#set({
      stage: 'asking',
      session: null,
      canInput: false,
      canClipboard: false,
      refused: null,
      exact: null,
    })
    this.#updateCapture()
    try {
      const { session, relay } = await this.#parts.server.start(
        this.#view.machineId,
        this.#view.rights,
      )
      if (run !== this.#run) {
        void this.#parts.server.end(session.id).catch(() => undefined)
        return
      }
      this.#set({ session, machineName: session.machine_name, stage: 'relay' })
      this.#post({
        type: 'connect',
        url: relayUrl(relay.path),
        grant: relay.grant,
        wishes: this.#wishes(),
      })
    } catch (thrown) {
      if (run !== this.#run) return
      const problem = asProblem(thrown)
      const failure: Failure = { source: 'api', code: problem.code, status: problem.status }
      this.#failed(failure, { detail: problem.detail, requestId: problem.requestId })
    }
  }

  #told(message: FromWorker): void {
    switch (message.type) {
      case 'stage':
        this.#set({ stage: message.stage })
        return
      case 'opened':
        this.#opened(message.input, message.clipboard)
        return
      case 'layout':
        this.#stage.painter.resize(message.layout.width, message.layout.height)
        this.#set({ layout: message.layout })
        return
      case 'paint':
        this.#paint(message.id, message.patch)
        return
      case 'picture':
        this.#attempts.reset()
        this.#liveSince ??= performance.now()
        this.#returning = true
        this.#set({ phase: 'live', hasPicture: true, attempt: 0, cause: null })
        return
      case 'exact':
        this.#set({ exact: message.exact })
        return
      case 'cursor':
        this.#set({ cursor: message.image })
        return
      case 'pointer':
        this.#shadow.reported(performance.now(), message.position)
        this.#set({ shadow: this.#shadow.shown })
        return
      case 'screen':
        this.#onScreen(message.state)
        return
      case 'clipboard':
        void this.#clipboard.received(message.text)
        return
      case 'clipboard-skipped':
        this.#clipboard.skipped(message.code)
        return
      case 'refused':
        this.#set({ refused: message.code })
        return
      case 'statistics':
        this.#statistics = message.statistics
        for (const listener of this.#statisticsListeners) listener()
        return
      case 'lost':
        this.#failed(message.loss, { detail: 'end' in message.loss ? message.loss.end.text : '' })
    }
  }

  #paint(id: number, patch: Patch): void {
    this.#stage.painter.paint(patch)
    const at = (performance.timeOrigin + performance.now()) * 1000
    const { pixels } = patch
    this.#parts.worker.postMessage({ type: 'drawn', id, at, pixels } satisfies ToWorker, [pixels])
  }

  #opened(canInput: boolean, canClipboard: boolean): void {
    this.#set({ canInput, canClipboard })
    this.#clipboard.restarted()
    this.#updateCapture()
    if (canClipboard && this.#view.focused) void this.#clipboard.pull()
  }

  /** A machine that says why it has no picture is there: the connection is as live as it can be. */
  #onScreen(screen: NonNullable<SessionView['screen']>): void {
    const answers = screen.condition !== 'ok' && this.#view.phase !== 'ended'
    if (answers) {
      this.#attempts.reset()
      this.#returning = true
    }
    this.#set({ screen, ...(answers ? { phase: 'live' as const, attempt: 0, cause: null } : {}) })
  }

  /** Decides what a failure means, after asking the server who ended the session, if anybody did. */
  #failed(failure: Failure, said: { detail?: string; requestId?: string | null } = {}): void {
    if (this.#view.phase === 'ended') return
    this.#run += 1
    const run = this.#run
    const { session } = this.#view
    this.#capture.release()
    this.#set({ canInput: false, canClipboard: false, shadow: null })
    this.#updateCapture()
    const ours = failure.source === 'pipe' && failure.end.by !== 'agent'
    if (session === null || failure.source === 'api' || failure.source === 'viewer' || ours) {
      this.#decide(failure, {
        code: failureCode(failure),
        by: null,
        detail: '',
        requestId: null,
        ...said,
      })
      return
    }
    void this.#parts.server.ending(session.id).then((end) => {
      if (run !== this.#run) return
      if (end === null)
        this.#decide(failure, {
          code: failureCode(failure),
          by: null,
          detail: '',
          requestId: null,
          ...said,
        })
      else
        this.#decide(
          { source: 'server', reason: end.reason },
          { code: end.reason, by: end.by, detail: end.detail ?? '', requestId: null },
        )
    })
  }

  #decide(failure: Failure, ending: SessionEnding): void {
    const returning = this.#returning || this.#attempts.count > 0
    const wait = isPassing(failure, returning)
      ? this.#attempts.next(performance.now(), Math.random())
      : null
    if (wait === null) {
      this.#stop({ ...ending, gaveUp: isPassing(failure, returning) })
      return
    }
    this.#set({
      phase: 'reconnecting',
      stage: 'asking',
      attempt: this.#attempts.count,
      cause: ending.code,
    })
    this.#retryTimer = setTimeout(() => void this.#connect(), wait)
  }

  #stop(ending: SessionEnding): void {
    this.#run += 1
    clearTimeout(this.#retryTimer)
    this.#capture.release()
    this.#set({
      phase: 'ended',
      ending,
      attempt: 0,
      cause: null,
      canInput: false,
      canClipboard: false,
      shadow: null,
      lasted: this.#liveSince === null ? null : (performance.now() - this.#liveSince) / 1000,
    })
    this.#liveSince = null
    this.#updateCapture()
  }

  #act(actions: readonly InputAction[], at: number): void {
    for (const action of actions) if ('x' in action) this.#shadow.moved(performance.now(), action)
    if (this.#view.shadow !== null && this.#shadow.shown === null) this.#set({ shadow: null })
    this.#post({ type: 'input', actions, at: (performance.timeOrigin + at) * 1000 })
  }

  /** Gives the browser a moment to hand over its clipboard before a paste key is sent. */
  #beforePaste(): Promise<void> | null {
    if (!this.#view.canClipboard) return null
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, PASTE_WAIT_MS))
    const event = new Promise<void>((resolve) => {
      this.#pasted = resolve
    })
    return Promise.race([event, timeout])
  }

  #sendClipboard(text: string): boolean {
    if (!this.#view.canClipboard || this.#view.viewOnly) return false
    this.#post({ type: 'clipboard', text })
    return true
  }

  #mayInput(): boolean {
    return this.#view.canInput && !this.#view.viewOnly
  }

  #updateCapture(): void {
    this.#capture.setEnabled(this.#mayInput())
  }

  readonly #visibilityChanged = () => this.#wish()

  #wishes(): ScreenWishes {
    const paused = !this.#shown || document.visibilityState === 'hidden'
    return { paused, quality: this.#view.quality }
  }

  #wish(): void {
    this.#post({ type: 'wishes', wishes: this.#wishes() })
  }

  #post(message: ToWorker): void {
    this.#parts.worker.postMessage(message)
  }

  /** Tells listeners only of what changed: the pointer alone reports a hundred times a second. */
  #set(change: Partial<SessionView>): void {
    const next = { ...this.#view, ...change }
    const names = Object.keys(change) as (keyof SessionView)[]
    if (names.every((name) => Object.is(next[name], this.#view[name]))) return
    this.#view = next
    for (const listener of this.#listeners) listener()
  }
}

/** The address of the relay beside the console; the grant goes in the first message, never in here. */
function relayUrl(path: string): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
