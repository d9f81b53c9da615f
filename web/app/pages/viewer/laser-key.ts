/** The laser pointer by keyboard: it is on as long as L is held. */
import { useEffect } from 'react'

import { useSingleKeys } from '~/components/shortcuts'
import type { RemoteSession } from '~/session'

/** Where letters are letters. The field that stands for the machine's keyboard is none while somebody watches. */
const TYPED =
  'input, textarea:not([data-keyboard-of-machine]), select, [contenteditable="true"], [role="menu"], [role="dialog"]'

export function useLaserKey(session: RemoteSession, wanted: boolean): void {
  const [singleKeys] = useSingleKeys()
  const on = wanted && singleKeys
  useEffect(() => {
    if (!on) return
    const stop = new AbortController()
    const { signal } = stop
    const isLaser = ({ key }: KeyboardEvent) => key === 'l' || key === 'L'
    const off = () => session.together.setLaser(false)
    const down = (event: KeyboardEvent) => {
      const { ctrlKey, altKey, metaKey, isComposing, target } = event
      if (!isLaser(event) || ctrlKey || altKey || metaKey || isComposing) return
      if (target instanceof Element && target.closest(TYPED) !== null) return
      event.preventDefault()
      if (!event.repeat) session.together.setLaser(true)
    }
    const up = (event: KeyboardEvent) => {
      if (isLaser(event)) off()
    }
    document.addEventListener('keydown', down, { signal })
    document.addEventListener('keyup', up, { signal })
    window.addEventListener('blur', off, { signal })
    return () => {
      stop.abort()
      off()
    }
  }, [session, on])
}
