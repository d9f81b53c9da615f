/**
 * A session with one machine, as this browser tab holds it. Lives above the router: pages come and go, attach it, and read
 * `view`. Owns the worker, the canvas and the input capture. How it begins, comes back and ends is in `life.ts`.
 */
import type { Access, Right, StartedSession } from '~/api/types'
import { type CaptureHost, InputCapture } from '~/desktop/capture'
import { ShadowPointer } from '~/desktop/cursor'
import { carriedOver, nextMonitor, type ScaleMode, shownArea, type Size } from '~/desktop/geometry'
import type { Patch } from '~/desktop/painter'
import type { DesktopLayout, InputAction, Quality } from '~/desktop/types'
import type { ClipboardContent } from '~/wire/clipboard'
import type { ScreenWishes } from '~/wire/messages'
import { ClipboardSync } from './clipboard'
import { browserClipboard, type PasteData, pasteData, pastedBy } from './clipboard-browser'
import { drives } from './company'
import { type LifeParts, SessionLife } from './life'
import type { FromWorker, ToWorker } from './messages'
import { keepMonitor, keptMonitor } from './monitors'
import { SessionStage } from './stage'
import type { Statistics } from './statistics'
import { Together } from './together'
import { firstView, mayInput, monitorNotice, type SessionView } from './view'
import type { Measured } from './why-slow'

/** How long a paste key waits for the browser to hand over its clipboard, and how long for it to be read then. */
const PASTE_WAIT_MS = 150
const PASTE_READ_MS = 1500

/** The machine is told of another window size when it stays so for this long. */
const SIZE_SETTLES_MS = 300

/** What is known of the machine when its session begins. */
interface OpenedMachine {
  readonly id: string
  readonly name: string
  readonly permitted?: readonly Right[]
}

/** What a session needs from outside; a test brings its own. */
export interface SessionParts extends LifeParts {
  readonly worker: Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>
  /** Whoever looks on was invited. */
  readonly guest?: boolean
}

export class RemoteSession {
  readonly #stage = new SessionStage()
  readonly #worker: SessionParts['worker']
  readonly #life: SessionLife
  readonly #capture: InputCapture
  readonly #clipboard: ClipboardSync
  readonly #together: Together
  readonly #shadow = new ShadowPointer()
  readonly #listeners = new Set<() => void>()
  readonly #statisticsListeners = new Set<() => void>()
  #view: SessionView
  #statistics: Statistics | null = null
  #key = new Promised<string>()
  #measured = new Promised<Measured>()
  /** Counts pipes: an older one's key may still be on its way. */
  #pipes = 0
  #pasted: ((read: Promise<void>) => void) | null = null
  #shown = false
  /** Where the picture is shown, pixels of this display; zero until a page did. */
  #room: Size = { width: 0, height: 0 }
  #roomTimer: ReturnType<typeof setTimeout> | undefined
  #onEscape: () => void = () => undefined

