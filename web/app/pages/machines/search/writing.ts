/**
 * A search while it is written: the text in the box, which a pause makes the one that is asked for and that stands in the address.
 * What the address says by itself (the way back, a link) comes into the box.
 */
import { useEffect, useEffectEvent, useState } from 'react'

import { atEndOf, type Written } from './places'

/** A pause this long ends a word: each search is some requests. */
const PAUSE_MS = 150

export interface Writing {
  written: Written
  /** What was written at the last pause. */
  settled: Written
  /** Writes on; the search follows after a pause. */
  write: (written: Written) => void
  /** Searches for this at once. */
  put: (written: Written) => void
  /** A search that begins now is another one: the way back leads to the one before. */
  begin: () => void
}

interface Asked {
  /** Whether the search before is left behind, and is to be found by the way back. */
  isNew: boolean
}

export function useWriting(q: string, onSearch: (q: string, asked: Asked) => void): Writing {
  const [written, setWritten] = useState(() => atEndOf(q))
  const [settled, setSettled] = useState(written)
  const [asked, setAsked] = useState(q)
  // Told to the address, which has not said so yet; it may leave some out.
  const [sent, setSent] = useState<readonly string[]>([])
  const [seen, setSeen] = useState(q)
  const [isNew, setNew] = useState(true)
  if (q !== seen) {
    setSeen(q)
    setSent(sent.slice(sent.indexOf(q) + 1))
    if (!sent.includes(q)) {
      setAsked(q)
      setWritten(atEndOf(q))
      setSettled(atEndOf(q))
    }
  }

  const settle = (next: Written) => {
    setSettled(next)
    const text = next.text.trim()
    if (text === asked) return
    setAsked(text)
    setSent([...sent, text])
    setNew(false)
    onSearch(text, { isNew })
  }
  const onPause = useEffectEvent(() => settle(written))
  useEffect(() => {
    if (written === settled) return
    const timer = setTimeout(() => onPause(), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [written, settled])

  return {
    written,
    settled,
    write: setWritten,
    put: (next) => {
      setWritten(next)
      settle(next)
    },
    begin: () => setNew(true),
  }
}
