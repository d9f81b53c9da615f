/**
 * From decoded pictures to the canvas. The worker packs what changed (`packPicture`), the page draws it (`Painter`). The
 * canvas keeps the pixels as they were sent; scaling and cropping are CSS (`geometry.ts`).
 *
 * Why the page draws: a worker's canvas reaches the screen a frame later than one of the page (13.6 ms against 0.9 ms
 * until a small change can be seen in Chromium, medians), and drawing itself is cheap.
 */
import type { Size } from './geometry'
import type { Rect } from './types'

/** A frame buffer after a frame: RGBA of all that is sent, and what of it changed. */
export interface Picture {
  /** A view, valid until the next frame is decoded. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>
  readonly width: number
  readonly height: number
  readonly changed: readonly Rect[]
}

/** What changed, by itself: the rectangles' pixels one after the other, RGBA without gaps. */
export interface Patch {
  readonly rects: readonly Rect[]
  readonly pixels: ArrayBuffer
}

const PIXEL_BYTES = 4

/** Copies what changed out of the frame buffer. `room` makes a buffer of at least so many bytes. */
export function packPicture(picture: Picture, room: (bytes: number) => ArrayBuffer): Patch {
  const rects = picture.changed
  const pixels = room(
    rects.reduce((sum, { width, height }) => sum + width * height * PIXEL_BYTES, 0),
  )
  const target = new Uint8ClampedArray(pixels)
  const stride = picture.width * PIXEL_BYTES
  let at = 0
  for (const { x, y, width, height } of rects) {
    const row = width * PIXEL_BYTES
    if (row === stride) {
      target.set(picture.pixels.subarray(y * stride, (y + height) * stride), at)
      at += row * height
      continue
    }
    for (let line = y; line < y + height; line++) {
      const start = line * stride + x * PIXEL_BYTES
      target.set(picture.pixels.subarray(start, start + row), at)
      at += row
    }
  }
  return { rects, pixels }
}

/** Buffers that came back from the page, so that a moving picture does not leave megabytes behind with every frame. */
export class BufferPool {
  #free: ArrayBuffer[] = []

  /** A buffer that is large enough and not absurdly so. */
  readonly take = (bytes: number): ArrayBuffer => {
    const found = this.#free.findIndex(
      ({ byteLength }) => byteLength >= bytes && byteLength <= bytes * POOL_WASTE,
    )
    const [free] = found < 0 ? [] : this.#free.splice(found, 1)
    return free ?? new ArrayBuffer(roomy(bytes))
  }

  giveBack(buffer: ArrayBuffer): void {
    this.#free.push(buffer)
    if (this.#free.length > POOL_MAX) this.#free.shift()
  }
}

/**
 * Up to a quarter more: pictures that follow each other change about as much, and new memory costs more than filling it.
 */
function roomy(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, bytes))) - 2)
  return Math.ceil(bytes / step) * step
}

/** As many as pictures can be on their way to the page. */
const POOL_MAX = 3

/** A buffer this many times too large is left for a larger picture. */
const POOL_WASTE = 4

/** Draws on the page's canvas. */
export class Painter {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })
  }

  /**
   * A new desktop starts black. Where only the part or the size of it is another one, `carried` says what is still true:
   * it stays until the first picture, so that nothing flashes.
   */
  resize({ width, height }: Size, carried: { from: Rect; to: Rect } | null = null): void {
    const context = this.#context
    const before = context !== null && carried !== null ? copyOf(this.#canvas) : null
    if (this.#canvas.width !== width) this.#canvas.width = width
    if (this.#canvas.height !== height) this.#canvas.height = height
    if (context === null) return
    context.fillStyle = 'black'
    context.fillRect(0, 0, width, height)
    if (before === null || carried === null) return
    const { from, to } = carried
    context.drawImage(
      before,
      ...([from.x, from.y, from.width, from.height] as const),
      ...([to.x, to.y, to.width, to.height] as const),
    )
  }

  paint({ rects, pixels }: Patch): void {
    let at = 0
    for (const { x, y, width, height } of rects) {
      const bytes = width * height * PIXEL_BYTES
      if (bytes === 0) continue
      const image = new ImageData(new Uint8ClampedArray(pixels, at, bytes), width, height)
      this.#context?.putImageData(image, x, y)
      at += bytes
    }
  }
}

function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement | null {
  if (canvas.width === 0 || canvas.height === 0) return null
  const copy = document.createElement('canvas')
  copy.width = canvas.width
  copy.height = canvas.height
  copy.getContext('2d')?.drawImage(canvas, 0, 0)
  return copy
}
