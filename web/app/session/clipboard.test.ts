// @vitest-environment node
/** What was copied, in both directions and all kinds, without echo, whatever the browser allows. */
import { beforeEach, describe, expect, it } from 'vitest'

import { type ClipboardContent, type CopiedKind, representation } from '~/wire/clipboard'
import { CLIPBOARD_INLINE_MAX, CLIPBOARD_PIECE_MAX } from '~/wire/limits'
import { ClipboardSync } from './clipboard'
import type { ClipboardAccess, ClipboardPermission } from './clipboard-browser'
import { contentOf, type Copied, NOTHING, pictureSize } from './copied'

let local: Copied = NOTHING
let permission: ClipboardPermission = 'granted'
let focus = true
let writable = true
/** What a browser makes of what it is given. */
let cleaned: (copied: Copied) => Copied = (copied) => copied
let sent: ClipboardContent[] = []
let sync: ClipboardSync

const access: ClipboardAccess = {
  read: () =>
    permission === 'granted' ? Promise.resolve(local) : Promise.reject(new Error('refused')),
  write: (copied) => {
    if (!writable) return Promise.reject(new Error('refused'))
    local = cleaned(copied)
    return Promise.resolve()
  },
  permission: () => Promise.resolve(permission),
  hasFocus: () => focus,
}

beforeEach(() => {
  local = NOTHING
  permission = 'granted'
  focus = true
  writable = true
  cleaned = (copied) => copied
  sent = []
  sync = new ClipboardSync(
    access,
    (content) => {
      sent.push(content)
      return true
    },
    () => undefined,
  )
})

const text = (words: string): Copied => ({ ...NOTHING, text: words })

/** The beginning of a PNG of that size, and as many bytes behind as there should be. */
function png(width: number, height: number, length = 100): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).map((_, at) => at % 251)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82])
  const numbers = new DataView(bytes.buffer)
  numbers.setUint32(16, width)
  numbers.setUint32(20, height)
  bytes.set([8, 6, 0, 0, 0], 24)
  return bytes
}

const bytesOf = (words: string) => new TextEncoder().encode(words)

/** The machine offers a thing; what is long of it has to be fetched. */
function offer(id: number, contents: Partial<Record<CopiedKind, Uint8Array<ArrayBuffer>>>): void {
  const has = Object.entries(contents).map(([kind, content]) =>
    representation(kind as CopiedKind, content),
  )
  sync.received({ kind: 'offer', id, has, leftOut: [] })
}

const machineCopied = (words: string, id = 1) => offer(id, { text: bytesOf(words) })

/** The machine answers what it is asked for until nothing is asked any more. */
function answer(contents: Partial<Record<CopiedKind, Uint8Array<ArrayBuffer>>>): number {
  for (let pieces = 0; ; pieces += 1) {
    const asked = sent.at(-1)
    if (asked?.kind !== 'fetch') return pieces
    sent.pop()
    const { offer, of, from, length } = asked
    const content = contents[of]!.slice(from, from + length)
    sync.received({ kind: 'part', offer, of, from, content })
  }
}

/** Until everything that was begun with the browser's clipboard is done. */
const settle = () => sync.pull()

/** The texts that were offered to the machine. */
const texts = () =>
  sent.flatMap((content) =>
    content.kind === 'offer'
      ? content.has.map((one) => new TextDecoder().decode(one.content ?? undefined))
      : [],
  )

