/** Failures of the mock API, answered as problem+json like the server's. */
import type { FieldError, Session } from '~/api/types'

export class MockProblem extends Error {
  readonly status: number
  readonly code: string
  readonly fields: FieldError[]
  readonly retryAfter: number | undefined
  readonly end: Session['end']

  constructor(
    status: number,
    code: string,
    detail: string,
    extra: { fields?: FieldError[]; retryAfter?: number; end?: Session['end'] } = {},
  ) {
    super(detail)
    this.status = status
    this.code = code
    this.fields = extra.fields ?? []
    this.retryAfter = extra.retryAfter
    this.end = extra.end ?? null
  }
}

export const notFound = (what: string) =>
  new MockProblem(404, 'not_found', `There is no such ${what}.`)
