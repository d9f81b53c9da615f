/**
 * What hands did, on its way to the socket. Keys and buttons keep their order and are never dropped for moves; of moves
 * that wait, only the newest is worth sending. Pure; the worker owns one per session.
 */
import { MOVE_BY_MAX } from '~/desktop/pointer'
import type { InputAction } from '~/desktop/types'
import { INPUT_BATCH_MAX } from '~/wire/limits'

/** Moves closer together than this wait for each other: 200 a second, well below the 500 events an agent takes. */
export const MOVE_INTERVAL_US = 5_000

/**
 * Actions that may wait. Only somebody who types on for long without a connection gets here: then everything that waits is
 * dropped for one release, because half a stroke is worse than none.
 */
export const WAITING_MAX = 512

/** Bytes of actions in one message, below the cap of 4 KiB with room for tags. */
const BATCH_BYTES = 3_600

/** An upper bound for everything of an action but its texts. */
const ACTION_BYTES = 48

export interface TimedAction {
  readonly action: InputAction
  /** When the hand did it, microseconds. */
  readonly at: number
}

export class InputQueue {
  #waiting: TimedAction[] = []
  #movedAt = -Infinity

  push(action: InputAction, at: number): void {
    const last = this.#waiting.at(-1)
    const merged = last === undefined ? null : merge(last, { action, at })
    if (merged !== null) {
      this.#waiting[this.#waiting.length - 1] = merged
      return
    }
    if (this.#waiting.length >= WAITING_MAX) this.#waiting = [{ action: { kind: 'release' }, at }]
    else this.#waiting.push({ action, at })
  }

  /**
   * The next message's worth, empty when nothing may go now.
   *
   * `backedUp`: the socket still holds what was sent before; only keys and buttons are worth adding to it.
   */
  take(now: number, backedUp: boolean): TimedAction[] {
    const batch: TimedAction[] = []
    let size = 0
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0]
      if (next === undefined) break
      if (this.#waiting.length === 1 && isMove(next.action) && this.#mayWait(now, backedUp)) break
      size += bytesOf(next.action)
      if (batch.length >= INPUT_BATCH_MAX || (batch.length > 0 && size > BATCH_BYTES)) break
      if (isMove(next.action)) this.#movedAt = now
      batch.push(next)
      this.#waiting.shift()
    }
    return batch
  }

  /** Actions that wait. */
  get size(): number {
    return this.#waiting.length
  }

  /** When a waiting move may go, microseconds; `null` when nothing waits. */
  get due(): number | null {
    return this.#waiting.length === 0 ? null : this.#movedAt + MOVE_INTERVAL_US
  }

  clear(): void {
    this.#waiting = []
  }

  #mayWait(now: number, backedUp: boolean): boolean {
    return backedUp || now - this.#movedAt < MOVE_INTERVAL_US
  }
}

const isMove = ({ kind }: InputAction): boolean => kind === 'move' || kind === 'moveBy'

/** Two neighbors as one, where nothing is lost by it: a newer position, or more of the same way or turn of a wheel. */
function merge(last: TimedAction, next: TimedAction): TimedAction | null {
  if (last.action.kind === 'move' && next.action.kind === 'move') return next
  if (last.action.kind === 'moveBy' && next.action.kind === 'moveBy') {
    const dx = last.action.dx + next.action.dx
    const dy = last.action.dy + next.action.dy
    const further = Math.max(Math.abs(dx), Math.abs(dy)) > MOVE_BY_MAX
    return further ? null : { action: { kind: 'moveBy', dx, dy }, at: last.at }
  }
  if (last.action.kind !== 'wheel' || next.action.kind !== 'wheel') return null
  const dx = clampWheel(last.action.dx + next.action.dx)
  const dy = clampWheel(last.action.dy + next.action.dy)
  return { action: { ...next.action, dx, dy }, at: last.at }
}

/** The agent refuses more than a hundred notches in one event. */
const WHEEL_MAX = 120 * 100

function clampWheel(value: number): number {
  return Math.max(-WHEEL_MAX, Math.min(WHEEL_MAX, value))
}

/** UTF-8 needs at most three bytes per UTF-16 unit. */
function bytesOf(action: InputAction): number {
  if (action.kind === 'text') return ACTION_BYTES + action.text.length * 3
  if (action.kind === 'key') return ACTION_BYTES + (action.code.length + action.key.length) * 3
  if (action.kind === 'chord')
    return ACTION_BYTES + action.codes.reduce((sum, code) => sum + code.length + 2, 0)
  return ACTION_BYTES
}
