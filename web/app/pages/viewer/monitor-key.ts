/**
 * Ctrl + Alt + Shift + N shows the next monitor, wherever the focus is on the page. With it and the chord to the toolbar
 * (`desktop/keyboard.ts`) end the keys that the machine never gets; with a single monitor this one is the machine's.
 */
import { useEffect } from 'react'

import type { RemoteSession } from '~/session'

/** No browser and no desktop we know of has a use for it, and it stands beside the chord to the toolbar. */
const NEXT_MONITOR_CODE = 'KeyN'

export function useMonitorKey(session: RemoteSession, on: boolean): void {
  useEffect(() => {
    if (!on) return
    const stop = new AbortController()
    const down = (event: KeyboardEvent) => {
      if (!isNextMonitor(event)) return
      event.preventDefault()
      // Before the field that stands for the machine's keyboard.
      event.stopPropagation()
      if (!event.repeat) session.nextMonitor()
    }
    document.addEventListener('keydown', down, { capture: true, signal: stop.signal })
    return () => stop.abort()
  }, [session, on])
}

function isNextMonitor(event: KeyboardEvent): boolean {
  const { code, ctrlKey, altKey, shiftKey, metaKey } = event
  return code === NEXT_MONITOR_CODE && ctrlKey && altKey && shiftKey && !metaKey
}
