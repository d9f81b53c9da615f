/**
 * Mouse and pen as desktop actions: buttons by number, wheel movement in 1/120 notches. Pure state; positions come in
 * desktop pixels (see `geometry.ts`), events from `capture.ts`.
 */
import type { InputAction, PointerButton } from './types'

/** MouseEvent.button, by number. */
const BUTTONS: readonly PointerButton[] = ['left', 'middle', 'right', 'back', 'forward']

/** MouseEvent.buttons has its own order of bits. */
const BUTTON_BITS: Record<PointerButton, number> = {
  left: 1,
  right: 2,
  middle: 4,
  back: 8,
  forward: 16,
}

/** One notch of a wheel. */
export const NOTCH = 120

/** CSS pixels that browsers report for one notch of an ordinary wheel; touch pads report less and more often. */
const PIXELS_PER_NOTCH = 100

/** Lines that a notch scrolls by default on every system that reports lines. */
const LINES_PER_NOTCH = 3

/** WheelEvent.deltaMode. */
const DELTA_LINE = 1
const DELTA_PAGE = 2

/** Notches of one event that are believed; free-running wheels report a few dozen. */
const NOTCHES_MAX = 100

/** Furthest that one relative move goes, pixels; the agent goes no further either. */
export const MOVE_BY_MAX = 32_767

/** Gathers relative movement until it is whole pixels; what is left counts with the next. */
export class MoveAccumulator {
  #x = 0
  #y = 0

  /** Takes one event; `null` while less than a pixel has come together. */
  add(dx: number, dy: number): InputAction | null {
    this.#x = added(this.#x, dx, MOVE_BY_MAX)
    this.#y = added(this.#y, dy, MOVE_BY_MAX)
    const [x, y] = [Math.trunc(this.#x), Math.trunc(this.#y)]
    if (x === 0 && y === 0) return null
    this.#x -= x
    this.#y -= y
    return { kind: 'moveBy', dx: x, dy: y }
  }
}

/** The name of a MouseEvent.button, `null` for one that no machine knows. */
export function buttonName(button: number): PointerButton | null {
  return BUTTONS[button] ?? null
}

/** The buttons that this side believes to be down. */
export class PointerButtons {
  #down = new Set<PointerButton>()

  /** Takes a press or release; `null` when it changes nothing. */
  set(button: PointerButton, down: boolean, x: number, y: number): InputAction | null {
    if (this.#down.has(button) === down) return null
    if (down) this.#down.add(button)
    else this.#down.delete(button)
    return { kind: 'button', button, down, x, y }
  }

  /** Compares with MouseEvent.buttons, because a second button of a chord comes as a mere move, and a release outside the window not at all. */
  reconcile(bits: number, x: number, y: number): InputAction[] {
    const actions: InputAction[] = []
    for (const button of BUTTONS) {
      const action = this.set(button, (bits & BUTTON_BITS[button]) !== 0, x, y)
      if (action !== null) actions.push(action)
    }
    return actions
  }

  get any(): boolean {
    return this.#down.size > 0
  }

  /** Forgets everything; true when something was down. */
  clear(): boolean {
    const any = this.any
    this.#down.clear()
    return any
  }
}

interface WheelLike {
  readonly deltaX: number
  readonly deltaY: number
  readonly deltaMode: number
}

/** Gathers wheel movement until it is worth a whole 1/120 notch. */
export class WheelAccumulator {
  #x = 0
  #y = 0

  /** Takes one event; `null` while less than 1/120 notch has come together. `page` is the height a page scrolls, CSS pixels. */
  add(event: WheelLike, page: number, x: number, y: number): InputAction | null {
    const factor = notchesPerUnit(event.deltaMode, page) * NOTCH
    const limit = NOTCHES_MAX * NOTCH
    this.#x = added(this.#x, event.deltaX * factor, limit)
    this.#y = added(this.#y, event.deltaY * factor, limit)
    // A tiny epsilon, so that a third of a notch three times is one notch.
    const dx = Math.trunc(this.#x + Math.sign(this.#x) * 1e-6)
    const dy = Math.trunc(this.#y + Math.sign(this.#y) * 1e-6)
    if (dx === 0 && dy === 0) return null
    this.#x -= dx
    this.#y -= dy
    return { kind: 'wheel', dx, dy, x, y }
  }
}

/** A change of direction starts anew: the rest of the old direction would swallow the start of the new one. */
function added(rest: number, change: number, limit: number): number {
  if (!Number.isFinite(change)) return rest
  const kept = rest * change < 0 ? 0 : rest
  return Math.max(-limit, Math.min(limit, kept + change))
}

function notchesPerUnit(mode: number, page: number): number {
  if (mode === DELTA_LINE) return 1 / LINES_PER_NOTCH
  if (mode === DELTA_PAGE) return Math.max(page, PIXELS_PER_NOTCH) / PIXELS_PER_NOTCH
  return 1 / PIXELS_PER_NOTCH
}
