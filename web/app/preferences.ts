/**
 * What a person chose in this browser: language, theme, whether the navigation is narrow, their name as a guest.
 * Kept in local storage and shared between components and tabs; a browser that refuses storage still works.
 */
import { useCallback, useSyncExternalStore } from 'react'

type Preference = 'locale' | 'theme' | 'navigation' | 'singleKeys' | 'guestName'

const keyOf = (name: Preference) => `farol.${name}`
const listeners = new Set<() => void>()
/** Answers while the browser refuses storage, for example in a locked-down profile. */
const memory = new Map<Preference, string>()

function read(name: Preference): string | null {
  try {
    return localStorage.getItem(keyOf(name)) ?? memory.get(name) ?? null
  } catch {
    return memory.get(name) ?? null
  }
}

function write(name: Preference, value: string): void {
  memory.set(name, value)
  try {
    localStorage.setItem(keyOf(name), value)
  } catch {
    // Remembered for this tab only.
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  globalThis.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    globalThis.removeEventListener('storage', listener)
  }
}

/** The stored value (null when nothing was chosen) and a way to choose. */
export function usePreference(name: Preference): [string | null, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => read(name))
  const set = useCallback((next: string) => write(name, next), [name])
  return [value, set]
}
