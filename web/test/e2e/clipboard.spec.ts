/**
 * What people copy and paste across: pictures, formatted text and words, with the machine's own programs at one end and the browser's
 * clipboard at the other.
 */
import type { Page } from '@playwright/test'

import type { Rig } from './rig/rig'
import { startSession } from './rig/session'
import { expect, test } from './rig/test'
import type { Viewer } from './rig/viewer'

test.describe.configure({ mode: 'serial' })

let rig: Rig
let page: Page
let viewer: Viewer
let stop: () => Promise<void>

test.beforeAll(async ({ browser }) => {
  ;({ rig, page, viewer, stop } = await startSession(browser))
})
test.afterAll(() => stop())

/** A PNG that does not compress, of that size; the browser's own. */
async function noise(width: number, height: number): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width!, height!)
      const context = canvas.getContext('2d')!
      const pixels = context.createImageData(width!, height!)
      let state = 12345
      for (let at = 0; at < pixels.data.length; at++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0
        pixels.data[at] = at % 4 === 3 ? 255 : state >>> 24
      }
      context.putImageData(pixels, 0, 0)
      const blob = await canvas.convertToBlob({ type: 'image/png' })
      const bytes = new Uint8Array(await blob.arrayBuffer())
      let text = ''
      for (const byte of bytes) text += String.fromCharCode(byte)
      return btoa(text)
    },
    [width, height],
  )
  return Buffer.from(base64, 'base64')
}

/** Its pixels as a browser sees them, said shortly: size and digest. */
function pixels(png: Buffer): Promise<string> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    return digest(new Blob([bytes], { type: 'image/png' }))

    async function digest(blob: Blob): Promise<string> {
      const bitmap = await createImageBitmap(blob)
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
      const context = canvas.getContext('2d')!
      context.drawImage(bitmap, 0, 0)
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
      return `${bitmap.width}x${bitmap.height} ${[...hash].join(' ')}`
    }
  }, png.toString('base64'))
}

/** What the browser's clipboard has of this type; null when nothing. */
async function browserHas(type: string): Promise<Buffer | null> {
  const base64 = await page.evaluate(async (type) => {
    const item = (await navigator.clipboard.read()).find(({ types }) => types.includes(type))
    if (item === undefined) return null
    const bytes = new Uint8Array(await (await item.getType(type)).arrayBuffer())
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return btoa(text)
  }, type)
  return base64 === null ? null : Buffer.from(base64, 'base64')
}

/** Copies in the browser, elsewhere than in the picture, and comes back to it. */
async function copyHere(contents: Record<string, Buffer>): Promise<void> {
  await page.evaluate(
    async (all) => {
      ;(document.activeElement as HTMLElement).blur()
      const blobs = Object.entries(all).map(([type, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
        return [type, new Blob([bytes], { type })]
      })
      await navigator.clipboard.write([
        new ClipboardItem(Object.fromEntries(blobs) as Record<string, Blob>),
      ])
    },
    Object.fromEntries(
      Object.entries(contents).map(([type, content]) => [type, content.toString('base64')]),
    ),
  )
  await viewer.focus()
}

test('a picture copied on the machine can be pasted here, pixel by pixel', async () => {
  for (const [width, height] of [
    [40, 30],
    [900, 700],
  ] as const) {
    const png = await noise(width, height)
    const wanted = await pixels(png)
    await rig.display.setClipboard(png, 'image/png')
    await expect
      .poll(
        async () => {
          const here = await browserHas('image/png')
          return here && pixels(here)
        },
        { timeout: 20_000 },
      )
      .toBe(wanted)
    // It is not sent back: the machine's own program still has it.
    expect(await rig.display.clipboardAs('image/png')).toEqual(png)
  }
})

test('a picture copied here is pasted on the machine, pixel by pixel', async () => {
  for (const [width, height] of [
    [41, 31],
    [800, 700],
  ] as const) {
    const png = await noise(width, height)
    await copyHere({ 'image/png': png })
    // The machine asks for what is long only now.
    await expect
      .poll(async () => (await rig.display.clipboardAs('image/png')).length, { timeout: 20_000 })
      .toBeGreaterThan(0)
    await expect
      .poll(async () => {
        const there = await rig.display.clipboardAs('image/png')
        return there.length === 0 ? '' : pixels(there)
      })
      .toBe(await pixels(png))
  }
})

test('formatted text goes both ways, with its words', async () => {
  const html = '<p>one <b>bold</b> word: ação</p>'
  await rig.display.setClipboard(html, 'text/html')
  await expect
    .poll(async () => (await browserHas('text/html'))?.toString())
    .toMatch(/one.*<b[^>]*>bold<\/b>.*word: ação/)

  const back = '<p>back with <i>style</i>: ñ</p>'
  await copyHere({
    'text/html': Buffer.from(back),
    'text/plain': Buffer.from('back with style: ñ'),
  })
  await expect.poll(() => rig.display.clipboard()).toBe('back with style: ñ')
  const there = (await rig.display.clipboardAs('text/html')).toString()
  expect(there).toMatch(/charset=utf-8.*back with.*<i[^>]*>style<\/i>.*: ñ/is)
})

test('what can harm is left out of what is pasted here', async () => {
  const html = '<p onclick="alert(1)">safe<script>alert(2)</script></p>'
  await rig.display.setClipboard(html, 'text/html')
  await expect.poll(async () => (await browserHas('text/html'))?.toString()).toContain('safe')
  expect((await browserHas('text/html'))?.toString()).not.toMatch(/script|onclick/)
})

test('something that is neither stays there, and the viewer says so', async () => {
  await rig.display.setClipboard('not a picture', 'image/png')
  await viewer.openToolbar()
  await page.getByRole('button', { name: 'Clipboard', exact: true }).click()
  await expect(page.getByText(/cannot be read as one/)).toBeVisible()
  await rig.display.setClipboard('%PDF', 'application/pdf')
  await expect(page.getByText(/neither text nor a picture/)).toBeVisible()
  await page.keyboard.press('Escape')
})
