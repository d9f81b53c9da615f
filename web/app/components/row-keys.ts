/**
 * Arrow keys in a list: up, down, Home and End move the focus between the elements marked `data-row`.
 * Tab still visits everything, so nothing depends on knowing this.
 */
import { useCallback, useEffect, useRef } from 'react'

const rowsOf = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>('[data-row]')]

function target(key: string, at: number, last: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, last)
    case 'ArrowUp':
      return Math.max(at - 1, 0)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

export function useRowKeys<Element extends HTMLElement>() {
  const list = useRef<Element>(null)
  useEffect(() => {
    const element = list.current
    if (!element) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      const rows = rowsOf(element)
      const row = document.activeElement
        ?.closest('tr, li')
        ?.querySelector<HTMLElement>('[data-row]')
      const at = row ? rows.indexOf(row) : -1
      const next = target(event.key, at, rows.length - 1)
      if (next === null || at < 0) return
      event.preventDefault()
      rows[next]?.focus()
      rows[next]?.scrollIntoView({ block: 'nearest' })
    }
    element.addEventListener('keydown', onKeyDown)
    return () => element.removeEventListener('keydown', onKeyDown)
  })
  const focusFirst = useCallback(() => {
    if (list.current) rowsOf(list.current)[0]?.focus()
  }, [])
  return { list, focusFirst }
}
