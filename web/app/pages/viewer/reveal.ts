/** When a bar at the edge is shown: at first, while it is used, and for a moment afterwards. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

/** Long enough to be noticed once the picture is there. */
const FIRST_MS = 3000

/** Long enough to come back to after a slip of the hand. */
const AFTER_MS = 700

export interface Reveal {
  readonly shown: boolean
  /** Shows it until it was used and left again. */
  readonly show: () => void
  /** A menu of it is open: nothing may hide it. */
  readonly hold: (open: boolean) => void
  /** For the element that counts as the bar. */
  readonly handlers: {
    readonly onPointerEnter: () => void
    readonly onPointerLeave: () => void
    readonly onFocus: () => void
    readonly onBlur: () => void
  }
}

/** `mayHide` false keeps it shown. */
export function useReveal(mayHide: boolean): Reveal {
  const [idle, setIdle] = useState(false)
  const uses = useRef(new Set<'pointer' | 'focus' | 'menu'>())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  const hideAfter = useCallback((wait: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      if (uses.current.size === 0) setIdle(true)
    }, wait)
  }, [])
  const begin = useCallback((by: 'pointer' | 'focus' | 'menu') => {
    uses.current.add(by)
    setIdle(false)
  }, [])
  const end = useCallback(
    (by: 'pointer' | 'focus' | 'menu') => {
      uses.current.delete(by)
      hideAfter(AFTER_MS)
    },
    [hideAfter],
  )
  const show = useCallback(() => {
    setIdle(false)
    hideAfter(FIRST_MS)
  }, [hideAfter])
  useEffect(() => {
    if (mayHide) hideAfter(FIRST_MS)
    return () => clearTimeout(timer.current)
  }, [mayHide, hideAfter])

  return useMemo(
    () => ({
      shown: !mayHide || !idle,
      show,
      hold: (open: boolean) => (open ? begin('menu') : end('menu')),
      handlers: {
        onPointerEnter: () => begin('pointer'),
        onPointerLeave: () => end('pointer'),
        onFocus: () => begin('focus'),
        onBlur: () => end('focus'),
      },
    }),
    [mayHide, idle, show, begin, end],
  )
}
