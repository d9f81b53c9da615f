/**
 * The remote pointer, drawn by the browser itself: its shape becomes the CSS cursor of the canvas, so that it follows the
 * hand without a round trip. Also decides when somebody else moves the pointer, which an overlay shows.
 */
import type { Point } from './geometry'
import type { CursorImage, CursorPosition } from './types'

/** Browsers ignore larger cursor pictures. */
const CURSOR_MAX = 128

/** What a scaled cursor looks like in numbers, CSS pixels. */
export interface CursorMetrics {
  readonly width: number
  readonly height: number
  readonly hotX: number
  readonly hotY: number
}

/** Size and hot spot of a cursor shown at `scale` CSS pixels per desktop pixel, within what browsers accept. */
export function cursorMetrics(image: CursorMetrics, scale: number): CursorMetrics {
  const largest = Math.max(image.width, image.height, 1)
  const limited = Math.min(scale, CURSOR_MAX / largest)
  const width = Math.max(1, Math.round(image.width * limited))
  const height = Math.max(1, Math.round(image.height * limited))
  return {
    width,
    height,
    hotX: Math.min(width - 1, Math.max(0, Math.round(image.hotX * limited))),
    hotY: Math.min(height - 1, Math.max(0, Math.round(image.hotY * limited))),
  }
}

/** Straight alpha from premultiplied, as canvases want it. */
export function straightAlpha(rgba: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const straight = new Uint8ClampedArray(rgba.length)
  for (let at = 0; at + 3 < rgba.length; at += 4) {
    const alpha = rgba[at + 3] ?? 0
    straight[at + 3] = alpha
    if (alpha === 0) continue
    for (let channel = 0; channel < 3; channel++)
      straight[at + channel] = Math.round(((rgba[at + channel] ?? 0) * 255) / alpha)
  }
  return straight
}

/** Whether a shape has nothing to show; programs hide the pointer that way. */
export function isInvisible(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return false
  return true
}

/** The shape as a picture in its own size; `null` where there is no canvas. */
export function cursorCanvas(image: CursorImage): HTMLCanvasElement | null {
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d')
  if (context === null || image.width === 0 || image.height === 0) return null
  context.putImageData(new ImageData(straightAlpha(image.rgba), image.width, image.height), 0, 0)
  return canvas
}

/**
 * The value of the CSS `cursor` property for a shape, without the fallback's help when the browser can do it.
 *
 * Costs one small PNG; callers keep the result until shape, scale or display changes.
 */
export function cursorCss(image: CursorImage, scale: number, pixelRatio: number): string {
  if (isInvisible(image.rgba)) return 'none'
  const source = cursorCanvas(image)
  if (source === null) return 'default'
  const metrics = cursorMetrics(image, scale)
  const ratio = Math.max(1, pixelRatio)
  const scaled = document.createElement('canvas')
  scaled.width = Math.round(metrics.width * ratio)
  scaled.height = Math.round(metrics.height * ratio)
  const context = scaled.getContext('2d')
  if (context === null) return 'default'
  context.imageSmoothingEnabled = scaled.width !== source.width
  context.imageSmoothingQuality = 'high'
  context.drawImage(source, 0, 0, scaled.width, scaled.height)
  const url = `url("${scaled.toDataURL('image/png')}")`
  const picture = ratio === 1 ? url : `image-set(${url} ${ratio}x)`
  return `${picture} ${metrics.hotX} ${metrics.hotY}, default`
}

/** A pointer that comes back within this time and distance is the echo of our own move, not somebody else's. */
const ECHO_MS = 600
const ECHO_PIXELS = 2

/** Tells whether the pointer on the machine was moved by somebody else, so that the page can show where it is. */
export class ShadowPointer {
  #own: Point | null = null
  #ownAt = -Infinity
  #remote: CursorPosition | null = null

  /** This technician's pointer was sent to the machine. */
  moved(now: number, point: Point): void {
    this.#own = point
    this.#ownAt = now
    this.#remote = null
  }

  /** The machine says where its pointer is. */
  reported(now: number, position: CursorPosition): void {
    const own = this.#own
    const near =
      own !== null &&
      Math.abs(own.x - position.x) <= ECHO_PIXELS &&
      Math.abs(own.y - position.y) <= ECHO_PIXELS
    this.#remote = near || now - this.#ownAt < ECHO_MS ? null : position
  }

  /** Where to draw the pointer apart from the technician's own; `null` for nowhere. */
  get shown(): Point | null {
    return this.#remote?.visible === true ? this.#remote : null
  }
}
