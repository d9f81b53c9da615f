// @vitest-environment node
/** Buttons and wheels. */
import { describe, expect, it } from 'vitest'

import { cursorMetrics, isInvisible, ShadowPointer, straightAlpha } from './cursor'
import { buttonName, MoveAccumulator, PointerButtons, WheelAccumulator } from './pointer'

describe('ways', () => {
  it('add up to whole pixels', () => {
    const way = new MoveAccumulator()
    expect(way.add(3, -2)).toEqual({ kind: 'moveBy', dx: 3, dy: -2 })
    expect(way.add(0.5, 0.25)).toBeNull()
    expect(way.add(0.75, 0.25)).toEqual({ kind: 'moveBy', dx: 1, dy: 0 })
    expect(way.add(NaN, 1)).toEqual({ kind: 'moveBy', dx: 0, dy: 1 })
  })
})

describe('buttons', () => {
  it('knows all five by their number', () => {
    expect([0, 1, 2, 3, 4, 5, -1].map(buttonName)).toEqual([
      'left',
      'middle',
      'right',
      'back',
      'forward',
      null,
      null,
    ])
  })

  it('reports only changes', () => {
    const buttons = new PointerButtons()
    expect(buttons.set('left', true, 1, 2)).toEqual({
      kind: 'button',
      button: 'left',
      down: true,
      x: 1,
      y: 2,
    })
    expect(buttons.set('left', true, 1, 2)).toBeNull()
    expect(buttons.any).toBe(true)
    expect(buttons.set('right', false, 1, 2)).toBeNull()
    expect(buttons.clear()).toBe(true)
    expect(buttons.clear()).toBe(false)
  })

  it('finds chords and lost releases by the browser’s bits', () => {
    const buttons = new PointerButtons()
    buttons.set('left', true, 0, 0)
    expect(buttons.reconcile(1 | 2 | 8, 5, 6)).toEqual([
      { kind: 'button', button: 'right', down: true, x: 5, y: 6 },
      { kind: 'button', button: 'back', down: true, x: 5, y: 6 },
    ])
    expect(
      buttons.reconcile(0, 7, 8).map((action) => action.kind === 'button' && action.down),
    ).toEqual([false, false, false])
  })
})

describe('wheel', () => {
  const turn = (deltaY: number, deltaMode = 0, deltaX = 0) => ({ deltaX, deltaY, deltaMode })

  it('takes a notch in pixels, lines and pages', () => {
    expect(new WheelAccumulator().add(turn(100), 800, 1, 2)).toEqual({
      kind: 'wheel',
      dx: 0,
      dy: 120,
      x: 1,
      y: 2,
    })
    expect(new WheelAccumulator().add(turn(3, 1), 800, 0, 0)).toMatchObject({ dy: 120 })
    expect(new WheelAccumulator().add(turn(1, 2), 800, 0, 0)).toMatchObject({ dy: 960 })
    expect(new WheelAccumulator().add(turn(0, 0, -100), 800, 0, 0)).toMatchObject({
      dx: -120,
      dy: 0,
    })
  })

  it('gathers what a touch pad reports in crumbs', () => {
    const wheel = new WheelAccumulator()
    let sum = 0
    for (let at = 0; at < 300; at++) {
      const action = wheel.add(turn(1 / 3), 800, 0, 0)
      if (action?.kind === 'wheel') sum += action.dy
    }
    expect(sum).toBe(120)
    expect(new WheelAccumulator().add(turn(0.5), 800, 0, 0)).toBeNull()
  })

  it('does not let the rest of one direction swallow the other', () => {
    const wheel = new WheelAccumulator()
    wheel.add(turn(0.8), 800, 0, 0)
    expect(wheel.add(turn(-1), 800, 0, 0)).toMatchObject({ dy: -1 })
  })

  it('believes no absurd turn', () => {
    const wheel = new WheelAccumulator()
    expect(wheel.add(turn(1e12), 800, 0, 0)).toMatchObject({ dy: 12_000 })
    expect(wheel.add(turn(Infinity), 800, 0, 0)).toBeNull()
    expect(wheel.add(turn(NaN), 800, 0, 0)).toBeNull()
  })
})

describe('cursor', () => {
  it('scales with the picture and stays within what browsers take', () => {
    const arrow = { width: 24, height: 32, hotX: 4, hotY: 2 }
    expect(cursorMetrics(arrow, 0.5)).toEqual({ width: 12, height: 16, hotX: 2, hotY: 1 })
    expect(cursorMetrics({ ...arrow, width: 256, height: 256 }, 1)).toMatchObject({
      width: 128,
      height: 128,
    })
    expect(cursorMetrics({ width: 8, height: 8, hotX: 7, hotY: 7 }, 0.1)).toEqual({
      width: 1,
      height: 1,
      hotX: 0,
      hotY: 0,
    })
  })

  it('turns premultiplied into straight alpha', () => {
    expect([...straightAlpha(Uint8Array.of(64, 0, 128, 128, 9, 9, 9, 0))]).toEqual([
      128, 0, 255, 128, 0, 0, 0, 0,
    ])
    expect(isInvisible(Uint8Array.of(1, 2, 3, 0))).toBe(true)
    expect(isInvisible(Uint8Array.of(0, 0, 0, 1))).toBe(false)
  })

  it('shows the pointer only while somebody else moves it', () => {
    const shadow = new ShadowPointer()
    shadow.reported(0, { x: 50, y: 60, visible: true })
    expect(shadow.shown).toMatchObject({ x: 50, y: 60 })
    shadow.moved(1000, { x: 10, y: 10 })
    expect(shadow.shown).toBeNull()
    shadow.reported(1100, { x: 8, y: 30, visible: true })
    expect(shadow.shown).toBeNull()
    shadow.reported(5000, { x: 11, y: 9, visible: true })
    expect(shadow.shown).toBeNull()
    shadow.reported(5100, { x: 300, y: 9, visible: true })
    expect(shadow.shown).toMatchObject({ x: 300, y: 9 })
    shadow.reported(5200, { x: 300, y: 9, visible: false })
    expect(shadow.shown).toBeNull()
  })
})
