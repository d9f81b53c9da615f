/** The focus on the first field of a form that the server found wrong. */
import { useEffect, useRef } from 'react'

import type { ApiProblem } from '~/api/problem'

/** What has no field to be invalid is marked `data-wrong`. */
const WRONG = '[aria-invalid="true"], [data-wrong="true"]'

/** For the form whose fields show the problem. */
export function useFocusWrong(problem: ApiProblem | null) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (problem?.fields.length) form.current?.querySelector<HTMLElement>(WRONG)?.focus()
  }, [problem])
  return form
}
