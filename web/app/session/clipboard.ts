/**
 * What was copied on the technician's computer to the machine and back, without echo: text, HTML and pictures. The browser decides
 * what may be read and when; whatever it refuses is offered by a button instead (`ClipboardView`).
 *
 * The newest copy counts, wherever it was made. It is offered to the other side, which fetches what is long of it when it may use
 * it: the machine when somebody pastes there, this page when it has the focus. No protocol here: `send` is a callback.
 */
import {
  type ClipboardContent,
  COPIED_KINDS,
  type CopiedKind,
  representation,
} from '~/wire/clipboard'
import { CLIPBOARD_PIECE_MAX } from '~/wire/limits'
import type { ClipboardAccess, ClipboardPermission } from './clipboard-browser'
import { Pull } from './clipboard-pull'
import {
  contentOf,
  type Copied,
  copiedOf,
  isAlike,
  isEmpty,
  isSame,
  normalized,
  NOTHING,
  refusal,
} from './copied'

/** What the clipboard panel shows. */
export interface ClipboardView {
  /** Whether this browser lets the page read without asking each time. */
  readonly permission: ClipboardPermission
  /** What the machine copied and could not be put on this clipboard by itself. */
  readonly offered: Copied | null
  /** How much is here of what the machine copied, 0 to 1; null when nothing is on its way. */
  readonly coming: number | null
  /** The last thing that was not sent, by code. */
  readonly problem: 'too_big' | 'other_kind' | 'malformed' | null
}

export const NO_CLIPBOARD: ClipboardView = {
  permission: 'prompt',
  offered: null,
  coming: null,
  problem: null,
}

type Offer = Extract<ClipboardContent, { kind: 'offer' }>

/** What the machine copied, as far as it is here. */
interface Incoming {
  readonly offer: Offer
  readonly contents: Map<CopiedKind, Uint8Array<ArrayBuffer>>
  /** Kinds that are still to come. */
  readonly missing: CopiedKind[]
  pull: Pull | null
}

export class ClipboardSync {
  #view: ClipboardView = NO_CLIPBOARD
  /** What both sides are known to have: what arrives from one side is not sent back to it. */
  #common: Copied | null = null
  /** What this computer's clipboard held when it was last seen. */
  #here: Copied | null = null
  /** What the machine was offered last. */
  #mine: { id: number; contents: ReadonlyMap<CopiedKind, Uint8Array<ArrayBuffer>> } | null = null
  #offers = 0
  #theirs: Incoming | null = null
  /** This computer's clipboard is read and written by one after the other: who reads must know what was written. */
  #turns: Promise<unknown> = Promise.resolve()
  readonly #access: ClipboardAccess
  readonly #send: (content: ClipboardContent) => boolean
  readonly #changed: (view: ClipboardView) => void

