/** Asks the server how hard a password is to guess, while it is typed. The password goes nowhere else. */
import { useEffect, useState } from 'react'

import { passwordStrength, type PasswordQuestion } from '~/api/actions'
import type { PasswordStrength } from '~/api/types'

/** Long enough that a fast typist asks once per word, short enough to feel immediate. */
const SETTLE_MS = 250

export type Judgement =
  { state: 'empty' | 'checking' | 'unavailable' } | { state: 'known'; strength: PasswordStrength }

interface Answer {
  question: string
  /** Null when the server could not say. */
  strength: PasswordStrength | null
}

export function usePasswordStrength({ password, name, email }: PasswordQuestion): Judgement {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const question = JSON.stringify([password, name, email])

  useEffect(() => {
    if (!password) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      passwordStrength({ password, name, email }, abort.signal).then(
        (strength) => setAnswer({ question, strength }),
        () => abort.signal.aborted || setAnswer({ question, strength: null }),
      )
    }, SETTLE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [password, name, email, question])

  if (!password) return { state: 'empty' }
  if (answer?.question !== question) return { state: 'checking' }
  return answer.strength ? { state: 'known', strength: answer.strength } : { state: 'unavailable' }
}
