/** Failures of the mock API, answered as problem+json like the server's. */
import type { FieldError, Session } from '~/api/types'

/** A wrong field of the body, or a wrong parameter; dots lead into objects, unless it says where it stands. */
export type WrongField = Pick<
  FieldError,
  'field' | 'code' | 'detail' | 'pointer' | 'parameter' | 'mark'
>

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
    extra: { fields?: WrongField[]; retryAfter?: number; end?: Session['end'] } = {},
  ) {
    super(detail)
    this.status = status
    this.code = code
    this.fields = (extra.fields ?? []).map((wrong) => {
      if (wrong.parameter) return { ...wrong, in: 'query' }
      return { pointer: `/${wrong.field.replaceAll('.', '/')}`, ...wrong, in: 'body' }
    })
    this.retryAfter = extra.retryAfter
    this.end = extra.end ?? null
  }
}

export const notFound = (what: string) =>
  new MockProblem(404, 'not_found', `There is no such ${what}.`)
