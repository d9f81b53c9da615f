/**
 * Where a desktop pixel is on the page and the other way round: fit, 1:1 and the choice of one monitor. Pure; the canvas
 * holds the part of the desktop that the machine sends (`DesktopLayout.surface`) and the page shows that or a part of it,
 * scaled by the browser.
 */
import type { DesktopLayout, DesktopMonitor, DesktopSurface, Rect } from './types'

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
  /** The same of the whole desktop, of which the canvas is a part. */
  readonly desktop: Rect
}

/** All of a desktop, pixel for pixel. */
export function wholeDesktop(width: number, height: number): DesktopSurface {
  const picture = { width, height }
  return { x: 0, y: 0, width, height, picture, monitor: null, instead: 'nothing' }
}

/**
 * The part of the desktop that is shown: one monitor by its name, or everything that is sent. A monitor that was just
 * chosen is cut out of that at once, before the machine sends it alone.
 */
export function shownArea({ monitors, surface }: DesktopLayout, monitor: string | null): Rect {
  const chosen: DesktopMonitor | undefined =
    monitor === null ? undefined : monitors.find(({ name }) => name === monitor)
  const { x, y, width, height } = surface
  const sent = { x, y, width, height }
  if (chosen === undefined) return sent
  const area = intersection(chosen, sent)
  return area.width > 0 && area.height > 0 ? area : sent
}

/**
 * What of the canvas stays true when the same desktop is sent in another part or size: where it is on the canvas of before
 * and on the new one. `null` when nothing does.
 */
export function carriedOver(
  before: DesktopLayout | null,
  after: DesktopLayout,
): { from: Rect; to: Rect } | null {
  if (before?.width !== after.width || before.height !== after.height) return null
  const common = intersection(before.surface, after.surface)
  if (common.width <= 0 || common.height <= 0) return null
  return { from: onCanvas(common, before.surface), to: onCanvas(common, after.surface) }
}

function onCanvas(area: Rect, { picture, ...surface }: DesktopSurface): Rect {
  const across = picture.width / surface.width
  const down = picture.height / surface.height
  return {
    x: (area.x - surface.x) * across,
    y: (area.y - surface.y) * down,
    width: area.width * across,
    height: area.height * down,
  }
}

/** The choice after this one: each monitor in turn, then all. */
export function nextMonitor({ monitors }: DesktopLayout, monitor: string | null): string | null {
  const at = monitors.findIndex(({ name }) => name === monitor)
  return monitors[at + 1]?.name ?? null
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
  const fit = mode === 'actual' ? 1 / pixelRatio : fitScale(area, viewport, pixelRatio)
  const { surface } = layout
  const { across, down } = sharpScale(surface, fit, pixelRatio) ?? { across: fit, down: fit }
  const width = area.width * across
  const height = area.height * down
  const placed = (rect: Rect) => ({
    x: (rect.x - area.x) * across,
    y: (rect.y - area.y) * down,
    width: rect.width * across,
    height: rect.height * down,
  })
  return {
    scale: across,
    left: centered(viewport.width, width, pixelRatio),
    top: centered(viewport.height, height, pixelRatio),
    width,
    height,
    canvas: placed(surface),
    desktop: placed({ x: 0, y: 0, width: layout.width, height: layout.height }),
  }
}

/** A smaller picture that is this many device pixels off its place is shown as it is: scaled twice, text blurs. */
const NEARLY = 2

/** CSS pixels per desktop pixel at which a picture that the machine made smaller is seen pixel for pixel. */
function sharpScale(
  { picture, width, height }: DesktopSurface,
  fit: number,
  pixelRatio: number,
): { across: number; down: number } | null {
  const near = (pixels: number, part: number) =>
    Math.abs(pixels - part * fit * pixelRatio) <= NEARLY && pixels < part
  if (!near(picture.width, width) || !near(picture.height, height)) return null
  return {
    across: picture.width / pixelRatio / width,
    down: picture.height / pixelRatio / height,
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
 * `canvas` is the canvas' rectangle on the page as the browser reports it (scrolling included), `surface` the part of the
 * desktop on it. The result is clamped to `area`: a drag that leaves the picture stays on its edge.
 */
export function toDesktop(point: Point, canvas: Rect, surface: Rect, area: Rect): Point {
  const across = canvas.width > 0 ? (point.x - canvas.x) / canvas.width : 0
  const down = canvas.height > 0 ? (point.y - canvas.y) / canvas.height : 0
  return {
    x: clamp(surface.x + Math.floor(across * surface.width), area.x, area.x + area.width - 1),
    y: clamp(surface.y + Math.floor(down * surface.height), area.y, area.y + area.height - 1),
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
