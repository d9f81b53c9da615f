/**
 * Keeps the keyboard and screen readers in place when what has the focus goes away: cards that are marked `data-card`, one
 * for each item of a list. The focus goes to the card that follows, else to the one before, else to the page's heading.
 */
import { useEffect, useRef } from 'react'

export const PAGE_HEADING = 'page-heading'

/** `leaving(id)` before an item is decided about; `ready` when no dialog is in front of the list. */
export function useFocusNext(ids: readonly string[] | undefined, ready: boolean) {
  const list = useRef<HTMLDivElement>(null)
  const gone = useRef<{ id: string; at: number } | null>(null)
  useEffect(() => {
    if (!ready || !ids || !gone.current || ids.includes(gone.current.id)) return
    const cards = [...(list.current?.querySelectorAll<HTMLElement>('[data-card]') ?? [])]
    const next = cards[Math.min(gone.current.at, cards.length - 1)]
    gone.current = null
    // Whoever has gone on meanwhile is not taken back.
    const lost = document.activeElement === null || document.activeElement === document.body
    if (lost) (next ?? document.getElementById(PAGE_HEADING))?.focus()
  })
  const leaving = (id: string) => {
    gone.current = { id, at: ids?.indexOf(id) ?? 0 }
  }
  return { list, leaving }
}
