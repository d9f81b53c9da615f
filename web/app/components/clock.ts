/** The present time for texts such as "3 min. ago": one timer for the whole page, running only while somebody looks. */
import { useSyncExternalStore } from 'react'

const TICK_MS = 5000

let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function tick() {
  now = Date.now()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(tick, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function snapshot() {
  // Without a timer the value would be as old as the last one; within one render it must not move.
  if (timer === undefined && Date.now() - now > TICK_MS) now = Date.now()
  return now
}

/** Milliseconds since the epoch, renewed every few seconds. */
export const useNow = (): number => useSyncExternalStore(subscribe, snapshot)
