/**
 * Keyboard shortcuts of the console: one listener for the document, the newest handler of a combination wins.
 *
 * Combinations are written `mod+k` (Ctrl, or Command on a Mac), `?`, or `g m` for two keys one after the other. Keys
 * without a modifier rest while somebody types, while a dialog or menu is open, while focus is in an element with
 * `data-captures-keyboard` (a remote screen), and when they are switched off.
 */
import { useEffect, useRef } from 'react'

import { usePreference } from '~/preferences'

type Handler = () => void

/** The second key of a sequence must follow within this time. */
const SEQUENCE_MS = 1000

const handlers = new Map<string, Handler[]>()
let pending: { key: string; until: number } | null = null

const isMac = navigator.userAgent.includes('Mac OS')

/** How a combination is printed in help and tooltips. */
export const printed = (keys: string): string[] =>
  keys.startsWith('mod+')
    ? [isMac ? `⌘${keys.slice(4).toUpperCase()}` : `Ctrl ${keys.slice(4).toUpperCase()}`]
    : keys.split(' ').map((key) => (key.length === 1 ? key.toUpperCase() : key))

const typed = 'input, textarea, select, [contenteditable="true"]'
const layers = '[role="dialog"], [role="alertdialog"], [role="menu"]'

function combinationOf(event: KeyboardEvent): string {
  const mod = isMac ? event.metaKey : event.ctrlKey
  return mod ? `mod+${event.key.toLowerCase()}` : event.key
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.repeat) return
  const target = event.target instanceof Element ? event.target : null
  if (target?.closest('[data-captures-keyboard]')) return
  const keys = combinationOf(event)
  if (!keys.startsWith('mod+')) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (target?.closest(typed) || document.querySelector(layers)) return
  }
  const now = performance.now()
  const sequence = pending && now < pending.until ? `${pending.key} ${keys}` : null
  pending = null
  const handler = (sequence && handlers.get(sequence)?.at(-1)) || handlers.get(keys)?.at(-1)
  if (handler) {
    event.preventDefault()
    handler()
  } else if ([...handlers.keys()].some((known) => known.startsWith(`${keys} `))) {
    pending = { key: keys, until: now + SEQUENCE_MS }
  }
}

function register(keys: string, handler: Handler): () => void {
  if (handlers.size === 0) document.addEventListener('keydown', onKeyDown)
  handlers.set(keys, [...(handlers.get(keys) ?? []), handler])
  return () => {
    const rest = (handlers.get(keys) ?? []).filter((other) => other !== handler)
    if (rest.length) handlers.set(keys, rest)
    else handlers.delete(keys)
    if (handlers.size === 0) document.removeEventListener('keydown', onKeyDown)
  }
}

/** Whether keys without a modifier are wanted: speech input and some assistive tools trip over them. */
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const [stored, set] = usePreference('singleKeys')
  return [stored !== 'off', (on) => set(on ? 'on' : 'off')]
}

/** Runs `handler` on the combination as long as the component is mounted. */
export function useShortcut(keys: string, handler: Handler): void {
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  const [singleKeys] = useSingleKeys()
  const wanted = singleKeys || keys.startsWith('mod+')
  useEffect(() => (wanted ? register(keys, () => latest.current()) : undefined), [keys, wanted])
}
