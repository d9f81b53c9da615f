/**
 * Where a desktop pixel is on the page and the other way round: fit, 1:1 and the choice of one monitor. Pure; the canvas
 * always holds the whole desktop in native pixels and the page shows a part of it, scaled by the browser.
 */
import type { DesktopLayout, DesktopMonitor, Rect } from './types'

/** `fit`: all of the area is seen. `actual`: one desktop pixel is one pixel of this display. */
export type ScaleMode = 'fit' | 'actual'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** How the canvas is placed, in CSS pixels. */
export interface Placement {
  /** CSS pixels per desktop pixel. */
  readonly scale: number
  /** Where the visible part starts in the viewport: in its middle, on a whole pixel of the display, or text blurs. */
  readonly left: number
  readonly top: number
  /** Size of the visible part. */
  readonly width: number
  readonly height: number
  /** Size of the whole canvas, and where it starts relative to the visible part (zero or negative). */
  readonly canvas: Rect
}

/** The part of the desktop that is shown: one monitor by its name, or everything. A monitor that is gone shows everything. */
export function shownArea(layout: DesktopLayout, monitor: string | null): Rect {
  const chosen: DesktopMonitor | undefined =
    monitor === null ? undefined : layout.monitors.find(({ name }) => name === monitor)
  const whole = { x: 0, y: 0, width: layout.width, height: layout.height }
  if (chosen === undefined) return whole
  const area = intersection(chosen, whole)
  return area.width > 0 && area.height > 0 ? area : whole
}

/**
 * Places `area` of the desktop in a viewport of CSS pixels.
 *
 * `pixelRatio` is the display's device pixels per CSS pixel: 1:1 means device pixels, which is where text stays sharp.
 */
export function place(
  layout: DesktopLayout,
  area: Rect,
  viewport: Size,
  mode: ScaleMode,
  pixelRatio: number,
): Placement {
  const scale = mode === 'actual' ? 1 / pixelRatio : fitScale(area, viewport, pixelRatio)
  return {
    scale,
    left: centered(viewport.width, area.width * scale, pixelRatio),
    top: centered(viewport.height, area.height * scale, pixelRatio),
    width: area.width * scale,
    height: area.height * scale,
    canvas: {
      x: -area.x * scale,
      y: -area.y * scale,
      width: layout.width * scale,
      height: layout.height * scale,
    },
  }
}

function centered(room: number, size: number, pixelRatio: number): number {
  return Math.max(0, Math.floor(((room - size) / 2) * pixelRatio) / pixelRatio)
}

/** A scale within this of one device pixel snaps to it: a picture that nearly fits is worth more sharp than complete. */
const SNAP = 0.005

function fitScale(area: Size, viewport: Size, pixelRatio: number): number {
  if (area.width <= 0 || area.height <= 0 || viewport.width <= 0 || viewport.height <= 0)
    return 1 / pixelRatio
  const fit = Math.min(viewport.width / area.width, viewport.height / area.height)
  const native = 1 / pixelRatio
  return fit > native && fit < native * (1 + SNAP) ? native : fit
}

/**
 * The desktop pixel under a point of the page.
 *
 * `canvas` is the canvas' rectangle on the page as the browser reports it (scrolling included). The result is clamped to
 * `area`: a drag that leaves the picture stays on its edge.
 */
export function toDesktop(point: Point, canvas: Rect, layout: Size, area: Rect): Point {
  const across = canvas.width > 0 ? (point.x - canvas.x) / canvas.width : 0
  const down = canvas.height > 0 ? (point.y - canvas.y) / canvas.height : 0
  return {
    x: clamp(Math.floor(across * layout.width), area.x, area.x + area.width - 1),
    y: clamp(Math.floor(down * layout.height), area.y, area.y + area.height - 1),
  }
}

/** The rectangle around all of them; `null` for none. */
export function bounding(rects: readonly Rect[]): Rect | null {
  let box: Rect | null = null
  for (const rect of rects) box = box === null ? rect : union(box, rect)
  return box
}

function union(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x)
  const y = Math.min(a.y, b.y)
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  }
}

function intersection(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  return {
    x,
    y,
    width: Math.min(a.x + a.width, b.x + b.width) - x,
    height: Math.min(a.y + a.height, b.y + b.height) - y,
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high))
}
