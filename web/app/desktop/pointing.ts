/**
 * Catches where a watcher points on the picture, to show it to others: at most thirty places a second, the newest last. DOM
 * events in, desktop pixels out. Nothing of this reaches the machine's own pointer.
 */
import { type Point, toDesktop } from './geometry'
import type { Rect } from './types'

/** Between two places: smooth for eyes, half of what the agent passes on. */
const POINT_EVERY_MS = 1000 / 30

export interface PointingHost {
  /** What is shown now; `null` while there is no picture to point at. */
  view(): { surface: Rect; area: Rect } | null
  /** `null`: the pointer left the picture. */
  pointed(point: Point | null): void
}

/** Starts off; nothing is told while it is off. */
export class Pointing {
  readonly #canvas: HTMLCanvasElement
  readonly #host: PointingHost
  readonly #stop = new AbortController()
  #enabled = false
  /** Where the hand is, whether on or off: who becomes a watcher points at once. */
  #at: Point | null = null
  #told: Point | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(canvas: HTMLCanvasElement, host: PointingHost) {
    this.#canvas = canvas
    this.#host = host
    const { signal } = this.#stop
    canvas.addEventListener('pointermove', (event) => this.#move(this.#point(event)), { signal })
    canvas.addEventListener('pointerleave', () => this.#move(null), { signal })
    canvas.addEventListener('pointercancel', () => this.#move(null), { signal })
  }

  setEnabled(enabled: boolean): void {
    if (this.#enabled === enabled) return
    this.#enabled = enabled
    if (enabled) this.#tell()
    else this.#quiet()
  }

  /** Tells the place again, because something else about it changed. */
  again(): void {
    if (this.#enabled && this.#told !== null) this.#host.pointed(this.#told)
  }

  dispose(): void {
    this.#quiet()
    this.#stop.abort()
  }

  #quiet(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#told !== null) this.#host.pointed(null)
    this.#told = null
  }

  #move(point: Point | null): void {
    this.#at = point
    if (!this.#enabled) return
    if (point === null) this.#quiet()
    else if (this.#timer === null) this.#tell()
  }

  /** Tells where the hand is, if that is new, and keeps quiet for a moment. */
  #tell(): void {
    this.#timer = null
    const at = this.#at
    if (at === null || (at.x === this.#told?.x && at.y === this.#told.y)) return
    this.#told = at
    this.#host.pointed(at)
    this.#timer = setTimeout(() => this.#tell(), POINT_EVERY_MS)
  }

  #point(event: MouseEvent): Point | null {
    const view = this.#host.view()
    if (view === null) return null
    const canvas = this.#canvas.getBoundingClientRect()
    return toDesktop({ x: event.clientX, y: event.clientY }, canvas, view.surface, view.area)
  }
}
