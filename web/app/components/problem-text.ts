/** What to say about a failed request, in the reader's language. */
import type { ApiProblem } from '~/api/problem'
import { useI18n } from '~/i18n'
import { byCode } from '~/i18n/by-code'

interface ProblemText {
  title: string
  detail: string
}

export function useProblemText(): (problem: ApiProblem) => ProblemText {
  const { messages: t, format, locale } = useI18n()
  return (problem) => {
    const known = byCode(t.codes.problem, problem.code)
    const wait =
      problem.retryAfter === null
        ? ''
        : t.codes.retryAfter({ wait: format.duration(problem.retryAfter) })
    // The server's own sentence is more precise than ours, but it is English.
    const detail =
      locale === 'en' && problem.detail ? problem.detail : (known?.detail ?? problem.detail)
    return { title: known?.title ?? problem.title, detail: wait || detail }
  }
}

/** The sentence for one field of a form, or null when the server did not complain about it. */
export function useFieldError(): (problem: ApiProblem | null, field: string) => string | null {
  const t = useI18n().messages
  return (problem, field) => {
    const error = problem?.field(field)
    return error ? (byCode(t.codes.field, error.code) ?? error.detail) : null
  }
}
