/**
 * The clipboard channel: what was copied is offered, and what is long of it fetched in pieces. Generated protobuf on one side,
 * checked types on the other. The lengths are those of `crates/protocol/src/limits.rs`. Not here: who fetches what and when
 * (`session/clipboard.ts`).
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'

import {
  ClipboardMessageSchema,
  type ClipboardOffer as WireOffer,
  Kind as WireKind,
  type Representation as WireRepresentation,
} from './__generated__/farol/clipboard_pb'
import {
  CLIPBOARD_HTML_MAX,
  CLIPBOARD_INLINE_MAX,
  CLIPBOARD_PICTURE_MAX,
  CLIPBOARD_PIECE_MAX,
  CLIPBOARD_TEXT_MAX,
  DETAIL_MAX,
} from './limits'
import type { Queueing } from './pipe'
import { PipeViolation } from './violation'

/** What a copied thing can be had as: text and HTML in UTF-8, and PNG; by how little they say. */
export const COPIED_KINDS = ['text', 'html', 'picture'] as const
export type CopiedKind = (typeof COPIED_KINDS)[number]

/** Most bytes of each kind. */
export const KIND_MAX: Readonly<Record<CopiedKind, number>> = {
  text: CLIPBOARD_TEXT_MAX,
  html: CLIPBOARD_HTML_MAX,
  picture: CLIPBOARD_PICTURE_MAX,
}

export interface Representation {
  readonly kind: CopiedKind
  /** Bytes. */
  readonly size: number
  /** All of it when it is short; null when it is to be fetched. */
  readonly content: Uint8Array<ArrayBuffer> | null
}

export interface LeftOut {
  /** Null for what is no kind that is known here. */
  readonly kind: CopiedKind | null
  readonly code: string
}

/** Something that goes over the clipboard channel; the same both ways. */
export type ClipboardContent =
  /** Something was copied; each kind at most once. */
  | {
      readonly kind: 'offer'
      readonly id: number
      readonly has: readonly Representation[]
      readonly leftOut: readonly LeftOut[]
    }
  /** A piece of an offer is wanted. */
  | {
      readonly kind: 'fetch'
      readonly offer: number
      readonly of: CopiedKind
      readonly from: number
      readonly length: number
    }
  | {
      readonly kind: 'part'
      readonly offer: number
      readonly of: CopiedKind
      readonly from: number
      readonly content: Uint8Array<ArrayBuffer>
    }
  /** A kind of an offer is not to be had, or is not taken. */
  | {
      readonly kind: 'refused'
      readonly offer: number
      readonly of: CopiedKind
      readonly code: string
    }

/** What is short comes with its offer. */
export function representation(kind: CopiedKind, content: Uint8Array<ArrayBuffer>): Representation {
  const comes = content.length <= CLIPBOARD_INLINE_MAX
  return { kind, size: content.length, content: comes ? content : null }
}

/** How a message waits for its turn. */
export function clipboardQueueing({ kind }: ClipboardContent): Queueing {
  if (kind === 'offer') return 'clipboard'
  return kind === 'part' ? 'bulk' : 'ordered'
}

/** Reads a message of the clipboard channel. Contents are copies. */
export function parseClipboard(bytes: Uint8Array): ClipboardContent {
  const { message } = fromBinary(ClipboardMessageSchema, bytes)
  switch (message.case) {
    case 'offer':
      return offerOf(message.value)
    case 'fetch': {
      const { offer, kind, from, length } = message.value
      const of = kindOf(kind)
      if (length === 0) throw new PipeViolation('malformed', 'nothing is fetched')
      if (length > CLIPBOARD_PIECE_MAX || from > KIND_MAX[of])
        throw new PipeViolation('too_big', `${length} bytes are fetched from ${from} on`)
      return { kind: 'fetch', offer, of, from, length }
    }
    case 'part': {
      const { offer, kind, from, content } = message.value
      const of = kindOf(kind)
      if (content.length === 0) throw new PipeViolation('malformed', 'empty part')
      if (content.length > CLIPBOARD_PIECE_MAX || from > KIND_MAX[of])
        throw new PipeViolation('too_big', `part of ${content.length} bytes`)
      return { kind: 'part', offer, of, from, content: content.slice() }
    }
    case 'refused': {
      const { offer, kind, code } = message.value
      return { kind: 'refused', offer, of: kindOf(kind), code: code.slice(0, DETAIL_MAX) }
    }
    case undefined:
      throw new PipeViolation('malformed', 'empty clipboard message')
  }
}

function offerOf({ id, has, leftOut }: WireOffer): ClipboardContent {
  if (has.length > COPIED_KINDS.length || leftOut.length > COPIED_KINDS.length + 1)
    throw new PipeViolation('too_big', `${has.length} kinds of one thing`)
  const kinds = has.map(representationOf)
  if (new Set(kinds.map(({ kind }) => kind)).size !== kinds.length)
    throw new PipeViolation('malformed', 'a kind twice')
  return {
    kind: 'offer',
    id,
    has: kinds,
    leftOut: leftOut.map(({ kind, code }) => ({
      kind: kind === WireKind.UNSPECIFIED ? null : kindOf(kind),
      code: code.slice(0, DETAIL_MAX),
    })),
  }
}

function representationOf({ kind: wire, size, content }: WireRepresentation): Representation {
  const kind = kindOf(wire)
  if (size > KIND_MAX[kind] || content.length > CLIPBOARD_INLINE_MAX)
    throw new PipeViolation('too_big', `${size} bytes of ${kind}`)
  if (content.length !== size && content.length > 0)
    throw new PipeViolation('malformed', 'content of another size than it says')
  return { kind, size, content: content.length === size ? content.slice() : null }
}

function kindOf(kind: WireKind): CopiedKind {
  const known = COPIED_KINDS.find((name) => WIRE_KINDS[name] === kind)
  if (known === undefined) throw new PipeViolation('malformed', 'a kind of its own')
  return known
}

const WIRE_KINDS: Readonly<Record<CopiedKind, WireKind>> = {
  text: WireKind.TEXT,
  html: WireKind.HTML,
  picture: WireKind.PICTURE,
}

export function clipboardMessage(content: ClipboardContent): Uint8Array {
  const message = create(ClipboardMessageSchema, { message: wireOf(content) })
  return toBinary(ClipboardMessageSchema, message)
}

type WireMessage = NonNullable<MessageInitShape<typeof ClipboardMessageSchema>['message']>

function wireOf(content: ClipboardContent): WireMessage {
  switch (content.kind) {
    case 'offer': {
      const has = content.has.map(({ kind, size, content: bytes }) => ({
        kind: WIRE_KINDS[kind],
        size,
        content: bytes ?? new Uint8Array(),
      }))
      const leftOut = content.leftOut.map(({ kind, code }) => ({
        kind: kind === null ? WireKind.UNSPECIFIED : WIRE_KINDS[kind],
        code,
      }))
      return { case: 'offer', value: { id: content.id, has, leftOut } }
    }
    case 'fetch': {
      const { offer, of, from, length } = content
      return { case: 'fetch', value: { offer, kind: WIRE_KINDS[of], from, length } }
    }
    case 'part': {
      const { offer, of, from, content: bytes } = content
      return { case: 'part', value: { offer, kind: WIRE_KINDS[of], from, content: bytes } }
    }
    case 'refused': {
      const { offer, of, code } = content
      return { case: 'refused', value: { offer, kind: WIRE_KINDS[of], code } }
    }
  }
}