  constructor(machine: OpenedMachine, access: Access, parts: SessionParts) {
    const { permitted = null } = machine
    const first = firstView(machine.id, machine.name, access, parts.guest)
    this.#view = { ...first, permitted, monitor: first.guest ? null : keptMonitor(machine.id) }
    this.#worker = parts.worker
    this.#clipboard = new ClipboardSync(
      browserClipboard(),
      (content) => this.#sendClipboard(content),
      (clipboard) => this.#set({ clipboard }),
    )
    this.#capture = this.#startCapture()
    this.#together = this.#startTogether()
    this.#life = this.#startLife(parts)
    parts.worker.addEventListener('message', (event) =>
      this.#told((event as MessageEvent<FromWorker>).data),
    )
    parts.worker.addEventListener('error', () =>
      this.#life.failed({ source: 'viewer', code: 'decoder_failed' }),
    )
    document.addEventListener('visibilitychange', this.#visibilityChanged)
    this.#renew()
    void this.#life.open()
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

  /** The last minutes, frame by frame. The worker that knows them is there for as long as the session's figures are shown. */
  measured(): Promise<Measured> {
    this.#measured = new Promised()
    this.#post({ type: 'measure' })
    return this.#measured.promise
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
      this.#capture.freePointer()
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
    this.#wish()
  }

  /** Shows one monitor by its name, or all of them. */
  setMonitor(monitor: string | null): void {
    this.#set({ monitor, monitorNotice: null })
    if (!this.#view.guest) keepMonitor(this.#view.machineId, monitor)
    this.#wish()
  }

  /** Shows the next monitor, after the last one all of them. Whatever keys asked for this are not the machine's. */
  nextMonitor(): void {
    const { layout, monitor } = this.#view
    if (layout === null || layout.monitors.length < 2) return
    this.#capture.release()
    this.setMonitor(nextMonitor(layout, monitor))
  }

  /** What was said about the monitors was read. */
  dismissMonitorNotice(): void {
    this.#set({ monitorNotice: null })
  }

  /** The page shows the picture in so many pixels of this display. */
  setRoom(room: Size): void {
    if (room.width === this.#room.width && room.height === this.#room.height) return
    const first = this.#room.width === 0
    this.#room = room
    clearTimeout(this.#roomTimer)
    // A window that is dragged larger passes many sizes.
    if (first) this.#wish()
    else this.#roomTimer = setTimeout(() => this.#wish(), SIZE_SETTLES_MS)
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
    if (!mayInput(this.#view)) return
    this.#act([{ kind: 'chord', codes }], performance.now())
  }

  /** Catches the pointer for programs that want its movement and not its place; from a click or a key. */
  capturePointer(): void {
    this.focus()
    void this.#capture.capturePointer()
  }

  /** What the clipboard panel does. */
  get clipboard(): ClipboardSync {
    return this.#clipboard
  }

  /** What this technician wants of the others in the session. */
  get together(): Together {
    return this.#together
  }

  /** The technician ends the session. */
  async end(): Promise<void> {
    await this.#life.end()
  }

  /** A new start after an end, with the last picture still there. */
  restart(access: Access = this.#view.access): void {
    this.#life.restart(access)
  }

  /** What the technician's roles allow now. What the session has stays until the server takes it away. */
  permit(permitted: readonly Right[]): void {
    this.#set({ permitted })
  }

  /** The machine's name, known before the session told it. */
  named(machineName: string): void {
    if (this.#view.machineName === '') this.#set({ machineName })
  }

  /** The technician compared the words with the person at the machine and trusts its new key. */
  async trustKey(): Promise<void> {
    await this.#life.trustKey()
  }

  /** Asks for more rights; the person at the machine may have to agree. Throws `ApiProblem`. */
  async askRights(rights: readonly Right[]): Promise<void> {
    await this.#life.askRights(rights)
  }

  /** The news about rights were read. */
  dismissRightsChange(): void {
    this.#set({ rightsChange: null })
  }

  /** Ends what is not ended and lets go of everything. The object is of no use afterwards. */
  dispose(): void {
    const ended = this.#view.phase === 'ended' ? Promise.resolve() : this.end()
    clearTimeout(this.#roomTimer)
    this.#capture.dispose()
    this.#together.dispose()
    this.#life.dispose()
    document.removeEventListener('visibilitychange', this.#visibilityChanged)
    this.#stage.element.remove()
    void ended.finally(() => this.#worker.terminate())
  }

  #startLife(parts: LifeParts): SessionLife {
    return new SessionLife(parts, {
      view: this.getView,
      set: (change) => {
        this.#set(change)
        this.#updateCapture()
      },
      viewerKey: () => this.#key.promise,
      renew: () => {
        this.#renew()
        this.#set({ canInput: false, canClipboard: false, heldInput: 0 })
        this.#updateCapture()
      },
      connect: (opening) => this.#connect(opening),
      drop: () => this.#post({ type: 'drop' }),
      close: () => this.#post({ type: 'close' }),
    })
  }

  #renew(): void {
    this.#key = new Promised()
    this.#pipes += 1
    this.#post({ type: 'renew', number: this.#pipes })
  }

  #startTogether(): Together {
    return new Together(this.#stage, {
      view: this.getView,
      set: (change) => {
        this.#set(change)
        this.#updateCapture()
      },
      post: (wish) => this.#post({ type: 'company', wish }),
      shown: () => this.#shownArea(),
    })
  }

  #shownArea(): ReturnType<CaptureHost['view']> {
    const { layout, monitor } = this.#view
    return layout === null ? null : { surface: layout.surface, area: shownArea(layout, monitor) }
  }

  #startCapture(): InputCapture {
    return new InputCapture(this.#stage.canvas, this.#stage.field, {
      view: () => this.#shownArea(),
      act: (actions, at) => this.#act(actions, at),
      beforePaste: () => this.#beforePaste(),
      pasted: (data) => this.#paste(pasteData(data)),
      escape: () => this.#onEscape(),
      pointer: (pointer) => this.#set({ pointer }),
      focused: (focused) => {
        this.#set({ focused })
        if (focused && this.#view.canClipboard) void this.#clipboard.focused()
      },
    })
  }

  #connect({ session, relay, machine_key: machineKey }: StartedSession): void {
    const url = relayUrl(relay.path)
    const { grant } = relay
    const wishes = this.#wishes()
    this.#post({ type: 'connect', url, session: session.id, grant, machineKey, wishes })
  }

  #told(message: FromWorker): void {
    switch (message.type) {
      case 'key':
        if (message.number === this.#pipes) this.#key.resolve(message.key)
        return
      case 'stage':
        this.#set({ stage: message.stage })
        return
      case 'opened':
        this.#life.opened()
        this.#opened(message)
        return
      case 'channels':
        this.#granted(message.input, message.clipboard)
        return
      case 'held':
        this.#set({ heldInput: message.count })
        return
      case 'layout':
        this.#onLayout(message.layout)
        return
      case 'paint':
        this.#paint(message.id, message.patch)
        return
      case 'picture':
        this.#set({ hasPicture: true })
        this.#life.answered()
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
        this.#clipboard.received(message.content)
        return
      case 'company':
        this.#together.told(message.news)
        return
      case 'refused':
        this.#set({ refused: message.code })
        return
      case 'statistics':
        this.#statistics = message.statistics
        for (const listener of this.#statisticsListeners) listener()
        return
      case 'measured':
        this.#measured.resolve(message.measured)
        return
      case 'lost':
        this.#lost(message.loss)
    }
  }

  #onLayout(layout: DesktopLayout): void {
    const { layout: before, monitor } = this.#view
    this.#stage.painter.resize(layout.surface.picture, carriedOver(before, layout))
    this.#stage.pointers.resize(layout)
    const notice = monitorNotice(before, layout, monitor)
    this.#set(notice === null ? { layout } : { layout, monitorNotice: notice })
  }

  #paint(id: number, patch: Patch): void {
    this.#stage.painter.paint(patch)
    const at = (performance.timeOrigin + performance.now()) * 1000
    const { pixels } = patch
    this.#worker.postMessage({ type: 'drawn', id, at, pixels } satisfies ToWorker, [pixels])
  }

  #opened({ input, clipboard, resumed }: Extract<FromWorker, { type: 'opened' }>): void {
    if (!resumed) {
      this.#clipboard.restarted()
      this.#together.begun()
      this.#set({ refused: null, exact: null })
    } else if (this.#view.interruption !== null) {
      // The picture is as the machine's was and goes on from there; nothing says so as long as nothing changes.
      this.#life.answered()
    }
    this.#granted(input, clipboard)
  }

  #granted(canInput: boolean, canClipboard: boolean): void {
    const hadClipboard = this.#view.canClipboard
    this.#set({ canInput, canClipboard })
    this.#updateCapture()
    if (canClipboard && !hadClipboard && this.#view.focused) void this.#clipboard.pull()
  }

  /** A machine that says why it has no picture is there: the connection is as live as it can be. */
  #onScreen(screen: NonNullable<SessionView['screen']>): void {
    this.#set({ screen })
    if (screen.condition !== 'ok') this.#life.answered()
  }

