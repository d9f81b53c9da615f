/** One copied thing as this page has it, in all the kinds it can be had as. */
import { type CopiedKind, KIND_MAX } from '~/wire/clipboard'
import { CLIPBOARD_PIXELS_MAX } from '~/wire/limits'

export interface Copied {
  readonly text: string | null
  readonly html: string | null
  /** A PNG. */
  readonly picture: Uint8Array<ArrayBuffer> | null
}

export const NOTHING: Copied = { text: null, html: null, picture: null }

/** Why a kind does not go over. */
export type Refusal = 'too_big' | 'malformed'

export const isEmpty = ({ text, html, picture }: Copied): boolean =>
  (text === null || text === '') && (html === null || html === '') && picture === null

/** A kind as it travels; null when there is none. */
export function contentOf(copied: Copied, kind: CopiedKind): Uint8Array<ArrayBuffer> | null {
  if (kind === 'picture') return copied.picture
  const text = copied[kind]
  return text === null ? null : new TextEncoder().encode(text)
}

/** What arrived, with its kinds in the page's words. Contents that are not what they say are no part of it. */
export function copiedOf(contents: ReadonlyMap<CopiedKind, Uint8Array<ArrayBuffer>>): Copied {
  const good = (kind: CopiedKind) => {
    const content = contents.get(kind)
    return content === undefined || refusal(kind, content) !== null ? null : content
  }
  const text = (kind: 'text' | 'html') => {
    const content = good(kind)
    return content === null ? null : normalized(new TextDecoder().decode(content))
  }
  return { text: text('text'), html: text('html'), picture: good('picture') }
}

/** Whether a kind may be what it is said to be; the agent checks the same. */
export function refusal(kind: CopiedKind, content: Uint8Array): Refusal | null {
  if (content.length > KIND_MAX[kind]) return 'too_big'
  if (kind === 'picture') {
    const size = pictureSize(content)
    if (size === null) return 'malformed'
    return size.width * size.height > CLIPBOARD_PIXELS_MAX ? 'too_big' : null
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content)
    return null
  } catch {
    return 'malformed'
  }
}

/** The same to whoever pastes it. */
export const isSame = (one: Copied, other: Copied): boolean =>
  one.text === other.text && one.html === other.html && sameBytes(one.picture, other.picture)

/**
 * Probably the same: browsers change HTML and pictures on their way through the clipboard, and give them to a paste as they do
 * not to a page that reads.
 */
export const isAlike = (one: Copied, other: Copied): boolean =>
  one.text === null && other.text === null ? isSame(one, other) : one.text === other.text

/** Lines end the same way everywhere, or Windows' clipboard would echo. */
export const normalized = (text: string): string => text.replaceAll('\r\n', '\n')

/** What a PNG says in its header (PNG 1.2, 4.1.1); null when it does not begin like one. */
export function pictureSize(png: Uint8Array): { width: number; height: number } | null {
  if (png.length < PNG_HEADER || PNG_BEGIN.some((byte, at) => png[at] !== byte)) return null
  const numbers = new DataView(png.buffer, png.byteOffset, PNG_HEADER)
  const [width, height] = [numbers.getUint32(16), numbers.getUint32(20)]
  return width > 0 && height > 0 ? { width, height } : null
}

/** Signature, and the first chunk's length and name. */
const PNG_BEGIN = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82]
/** With width, height and how pixels are kept. */
const PNG_HEADER = 29

function sameBytes(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
