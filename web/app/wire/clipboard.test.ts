// @vitest-environment node
/** The clipboard's messages: there and back, and what no agent would send. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'

import { ClipboardMessageSchema, Kind } from './__generated__/farol/clipboard_pb'
import {
  type ClipboardContent,
  clipboardMessage,
  clipboardQueueing,
  parseClipboard,
  representation,
} from './clipboard'
import {
  CLIPBOARD_HTML_MAX,
  CLIPBOARD_INLINE_MAX,
  CLIPBOARD_PICTURE_MAX,
  CLIPBOARD_PIECE_MAX,
} from './limits'

type Wire = MessageInitShape<typeof ClipboardMessageSchema>['message']

const hostile = (message: Wire) => () =>
  parseClipboard(toBinary(ClipboardMessageSchema, create(ClipboardMessageSchema, { message })))

describe('clipboard messages', () => {
  it('say the same there as here', () => {
    const contents: ClipboardContent[] = [
      {
        ...{ kind: 'offer', id: 7 },
        has: [
          representation('text', new TextEncoder().encode('ação')),
          representation('html', new Uint8Array(CLIPBOARD_INLINE_MAX + 1)),
          { kind: 'picture', size: CLIPBOARD_PICTURE_MAX, content: null },
        ],
        leftOut: [{ kind: null, code: 'other_kind' }],
      },
      { kind: 'fetch', offer: 7, of: 'picture', from: 9, length: CLIPBOARD_PIECE_MAX },
      { kind: 'part', offer: 7, of: 'html', from: 0, content: Uint8Array.of(1, 2) },
      { kind: 'refused', offer: 7, of: 'text', code: 'gone' },
    ]
    for (const content of contents)
      expect(parseClipboard(clipboardMessage(content))).toEqual(content)
    expect(contents.map(clipboardQueueing)).toEqual(['clipboard', 'ordered', 'bulk', 'ordered'])
  })

  it('are refused when they say what no agent would', () => {
    const offer = (has: { kind?: Kind; size?: number; content?: Uint8Array }[]): Wire => ({
      case: 'offer',
      value: { id: 1, has },
    })
    const text = { kind: Kind.TEXT, size: 5 }
    const fetch = { kind: Kind.HTML, from: 0, length: 1 }
    const part = { kind: Kind.HTML, from: 0, content: Uint8Array.of(1) }
    for (const [message, code] of [
      [offer([{ ...text, size: CLIPBOARD_HTML_MAX + 1 }]), 'too_big'],
      [offer([{ ...text, content: new Uint8Array(CLIPBOARD_INLINE_MAX + 1) }]), 'too_big'],
      [offer([{ ...text, content: new Uint8Array(4) }]), 'malformed'],
      [offer([text, text]), 'malformed'],
      [offer([text, text, text, text]), 'too_big'],
      [offer([{ size: 5 }]), 'malformed'],
      [{ case: 'fetch', value: { ...fetch, length: 0 } }, 'malformed'],
      [{ case: 'fetch', value: { ...fetch, length: CLIPBOARD_PIECE_MAX + 1 } }, 'too_big'],
      [{ case: 'fetch', value: { ...fetch, from: CLIPBOARD_HTML_MAX + 1 } }, 'too_big'],
      [{ case: 'part', value: { ...part, content: new Uint8Array() } }, 'malformed'],
      [
        { case: 'part', value: { ...part, content: new Uint8Array(CLIPBOARD_PIECE_MAX + 1) } },
        'too_big',
      ],
      [{ case: 'part', value: { ...part, kind: Kind.UNSPECIFIED } }, 'malformed'],
      [{ case: undefined }, 'malformed'],
    ] as [Wire, string][]) {
      expect(hostile(message), JSON.stringify(message)).toThrow(expect.objectContaining({ code }))
    }
  })
})
