/** The time while somebody waits for it, to the second. */
import { useEffect, useState } from 'react'

/** Milliseconds since the epoch, once a second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