  #lost(loss: Extract<FromWorker, { type: 'lost' }>['loss']): void {
    this.#set({ shadow: null })
    this.#together.lost()
    this.#life.failed(loss, { detail: 'end' in loss ? loss.end.text : '' })
    // What was held may be let go later: the agent releases it by itself and presses it again when we are back.
    if (this.#view.phase === 'ended') this.#capture.release()
  }

  #act(actions: readonly InputAction[], at: number): void {
    // A caught pointer has no place here: where the machine has it is drawn, whoever moves it.
    const placed = this.#view.pointer !== 'captured'
    for (const action of actions)
      if (placed && 'x' in action) this.#shadow.moved(performance.now(), action)
    if (this.#view.shadow !== null && this.#shadow.shown === null) this.#set({ shadow: null })
    this.#post({ type: 'input', actions, at: (performance.timeOrigin + at) * 1000 })
  }

  /** Gives the browser a moment to hand over its clipboard before a paste key is sent. */
  #beforePaste(): Promise<void> | null {
    if (!this.#view.canClipboard) return null
    return new Promise<void>((resolve) => {
      const noEvent = setTimeout(resolve, PASTE_WAIT_MS)
      this.#pasted = (read) => {
        clearTimeout(noEvent)
        const tooLong = setTimeout(resolve, PASTE_READ_MS)
        void read.finally(() => {
          clearTimeout(tooLong)
          resolve()
        })
      }
    })
  }

  #paste(data: PasteData): void {
    const read = this.#clipboard.pasted(pastedBy(data))
    this.#pasted?.(read)
    this.#pasted = null
  }

  #sendClipboard(content: ClipboardContent): boolean {
    const { canClipboard, viewOnly, company } = this.#view
    // Who only looks on leaves the machine's clipboard to who drives.
    const mayCopy = !viewOnly && drives(company)
    if (!canClipboard || (content.kind === 'offer' && !mayCopy)) return false
    this.#post({ type: 'clipboard', content })
    return true
  }

  #updateCapture(): void {
    this.#capture.setEnabled(mayInput(this.#view))
    this.#together.update()
  }

  readonly #visibilityChanged = () => {
    this.#wish()
    if (document.visibilityState === 'visible') this.#life.wake()
  }

  #wishes(): ScreenWishes {
    const paused = !this.#shown || document.visibilityState === 'hidden'
    const { quality, monitor, scale } = this.#view
    return { paused, quality, monitor, view: this.#room, mayShrink: scale === 'fit' }
  }

  #wish(): void {
    this.#post({ type: 'wishes', wishes: this.#wishes() })
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
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

/** A value that somebody else brings. */
class Promised<Value> {
  resolve: (value: Value) => void = () => undefined
  readonly promise = new Promise<Value>((resolve) => {
    this.resolve = resolve
  })
}

/** The address of the relay beside the console; the grant goes in the first message, never in here. */
function relayUrl(path: string): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
