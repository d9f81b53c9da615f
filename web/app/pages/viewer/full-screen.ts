/**
 * Full screen with the keyboard: the whole document, so that menus stay visible, and where the browser can, the keys that
 * it would otherwise keep (Escape, Alt+Tab, the Windows key).
 */
import { useEffect, useSyncExternalStore } from 'react'

export interface FullScreen {
  readonly active: boolean
  toggle(): void
}

interface KeyboardLock {
  lock?: () => Promise<void>
  unlock?: () => void
}

function keyboardLock(): KeyboardLock {
  return (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard ?? {}
}

async function enter(): Promise<void> {
  try {
    await document.documentElement.requestFullscreen({ navigationUI: 'hide' })
    await keyboardLock().lock?.()
  } catch {
    // Refused by the browser or a policy: the picture stays where it is, and the button can be pressed again.
  }
}

async function leave(): Promise<void> {
  keyboardLock().unlock?.()
  if (document.fullscreenElement !== null) await document.exitFullscreen()
}

function toggle(): void {
  void (document.fullscreenElement === null ? enter() : leave())
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('fullscreenchange', listener)
  return () => document.removeEventListener('fullscreenchange', listener)
}

/** Full screen for as long as the page is there. */
export function useFullScreen(): FullScreen {
  useEffect(() => () => void leave(), [])
  const active = useSyncExternalStore(subscribe, () => document.fullscreenElement !== null)
  return { active, toggle }
}
