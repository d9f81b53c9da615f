/** What to say about a failed request, in the reader's language. */
import type { ApiProblem } from '~/api/problem'
import { useI18n } from '~/i18n'
import { byCode } from '~/i18n/by-code'

interface ProblemText {
  title: string
  /** What the title does not say yet; null when there is nothing of that kind. */
  detail: string | null
}

/** What is left of a sentence when case, punctuation and spaces do not count. */
const gist = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Whether `detail` tells a reader of `title` anything new. */
const saysMore = (title: string, detail: string): boolean =>
  gist(detail) !== '' && gist(detail) !== gist(title)

export function useProblemText(): (problem: ApiProblem) => ProblemText {
  const { messages: t, format, locale } = useI18n()
  return (problem) => {
    const known = byCode(t.codes.problem, problem.code)
    const title = known?.title ?? problem.title
    const wait =
      problem.retryAfter === null
        ? ''
        : t.codes.retryAfter({ wait: format.duration(problem.retryAfter) })
    const ours = known?.detail ?? ''
    // The server's own sentence is more precise than ours, but it is English.
    const details = locale === 'en' ? [problem.detail, ours] : [ours, problem.detail]
    return { title, detail: [wait, ...details].find((text) => saysMore(title, text)) ?? null }
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
