// @vitest-environment node
/** Where a desktop pixel is on the page: fit, 1:1, one monitor of several. */
import { describe, expect, it } from 'vitest'

import { carriedOver, nextMonitor, place, shownArea, toDesktop, wholeDesktop } from './geometry'
import { BufferPool, packPicture } from './painter'
import type { DesktopLayout, Rect } from './types'

const two: DesktopLayout = {
  generation: 1,
  width: 3200,
  height: 1080,
  monitors: [
    { name: 'left', x: 0, y: 0, width: 1920, height: 1080, primary: true },
    { name: 'right', x: 1920, y: 56, width: 1280, height: 1024, primary: false },
  ],
  surface: wholeDesktop(3200, 1080),
}
/** The machine sends the right one alone. */
const alone: DesktopLayout = {
  ...two,
  surface: {
    ...wholeDesktop(1280, 1024),
    ...{ x: 1920, y: 56, monitor: 'right' },
  },
}
/** And smaller. */
const small: DesktopLayout = {
  ...alone,
  surface: { ...alone.surface, picture: { width: 640, height: 511 } },
}
const whole = shownArea(two, null)
const right = shownArea(two, 'right')

/** The canvas' rectangle on the page when its visible part starts at `origin`. */
function onPage(canvas: Rect, origin = { x: 100, y: 40 }): Rect {
  return { ...canvas, x: origin.x + canvas.x, y: origin.y + canvas.y }
}

describe('what is shown', () => {
  it('is everything, one monitor, or everything when that monitor is gone', () => {
    expect(whole).toEqual({ x: 0, y: 0, width: 3200, height: 1080 })
    expect(right).toEqual({ x: 1920, y: 56, width: 1280, height: 1024 })
    expect(shownArea(two, 'gone')).toEqual(whole)
  })

  it('is cut to the desktop when a monitor claims more, and whole when it claims nothing', () => {
    const claims = (rect: Rect) => ({ ...two, monitors: [{ ...rect, name: 'odd', primary: true }] })
    expect(shownArea(claims({ x: 3000, y: -100, width: 900, height: 500 }), 'odd')).toEqual({
      x: 3000,
      y: 0,
      width: 200,
      height: 400,
    })
    expect(shownArea(claims({ x: 9000, y: 0, width: 10, height: 10 }), 'odd')).toEqual(whole)
  })
})

describe('what is sent', () => {
  it('is what is shown, whatever else was just chosen', () => {
    expect(shownArea(alone, 'right')).toEqual(right)
    expect(shownArea(alone, null)).toEqual(right)
    expect(shownArea(alone, 'left')).toEqual(right)
  })

  it('stays on the canvas as far as the next layout has it, too', () => {
    expect(carriedOver(two, alone)).toEqual({
      from: { x: 1920, y: 56, width: 1280, height: 1024 },
      to: { x: 0, y: 0, width: 1280, height: 1024 },
    })
    expect(carriedOver(small, two)).toEqual({
      from: { x: 0, y: 0, width: 640, height: 511 },
      to: { x: 1920, y: 56, width: 1280, height: 1024 },
    })
    const left = { ...two, surface: { ...wholeDesktop(1920, 1080), monitor: 'left' } }
    expect(carriedOver(left, alone)).toBeNull()
    expect(carriedOver({ ...two, width: 3201 }, alone)).toBeNull()
    expect(carriedOver(null, alone)).toBeNull()
  })

  it('goes on from monitor to monitor, and back to all', () => {
    expect(nextMonitor(two, null)).toBe('left')
    expect(nextMonitor(two, 'left')).toBe('right')
    expect(nextMonitor(two, 'right')).toBeNull()
    expect(nextMonitor(two, 'gone')).toBe('left')
  })
})

describe('placement', () => {
  it('fits all of the area', () => {
    const fit = place(two, whole, { width: 1600, height: 900 }, 'fit', 1)
    expect(fit).toEqual({
      scale: 0.5,
      left: 0,
      top: 180,
      width: 1600,
      height: 540,
      canvas: { x: 0, y: 0, width: 1600, height: 540 },
      desktop: { x: 0, y: 0, width: 1600, height: 540 },
    })
  })

  it('crops to a monitor by moving the canvas', () => {
    const fit = place(two, right, { width: 640, height: 800 }, 'fit', 1)
    expect(fit.scale).toBe(0.5)
    expect(fit).toMatchObject({
      width: 640,
      height: 512,
      canvas: { x: -960, y: -28, width: 1600, height: 540 },
    })
  })

  it('puts a monitor that comes alone where it is on the desktop', () => {
    expect(place(alone, right, { width: 640, height: 800 }, 'fit', 1)).toMatchObject({
      width: 640,
      height: 512,
      canvas: { x: 0, y: 0, width: 640, height: 512 },
      desktop: { x: -960, y: -28, width: 1600, height: 540 },
    })
  })

  it('shows what the machine made smaller pixel for pixel', () => {
    const room = { width: 640, height: 800 }
    expect(place(small, right, room, 'fit', 1).canvas).toEqual({
      x: 0,
      y: 0,
      width: 640,
      height: 511,
    })
    const dense = place(small, right, { width: 320, height: 400 }, 'fit', 2).canvas
    expect(dense).toMatchObject({ width: 320, height: 255.5 })
    // The window has grown meanwhile.
    expect(place(small, right, { width: 800, height: 800 }, 'fit', 1)).toMatchObject({ width: 800 })
  })

  it('shows one desktop pixel as one pixel of the display at 1:1', () => {
    expect(place(two, whole, { width: 100, height: 100 }, 'actual', 1)).toMatchObject({
      scale: 1,
      width: 3200,
    })
    expect(place(two, whole, { width: 100, height: 100 }, 'actual', 2)).toMatchObject({
      scale: 0.5,
      width: 1600,
    })
  })

  it('stays sharp where the picture nearly fits exactly', () => {
    expect(place(two, whole, { width: 3210, height: 2000 }, 'fit', 1).scale).toBe(1)
    expect(place(two, whole, { width: 3190, height: 2000 }, 'fit', 1).scale).toBeLessThan(1)
  })

  it('starts on a whole pixel of the display', () => {
    const odd = { x: 0, y: 0, width: 101, height: 51 }
    const viewport = { width: 400, height: 300 }
    expect(place(two, odd, viewport, 'actual', 1)).toMatchObject({ left: 149, top: 124 })
    expect(place(two, odd, viewport, 'actual', 2)).toMatchObject({ left: 174.5, top: 137 })
    expect(place(two, whole, viewport, 'actual', 1)).toMatchObject({ left: 0, top: 0 })
  })

  it('survives an area without size', () => {
    expect(place(two, whole, { width: 0, height: 0 }, 'fit', 1).scale).toBe(1)
  })
})