describe('text', () => {
  it('sends what was copied here once', async () => {
    local = text('one\ntwo')
    await sync.focused()
    await sync.focused()
    expect(texts()).toEqual(['one\ntwo'])
  })

  it('puts what the machine copied here and does not send it back', async () => {
    machineCopied('re\r\nmote')
    await settle()
    expect(local.text).toBe('re\nmote')
    await sync.focused()
    expect(sent).toEqual([])
    expect(sync.view.offered).toBeNull()
  })

  it('takes the machine’s echo of our own text for what it is', async () => {
    sync.giveText('mine')
    machineCopied('mine')
    expect(sync.view.offered).toBeNull()
    await settle()
    expect(texts()).toEqual(['mine'])
  })

  it('keeps what came without focus until it is there', async () => {
    local = text('old')
    await sync.focused()
    focus = false
    machineCopied('remote')
    await settle()
    expect(local.text).toBe('old')
    expect(sync.view.offered?.text).toBe('remote')
    focus = true
    await sync.focused()
    expect(local.text).toBe('remote')
    expect(texts()).toEqual(['old'])
  })

  it('prefers what was copied here later', async () => {
    await sync.focused()
    focus = false
    machineCopied('remote')
    local = text('newer')
    focus = true
    await sync.focused()
    expect(local.text).toBe('newer')
    expect(texts()).toEqual(['newer'])
  })

  it('offers what the browser does not let it put', async () => {
    writable = false
    machineCopied('remote')
    await settle()
    expect(sync.view.offered?.text).toBe('remote')
    expect(await sync.take()).toBe(false)
    writable = true
    expect(await sync.take()).toBe(true)
    expect(local.text).toBe('remote')
    expect(sync.view.offered).toBeNull()
  })

  it('reads nothing without permission, and says so', async () => {
    permission = 'denied'
    local = text('secret')
    await sync.focused()
    expect(sent).toEqual([])
    expect(sync.view.permission).toBe('denied')
    await sync.pasted(Promise.resolve(text('pasted')))
    expect(texts()).toEqual(['pasted'])
  })

  it('sends a paste again when the machine’s clipboard has changed since', async () => {
    permission = 'prompt'
    await sync.pasted(Promise.resolve(text('a')))
    machineCopied('b')
    await sync.pasted(Promise.resolve(text('a')))
    expect(texts()).toEqual(['a', 'a'])
  })

  it('refuses more than the clipboard may carry', () => {
    sync.giveText('ã'.repeat(600_000))
    expect(sent).toEqual([])
    expect(sync.view.problem).toBe('too_big')
  })

  it('sends again after a new connection', async () => {
    local = text('text')
    await sync.focused()
    sync.restarted()
    await sync.focused()
    expect(texts()).toEqual(['text', 'text'])
  })
})

