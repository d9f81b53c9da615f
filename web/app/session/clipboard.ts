/**
 * Text from the technician's clipboard to the machine's and back, without echo. The browser decides what may be read and
 * when; whatever it refuses is offered by a button instead (`ClipboardView`). No protocol here: `send` is a callback.
 */
import { CLIPBOARD_TEXT_MAX } from '~/wire/limits'

/** What the clipboard panel shows. */
export interface ClipboardView {
  /** Whether this browser lets the page read without asking each time. */
  readonly permission: 'granted' | 'prompt' | 'denied' | 'unsupported'
  /** Text from the machine that could not be put on this clipboard by itself. */
  readonly offered: string | null
  /** The last thing that was not sent, by code. */
  readonly problem: 'too_big' | 'not_text' | null
}

/** The parts of the browser that are used; a test brings its own. */
export interface ClipboardAccess {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
  permission(): Promise<ClipboardView['permission']>
  hasFocus(): boolean
}

export class ClipboardSync {
  #view: ClipboardView = { permission: 'prompt', offered: null, problem: null }
  /** The text both sides are known to have: what arrives from one side is not sent back to it. */
  #common: string | null = null
  /** What this computer's clipboard held when it was last seen. */
  #here: string | null = null
  readonly #access: ClipboardAccess
  readonly #send: (text: string) => boolean
  readonly #changed: (view: ClipboardView) => void

  constructor(
    access: ClipboardAccess,
    send: (text: string) => boolean,
    changed: (view: ClipboardView) => void,
  ) {
    this.#access = access
    this.#send = send
    this.#changed = changed
  }

  get view(): ClipboardView {
    return this.#view
  }

  /**
   * The viewer got the focus. What was copied here meanwhile goes to the machine; if nothing was, what the machine copied
   * meanwhile comes here.
   */
  async focused(): Promise<void> {
    const before = this.#here
    await this.pull()
    const { offered } = this.#view
    if (offered !== null && this.#here === before && this.#access.hasFocus())
      await this.#put(offered)
  }

  /** Reads this computer's clipboard if that needs no question, and sends it when it is new. */
  async pull(): Promise<void> {
    const permission = await this.#access.permission()
    this.#set({ permission })
    if (permission !== 'granted' || !this.#access.hasFocus()) return
    await this.#read()
  }

  /** Like `pull`, but the browser may ask: only from a click. */
  async ask(): Promise<void> {
    await this.#read()
    this.#set({ permission: await this.#access.permission() })
  }

  /** Text by the browser's own paste, or typed into the panel. */
  give(text: string): void {
    const normal = normalized(text)
    if (normal === '' || normal === this.#common) return
    this.#here = normal
    if (utf8Length(normal) > CLIPBOARD_TEXT_MAX) {
      this.#set({ problem: 'too_big' })
      return
    }
    if (this.#send(normal)) this.#common = normal
    else this.#here = null
    this.#set({ problem: null })
  }

  /** The machine's clipboard changed. */
  async received(text: string): Promise<void> {
    const normal = normalized(text)
    if (normal === '' || normal === this.#common) return
    this.#common = normal
    this.#set({ problem: null, offered: normal })
    if (this.#access.hasFocus()) await this.#put(normal)
  }

  /** The machine copied something that does not come over. */
  skipped(code: string): void {
    this.#set({ problem: code === 'too_big' ? 'too_big' : 'not_text' })
  }

  /** Puts the offered text on this clipboard; from a click, where every browser allows it. */
  async take(): Promise<boolean> {
    const { offered } = this.#view
    return offered === null ? true : this.#put(offered)
  }

  /** A new connection: the other end knows nothing of what was sent before. */
  restarted(): void {
    this.#common = null
    this.#here = null
  }

  async #read(): Promise<void> {
    try {
      const text = await this.#access.readText()
      // Unchanged since it was last seen: the machine's clipboard may be newer.
      if (normalized(text) !== this.#here) this.give(text)
    } catch {
      // Refused, or something else than text is on it: the panel says which permission is missing.
    }
  }

  async #put(text: string): Promise<boolean> {
    try {
      await this.#access.writeText(text)
      this.#here = text
      if (this.#view.offered === text) this.#set({ offered: null })
      return true
    } catch {
      this.#set({ offered: text })
      return false
    }
  }

  #set(change: Partial<ClipboardView>): void {
    const next = { ...this.#view, ...change }
    const same =
      next.permission === this.#view.permission &&
      next.offered === this.#view.offered &&
      next.problem === this.#view.problem
    if (same) return
    this.#view = next
    this.#changed(next)
  }
}

/** The browser's clipboard. */
export function browserClipboard(): ClipboardAccess {
  const clipboard = navigator.clipboard as Clipboard | undefined
  return {
    readText: async () =>
      clipboard === undefined ? Promise.reject(new Error('no clipboard')) : clipboard.readText(),
    writeText: async (text) =>
      clipboard === undefined
        ? Promise.reject(new Error('no clipboard'))
        : clipboard.writeText(text),
    permission: async () => {
      if (clipboard === undefined) return 'unsupported'
      try {
        const status = await navigator.permissions.query({
          name: 'clipboard-read' as PermissionName,
        })
        return status.state
      } catch {
        // Firefox and Safari know no such permission and ask at every read.
        return 'unsupported'
      }
    },
    hasFocus: () => document.hasFocus(),
  }
}

/** Lines end the same way everywhere, or Windows' clipboard would echo. */
function normalized(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}
