/**
 * Something long that the machine offered, on its way here piece by piece. The rule of pieces is that of
 * `crates/agent/src/clipboard/pull.rs`: one at a time, and longer ones only while they come nearly as quickly as the quickest did,
 * so that pictures do not wait behind them.
 */
import type { ClipboardContent, CopiedKind } from '~/wire/clipboard'
import { CLIPBOARD_DELAY_MAX_MS, CLIPBOARD_PIECE_MAX, CLIPBOARD_PIECE_MIN } from '~/wire/limits'

type Fetch = Extract<ClipboardContent, { kind: 'fetch' }>
type Part = Extract<ClipboardContent, { kind: 'part' }>

export class Pull {
  readonly offer: number
  readonly kind: CopiedKind
  readonly size: number
  readonly #pieces: Uint8Array[] = []
  #got = 0
  /** The piece under way: its length, and when it was asked for. */
  #asked: { length: number; at: number } | null = null
  #piece = CLIPBOARD_PIECE_MIN
  #quickest = Infinity

  constructor(offer: number, kind: CopiedKind, size: number) {
    this.offer = offer
    this.kind = kind
    this.size = size
  }

  /** Bytes that are here. */
  get got(): number {
    return this.#got
  }

  /** What to ask for now, milliseconds; null while a piece is under way, or when all is there. */
  next(now: number): Fetch | null {
    const length = Math.min(this.#piece, this.size - this.#got)
    if (this.#asked !== null || length === 0) return null
    this.#asked = { length, at: now }
    return { kind: 'fetch', offer: this.offer, of: this.kind, from: this.#got, length }
  }

  /** A piece came. All of it, when this was the last; what was not asked for changes nothing. */
  take(now: number, part: Part): Uint8Array<ArrayBuffer> | null {
    const asked = this.#asked
    const fits =
      asked !== null &&
      part.offer === this.offer &&
      part.of === this.kind &&
      part.from === this.#got &&
      part.content.length <= asked.length
    if (!fits) return null
    this.#asked = null
    this.#pieces.push(part.content)
    this.#got += part.content.length
    this.#took(now - asked.at)
    return this.#got === this.size ? joined(this.#pieces, this.size) : null
  }

  #took(time: number): void {
    this.#quickest = Math.min(this.#quickest, time)
    this.#piece =
      time <= this.#quickest + CLIPBOARD_DELAY_MAX_MS
        ? Math.min(CLIPBOARD_PIECE_MAX, this.#piece * 2)
        : Math.max(CLIPBOARD_PIECE_MIN, this.#piece / 2)
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
