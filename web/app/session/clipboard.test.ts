// @vitest-environment node
/** Text in both directions, without echo, whatever the browser allows. */
import { beforeEach, describe, expect, it } from 'vitest'

import { type ClipboardAccess, ClipboardSync, type ClipboardView } from './clipboard'

let local = ''
let permission: ClipboardView['permission'] = 'granted'
let focus = true
let writable = true
let sent: string[] = []
let sync: ClipboardSync

const access: ClipboardAccess = {
  readText: () =>
    permission === 'granted' ? Promise.resolve(local) : Promise.reject(new Error('refused')),
  writeText: (text) => {
    if (!writable) return Promise.reject(new Error('refused'))
    local = text
    return Promise.resolve()
  },
  permission: () => Promise.resolve(permission),
  hasFocus: () => focus,
}

beforeEach(() => {
  local = ''
  permission = 'granted'
  focus = true
  writable = true
  sent = []
  sync = new ClipboardSync(
    access,
    (text) => {
      sent.push(text)
      return true
    },
    () => undefined,
  )
})

describe('clipboard', () => {
  it('sends what was copied here once', async () => {
    local = 'one\r\ntwo'
    await sync.focused()
    await sync.focused()
    expect(sent).toEqual(['one\ntwo'])
  })

  it('puts what the machine copied here and does not send it back', async () => {
    await sync.received('remote')
    expect(local).toBe('remote')
    await sync.focused()
    expect(sent).toEqual([])
    expect(sync.view.offered).toBeNull()
  })

  it('takes the machine’s echo of our own text for what it is', async () => {
    sync.give('mine')
    await sync.received('mine')
    expect(local).toBe('')
    expect(sync.view.offered).toBeNull()
  })

  it('keeps what came without focus until it is there', async () => {
    local = 'old'
    await sync.focused()
    focus = false
    await sync.received('remote')
    expect(local).toBe('old')
    expect(sync.view.offered).toBe('remote')
    focus = true
    await sync.focused()
    expect(local).toBe('remote')
    expect(sent).toEqual(['old'])
  })

  it('prefers what was copied here later', async () => {
    await sync.focused()
    focus = false
    await sync.received('remote')
    local = 'newer'
    focus = true
    await sync.focused()
    expect(local).toBe('newer')
    expect(sent).toEqual(['newer'])
  })

  it('offers what the browser does not let it put', async () => {
    writable = false
    await sync.received('remote')
    expect(sync.view.offered).toBe('remote')
    expect(await sync.take()).toBe(false)
    writable = true
    expect(await sync.take()).toBe(true)
    expect(local).toBe('remote')
    expect(sync.view.offered).toBeNull()
  })

  it('reads nothing without permission, and says so', async () => {
    permission = 'denied'
    local = 'secret'
    await sync.focused()
    expect(sent).toEqual([])
    expect(sync.view.permission).toBe('denied')
    sync.give('pasted')
    expect(sent).toEqual(['pasted'])
  })

  it('sends a paste again when the machine’s clipboard has changed since', async () => {
    sync.give('a')
    await sync.received('b')
    sync.give('a')
    expect(sent).toEqual(['a', 'a'])
  })

  it('refuses more than a clipboard message may carry', () => {
    sync.give('ã'.repeat(600_000))
    expect(sent).toEqual([])
    expect(sync.view.problem).toBe('too_big')
  })

  it('sends again after a new connection', async () => {
    local = 'text'
    await sync.focused()
    sync.restarted()
    await sync.focused()
    expect(sent).toEqual(['text', 'text'])
  })
})