  constructor(
    access: ClipboardAccess,
    send: (content: ClipboardContent) => boolean,
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
    await this.#settle(this.#view.offered)
    if (this.#access.hasFocus()) this.#fetch()
  }

  /** Reads this computer's clipboard if that needs no question, and sends it when it is new. */
  pull(): Promise<void> {
    return this.#next(() => this.#pull())
  }

  /** Like `pull`, but the browser may ask: only from a click. */
  ask(): Promise<void> {
    return this.#next(async () => {
      await this.#read()
      this.#set({ permission: await this.#access.permission() })
    })
  }

  /** The browser's own paste, which needs no permission, but changes what it hands over. */
  pasted(paste: Promise<Copied>): Promise<void> {
    return this.#next(async () => {
      const permission = await this.#access.permission()
      this.#set({ permission })
      if (permission === 'granted') {
        await this.#read()
        return
      }
      const copied = await paste
      if (this.#common === null || !isAlike(copied, this.#common)) this.#give(copied)
    })
  }

  /** Typed into the panel. */
  giveText(text: string): void {
    this.#give({ ...NOTHING, text: normalized(text) })
  }

  /** The machine says something. */
  received(content: ClipboardContent): void {
    switch (content.kind) {
      case 'offer':
        this.#offered(content)
        return
      case 'part':
        this.#came(content)
        return
      case 'fetch':
        this.#answer(content)
        return
      case 'refused':
        this.#refused(content)
    }
  }

  /** Puts the offered thing on this clipboard; from a click, where every browser allows it. */
  async take(): Promise<boolean> {
    const { offered } = this.#view
    if (offered === null) return true
    this.#fetch()
    return this.#put(offered)
  }

  /** A new connection: the other end knows nothing of what was sent before. */
  restarted(): void {
    this.#common = null
    this.#here = null
    this.#mine = null
    this.#theirs = null
    this.#set({ coming: null })
  }

  #give(copied: Copied): void {
    if (isEmpty(copied) || (this.#common !== null && isSame(copied, this.#common))) return
    this.#here = copied
    const contents = new Map<CopiedKind, Uint8Array<ArrayBuffer>>()
    const leftOut: { kind: CopiedKind; code: 'too_big' | 'malformed' }[] = []
    for (const kind of COPIED_KINDS) {
      const content = contentOf(copied, kind)
      if (content === null) continue
      const code = refusal(kind, content)
      if (code === null) contents.set(kind, content)
      else leftOut.push({ kind, code })
    }
    this.#set({ problem: leftOut[0]?.code ?? null })
    if (contents.size === 0) return
    this.#offers += 1
    const id = this.#offers
    const has = [...contents].map(([kind, content]) => representation(kind, content))
    if (this.#send({ kind: 'offer', id, has, leftOut })) {
      this.#common = copied
      this.#mine = { id, contents }
      this.#dropIncoming()
    } else {
      this.#here = null
    }
  }

  #answer({ offer, of, from, length }: Extract<ClipboardContent, { kind: 'fetch' }>): void {
    const content = this.#mine?.id === offer ? this.#mine.contents.get(of) : undefined
    const piece = content?.slice(from, from + Math.min(length, CLIPBOARD_PIECE_MAX))
    if (piece === undefined || piece.length === 0)
      this.#send({ kind: 'refused', offer, of, code: 'gone' })
    else this.#send({ kind: 'part', offer, of, from, content: piece })
  }

  #offered(offer: Offer): void {
    // The machine's is the newest now: nobody there pastes ours any more.
    this.#mine = null
    this.#dropIncoming()
    this.#set({ problem: problemOf(offer) })
    if (offer.has.length === 0) return
    const contents = new Map<CopiedKind, Uint8Array<ArrayBuffer>>()
    for (const { kind, content } of offer.has) if (content !== null) contents.set(kind, content)
    const missing = offer.has.flatMap(({ kind, content }) => (content === null ? [kind] : []))
    this.#theirs = { offer, contents, missing, pull: null }
    this.#arrived()
    if (this.#access.hasFocus()) this.#fetch()
  }

  /** Asks for the next piece of what is missing. */
  #fetch(): void {
    const theirs = this.#theirs
    const kind = theirs?.missing[0]
    if (theirs === null || kind === undefined) return
    const size = theirs.offer.has.find((one) => one.kind === kind)?.size ?? 0
    theirs.pull ??= new Pull(theirs.offer.id, kind, size)
    const fetch = theirs.pull.next(performance.now())
    if (fetch !== null) this.#send(fetch)
    this.#tellComing()
  }

  #came(part: Extract<ClipboardContent, { kind: 'part' }>): void {
    const theirs = this.#theirs
    if (theirs?.pull == null) return
    const content = theirs.pull.take(performance.now(), part)
    if (content !== null) {
      const { kind } = theirs.pull
      const code = refusal(kind, content)
      if (code === null) theirs.contents.set(kind, content)
      else this.#set({ problem: code })
      this.#settled(theirs, kind)
    }
    this.#fetch()
  }

  #refused({ offer, of, code }: Extract<ClipboardContent, { kind: 'refused' }>): void {
    const theirs = this.#theirs
    if (code === 'gone' && theirs?.offer.id === offer && theirs.missing.includes(of)) {
      this.#settled(theirs, of)
      this.#fetch()
    } else if (this.#mine?.id === offer) {
      this.#set({ problem: code === 'too_big' ? 'too_big' : 'malformed' })
    }
  }

  /** Nothing more comes of this kind. */
  #settled(theirs: Incoming, kind: CopiedKind): void {
    theirs.missing.splice(theirs.missing.indexOf(kind), 1)
    theirs.pull = null
    if (theirs.missing.length === 0) this.#arrived()
    this.#tellComing()
  }

  /** What is here of the machine's newest can be pasted on this computer. */
  #arrived(): void {
    const theirs = this.#theirs
    if (theirs === null) return
    const copied = copiedOf(theirs.contents)
    if (isEmpty(copied) || (this.#common !== null && isSame(copied, this.#common))) return
    this.#common = copied
    this.#set({ offered: copied })
    if (this.#access.hasFocus()) void this.#settle(copied)
  }

  /** Puts what the machine copied here, unless something was copied here since the clipboard was last seen. */
  #settle(offered: Copied | null): Promise<void> {
    return this.#next(async () => {
      const before = this.#here
      await this.#pull()
      const untouched = this.#here === before && this.#view.offered === offered
      if (offered !== null && untouched && this.#access.hasFocus()) await this.#put(offered)
    })
  }

  #next(turn: () => Promise<void>): Promise<void> {
    // Turns do not reject: what a browser refuses is part of each.
    const done = this.#turns.then(turn)
    this.#turns = done
    return done
  }

  async #pull(): Promise<void> {
    const permission = await this.#access.permission()
    this.#set({ permission })
    if (permission === 'granted' && this.#access.hasFocus()) await this.#read()
  }

  async #read(): Promise<void> {
    try {
      const copied = await this.#access.read()
      // Unchanged since it was last seen: the machine's clipboard may be newer.
      if (this.#here === null || !isSame(copied, this.#here)) this.#give(copied)
    } catch {
      // Refused, or nothing that is known is on it: the panel says which permission is missing.
    }
  }

  async #put(copied: Copied): Promise<boolean> {
    try {
      await this.#access.write(copied)
      this.#here = await this.#asRead(copied)
      if (this.#view.offered === copied) this.#set({ offered: null })
      return true
    } catch {
      this.#set({ offered: copied })
      return false
    }
  }

  /** Browsers clean HTML and code pictures anew: what is read back is what is known to be here. */
  async #asRead(copied: Copied): Promise<Copied> {
    if (this.#view.permission !== 'granted' || !this.#access.hasFocus()) return copied
    try {
      return await this.#access.read()
    } catch {
      return copied
    }
  }

  #dropIncoming(): void {
    this.#theirs = null
    this.#set({ coming: null })
  }

  #tellComing(): void {
    const pull = this.#theirs?.pull
    this.#set({ coming: pull == null ? null : pull.got / pull.size })
  }

  #set(change: Partial<ClipboardView>): void {
    const next = { ...this.#view, ...change }
    const names = Object.keys(change) as (keyof ClipboardView)[]
    if (names.every((name) => next[name] === this.#view[name])) return
    this.#view = next
    this.#changed(next)
  }
}

function problemOf({ leftOut }: Offer): ClipboardView['problem'] {
  const code = leftOut[0]?.code
  if (code === undefined) return null
  return code === 'too_big' || code === 'malformed' ? code : 'other_kind'
}