describe('pictures and HTML', () => {
  const picture = png(300, 200, CLIPBOARD_INLINE_MAX * 20)

  it('offers all kinds at once and gives what is fetched, piece by piece', async () => {
    local = { text: 'words', html: '<b>words</b>', picture }
    await sync.focused()
    expect(sent).toEqual([
      {
        kind: 'offer',
        id: 1,
        has: [
          { kind: 'text', size: 5, content: bytesOf('words') },
          { kind: 'html', size: 12, content: bytesOf('<b>words</b>') },
          { kind: 'picture', size: picture.length, content: null },
        ],
        leftOut: [],
      },
    ])
    const fetch = { kind: 'fetch', offer: 1, of: 'picture' } as const
    sync.received({ ...fetch, from: 1000, length: 500 })
    sync.received({ ...fetch, from: picture.length - 10, length: CLIPBOARD_PIECE_MAX })
    expect(sent.slice(1)).toEqual([
      { kind: 'part', offer: 1, of: 'picture', from: 1000, content: picture.slice(1000, 1500) },
      {
        ...{ kind: 'part', offer: 1, of: 'picture', from: picture.length - 10 },
        content: picture.slice(-10),
      },
    ])
    sent = []
    sync.received({ ...fetch, offer: 7, from: 0, length: 5 })
    sync.received({ ...fetch, from: picture.length, length: 5 })
    expect(sent.map((content) => content.kind === 'refused' && content.code)).toEqual([
      'gone',
      'gone',
    ])
  })

  it('fetches a long picture while the viewer has the focus, and the words are there before it', async () => {
    offer(3, { text: bytesOf('words'), picture })
    await settle()
    expect(local).toEqual(text('words'))
    expect(sync.view.coming).toBe(0)
    expect(answer({ picture })).toBeGreaterThan(2)
    await settle()
    expect(local).toEqual({ text: 'words', html: null, picture })
    expect(sync.view).toMatchObject({ offered: null, coming: null, problem: null })
    await sync.focused()
    expect(sent, 'nothing of it goes back').toEqual([])
  })

  it('fetches nothing until somebody looks', async () => {
    focus = false
    offer(3, { picture })
    await settle()
    expect(sent).toEqual([])
    focus = true
    await sync.focused()
    answer({ picture })
    await settle()
    expect(local.picture).toEqual(picture)
  })

  it('knows what it has put, whatever the browser made of it', async () => {
    cleaned = (copied) => ({
      ...copied,
      html: copied.html && `<meta charset="utf-8">${copied.html}`,
      picture: copied.picture && png(300, 200),
    })
    offer(3, { html: bytesOf('<b>words</b>'), picture })
    answer({ picture })
    await settle()
    await sync.focused()
    expect(local.picture).toEqual(png(300, 200))
    expect(sent).toEqual([])
  })

  it('does not send back what a paste hands over in other words', async () => {
    permission = 'prompt'
    offer(3, { text: bytesOf('words'), html: bytesOf('<b>words</b>') })
    await settle()
    const paste = { text: 'words', html: '<html><b>words</b></html>', picture: null }
    await sync.pasted(Promise.resolve(paste))
    expect(sent).toEqual([])
    await sync.pasted(Promise.resolve({ ...NOTHING, picture }))
    expect(sent).toHaveLength(1)
  })

  it('gives up an older thing for a newer one, whoever copied it', async () => {
    offer(3, { picture })
    expect(sent.pop()).toMatchObject({ kind: 'fetch', offer: 3 })
    machineCopied('newer', 4)
    sync.received({ kind: 'part', offer: 3, of: 'picture', from: 0, content: picture.slice(0, 9) })
    await settle()
    expect(local).toEqual(text('newer'))
    expect(sent).toEqual([])

    offer(5, { picture })
    sent = []
    local = text('here')
    await sync.focused()
    sync.received({ kind: 'part', offer: 5, of: 'picture', from: 0, content: picture.slice(0, 9) })
    expect(texts()).toEqual(['here'])
    expect(sent).toHaveLength(1)
    expect(sync.view.coming).toBeNull()
  })

  it('does not put what was overtaken by a copy on this computer', async () => {
    await sync.focused()
    offer(5, { picture })
    local = text('meanwhile')
    answer({ picture })
    await settle()
    expect(local).toEqual(text('meanwhile'))
    expect(texts()).toEqual(['meanwhile'])
    expect(sync.view.offered?.picture).toEqual(picture)
  })

  it('leaves out what is too big and what is none', () => {
    const send = (copied: Partial<Copied>) =>
      sync.pasted(Promise.resolve({ ...NOTHING, ...copied }))
    permission = 'denied'
    return send({ text: 'words', picture: png(9000, 9000) })
      .then(() => {
        expect(sent).toMatchObject([
          { has: [{ kind: 'text' }], leftOut: [{ kind: 'picture', code: 'too_big' }] },
        ])
        expect(sync.view.problem).toBe('too_big')
        return send({ picture: bytesOf('GIF89a') })
      })
      .then(() => {
        expect(sent).toHaveLength(1)
        expect(sync.view.problem).toBe('malformed')
      })
  })

  it('hands the browser no picture of a hostile machine that would need all its memory', async () => {
    const bomb = png(60_000, 60_000, CLIPBOARD_INLINE_MAX + 1)
    offer(3, { picture: bomb })
    answer({ picture: bomb })
    await settle()
    expect(local).toEqual(NOTHING)
    expect(sync.view).toMatchObject({ offered: null, problem: 'too_big' })
    offer(4, { text: Uint8Array.of(0xff, 0xfe) })
    await settle()
    expect(local).toEqual(NOTHING)
  })

  it('says what the machine keeps, and takes the rest when one kind is gone', async () => {
    sync.received({
      ...{ kind: 'offer', id: 3 },
      has: [],
      leftOut: [{ kind: null, code: 'other_kind' }],
    })
    expect(sync.view.problem).toBe('other_kind')
    offer(4, { html: bytesOf('<i>x</i>'), picture })
    sync.received({ kind: 'refused', offer: 4, of: 'picture', code: 'gone' })
    await settle()
    expect(local).toEqual({ ...NOTHING, html: '<i>x</i>' })
    expect(sync.view).toMatchObject({ problem: null, coming: null })
  })
})

describe('one copied thing', () => {
  it('travels as UTF-8 and PNG', () => {
    expect(contentOf(text('ç'), 'text')).toEqual(Uint8Array.of(0xc3, 0xa7))
    expect(contentOf(text('ç'), 'picture')).toBeNull()
    expect(pictureSize(png(3, 4))).toEqual({ width: 3, height: 4 })
    expect(pictureSize(png(0, 4))).toBeNull()
    expect(pictureSize(png(3, 4).slice(0, 28))).toBeNull()
  })
})