describe('pointer', () => {
  type Case = [
    string,
    Rect,
    { width: number; height: number },
    'fit' | 'actual',
    number,
    DesktopLayout?,
  ]
  const cases: Case[] = [
    ['fit', whole, { width: 1600, height: 900 }, 'fit', 1],
    ['1:1', whole, { width: 800, height: 600 }, 'actual', 1],
    ['1:1 on a dense display', whole, { width: 800, height: 600 }, 'actual', 2],
    ['one monitor', right, { width: 640, height: 800 }, 'fit', 1],
    ['enlarged', right, { width: 2600, height: 2100 }, 'fit', 1.5],
    ['alone', right, { width: 640, height: 800 }, 'fit', 1, alone],
    ['alone at 1:1', right, { width: 640, height: 800 }, 'actual', 1, alone],
    ['alone and smaller', right, { width: 640, height: 800 }, 'fit', 1, small],
  ]
  it.each(cases)(
    'finds the pixel it is over: %s',
    (_, area, viewport, mode, ratio, layout = two) => {
      const { scale, canvas, desktop } = place(layout, area, viewport, mode, ratio)
      const { surface } = layout
      const down = canvas.height / surface.height
      const page = onPage(canvas)
      for (const [x, y] of [
        [area.x, area.y],
        [area.x + area.width - 1, area.y + area.height - 1],
        [area.x + 137, area.y + 59],
      ] as const) {
        const middle = {
          x: page.x + (x - surface.x + 0.5) * scale,
          y: page.y + (y - surface.y + 0.5) * down,
        }
        expect(toDesktop(middle, page, surface, area)).toEqual({ x, y })
        expect(middle.x - page.x).toBeCloseTo((x + 0.5) * scale + desktop.x - canvas.x)
      }
    },
  )

  it('stays on the edge of what is shown when a drag leaves it', () => {
    const { canvas } = place(two, right, { width: 640, height: 800 }, 'fit', 1)
    const page = onPage(canvas)
    expect(toDesktop({ x: -5000, y: -5000 }, page, two.surface, right)).toEqual({ x: 1920, y: 56 })
    expect(toDesktop({ x: 9000, y: 9000 }, page, two.surface, right)).toEqual({ x: 3199, y: 1079 })
  })

  it('has an answer for a canvas without size', () => {
    expect(
      toDesktop({ x: 5, y: 5 }, { x: 0, y: 0, width: 0, height: 0 }, two.surface, whole),
    ).toEqual({
      x: 0,
      y: 0,
    })
  })
})

describe('drawing', () => {
  it('packs the pixels of the rectangles, row by row', () => {
    const pixels = Uint8ClampedArray.from({ length: 4 * 3 * 4 }, (_, at) => Math.floor(at / 4))
    const changed = [{ x: 1, y: 1, width: 2, height: 2 }]
    const patch = packPicture(
      { pixels, width: 4, height: 3, changed },
      (bytes) => new ArrayBuffer(bytes),
    )
    expect(patch.rects).toEqual(changed)
    const packed = [...new Uint8Array(patch.pixels)].filter((_, at) => at % 4 === 0)
    expect(packed).toEqual([5, 6, 9, 10])
  })

  it('packs what is as wide as the picture, and several rectangles one after the other', () => {
    const pixels = Uint8ClampedArray.from({ length: 4 * 3 * 4 }, (_, at) => Math.floor(at / 4))
    const changed = [
      { x: 0, y: 1, width: 4, height: 2 },
      { x: 3, y: 0, width: 1, height: 2 },
    ]
    const patch = packPicture(
      { pixels, width: 4, height: 3, changed },
      (bytes) => new ArrayBuffer(bytes),
    )
    expect(patch.rects).toEqual(changed)
    const packed = [...new Uint8Array(patch.pixels)].filter((_, at) => at % 4 === 0)
    expect(packed).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 3, 7])
  })

  it('uses buffers again that fit', () => {
    const pool = new BufferPool()
    const large = new ArrayBuffer(1000)
    pool.giveBack(large)
    expect(pool.take(10)).not.toBe(large)
    expect(pool.take(800)).toBe(large)
    expect(pool.take(800)).not.toBe(large)
    const moving = pool.take(5_000_000)
    pool.giveBack(moving)
    expect(moving.byteLength).toBeLessThanOrEqual(6_250_000)
    expect(pool.take(5_100_000)).toBe(moving)
    for (let at = 0; at < 10; at++) pool.giveBack(new ArrayBuffer(100))
    expect([1, 2, 3, 4].filter(() => pool.take(90).byteLength === 100)).toHaveLength(3)
  })
})
