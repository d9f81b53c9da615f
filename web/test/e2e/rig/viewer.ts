/**
 * The viewer page as a person uses it, and the pixels it shows.
 */
import { expect, type Locator, type Page } from '@playwright/test'

import type { Display, Picture } from './display'
import { machineRow } from './console'

export class Viewer {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  /** Connects from the list of machines. */
  static async connect(page: Page): Promise<Viewer> {
    await machineRow(page)
      .getByRole('link', { name: /^Connect/ })
      .click()
    const viewer = new Viewer(page)
    await expect(viewer.screen).toBeVisible()
    return viewer
  }

  /** The picture of the remote screen. */
  get screen(): Locator {
    return this.page.getByLabel(/^Screen of/)
  }

  /** What has the focus while the machine has the keyboard. */
  get keyboard(): Locator {
    return this.page.getByLabel(/^Keyboard of/)
  }

  /** Brings the toolbar out, and puts the pointer on it, which keeps it there. */
  async openToolbar(): Promise<void> {
    const show = this.page.getByRole('button', { name: 'Show the toolbar' })
    const bar = this.page.getByRole('toolbar', { name: 'Session toolbar' })
    // It may be on its way out or in just then, and out of the pointer's reach: another look finds it where it stays.
    await expect(async () => {
      if (await show.isVisible()) await show.click({ timeout: 3_000 })
      await bar.hover({ timeout: 3_000 })
      await expect(bar).not.toHaveAttribute('inert', { timeout: 1_000 })
    }).toPass({ timeout: 30_000 })
  }

  /** Ends the session from the toolbar. */
  async end(): Promise<void> {
    await this.openToolbar()
    await this.page.getByRole('button', { name: 'End session' }).click()
  }

  /** Where a point of the remote screen is in the page. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const box = await this.screen.boundingBox()
    if (!box) throw new Error('the picture is not on the page')
    const size = await this.size()
    return {
      x: box.x + ((x + 0.5) * box.width) / size.width,
      y: box.y + ((y + 0.5) * box.height) / size.height,
    }
  }

  /** Size of the remote screen in pixels. */
  size(): Promise<{ width: number; height: number }> {
    return this.screen.evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement
      return { width, height }
    })
  }

  /** Gives the picture the keyboard. */
  async focus(): Promise<void> {
    await this.keyboard.focus()
  }

  async move(x: number, y: number): Promise<void> {
    const place = await this.at(x, y)
    await this.page.mouse.move(place.x, place.y)
  }

  async click(x: number, y: number, button: 'left' | 'middle' | 'right' = 'left'): Promise<void> {
    const place = await this.at(x, y)
    await this.page.mouse.click(place.x, place.y, { button })
  }

  /** What the page shows, pixel by pixel. */
  async picture(): Promise<Picture> {
    const { width, height, data } = await this.screen.evaluate(async (element) => {
      const canvas = element as HTMLCanvasElement
      const copy = new OffscreenCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height))
      const context = copy.getContext('2d')
      if (!context) throw new Error('no context')
      context.drawImage(canvas, 0, 0)
      const { data } = context.getImageData(0, 0, copy.width, copy.height)
      const blob = new Blob([data])
      const url = await new Promise<string>((resolve, reject) => {
        const reader = new FileReader()
        reader.onload = () => resolve(reader.result as string)
        reader.onerror = () => reject(new Error('unreadable'))
        reader.readAsDataURL(blob)
      })
      return { width: copy.width, height: copy.height, data: url.slice(url.indexOf(',') + 1) }
    })
    const rgba = Buffer.from(data, 'base64')
    const rgb = Buffer.alloc(width * height * 3)
    for (let pixel = 0; pixel < width * height; pixel++) {
      rgba.copy(rgb, pixel * 3, pixel * 4, pixel * 4 + 3)
    }
    return { width, height, rgb }
  }

  /** Until page and machine show exactly the same. */
  async expectSamePicture(display: Display, timeout = 10_000): Promise<void> {
    await expect
      .poll(async () => difference(await display.picture(), await this.picture()), { timeout })
      .toBe('same')
  }
}

/** `same`, or how the pictures differ. */
export function difference(a: Picture, b: Picture): string {
  if (a.width !== b.width || a.height !== b.height) {
    return `${a.width}×${a.height} and ${b.width}×${b.height}`
  }
  if (a.rgb.equals(b.rgb)) return 'same'
  let count = 0
  let first = ''
  for (let at = 0; at < a.rgb.length; at += 3) {
    if (a.rgb.compare(b.rgb, at, at + 3, at, at + 3) === 0) continue
    count += 1
    if (!first) first = `(${(at / 3) % a.width}, ${Math.floor(at / 3 / a.width)})`
  }
  return `${count} of ${a.width * a.height} pixels differ, the first at ${first}`
}
