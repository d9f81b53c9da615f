/**
 * Failures as values: everything that can go wrong with a request becomes an `ApiProblem`.
 *
 * `code` is stable and is what the console translates; `detail` is the server's English sentence, shown when a
 * code has no translation. `requestId` is null only when no server answered.
 */
import type { FieldError, Problem, Session } from './types'

/**
 * Codes the console itself gives: when there is no problem+json to read, when the browser gives no passkey, and when a role asks
 * why a session is opened and nobody says.
 */
export type LocalCode =
  | 'network'
  | 'unreadable_answer'
  | 'passkey_not_given'
  | 'passkey_there_already'
  | 'passkey_not_possible'
  | 'reason_required'

export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly requestId: string | null
  readonly fields: readonly FieldError[]
  /** Seconds the server asked to wait, from Retry-After. */
  readonly retryAfter: number | null
  /** With `session_over`: how the session ended. */
  readonly end: Session['end']

  constructor(problem: ProblemFacts, extra: ProblemExtra = {}) {
    super(problem.detail || problem.title)
    this.name = 'ApiProblem'
    this.status = problem.status
    this.code = problem.code
    this.title = problem.title
    this.detail = problem.detail
    this.requestId = extra.requestId ?? null
    this.fields = extra.fields ?? []
    this.retryAfter = extra.retryAfter ?? null
    this.end = extra.end ?? null
  }

  /** The error of one form field, if the server named it. */
  field(name: string): FieldError | undefined {
    return this.fields.find((error) => error.field === name)
  }

  /**
   * The same with only the fields of one part of the body, by their names in it: inside of `/mappings/2` the field at
   * `/mappings/2/place/site_id` is `place.site_id`. An item of a list goes by the name of the list.
   */
  inside(pointer: string): ApiProblem {
    const fields = this.fields.flatMap((error) => {
      if (!error.pointer?.startsWith(`${pointer}/`)) return []
      const steps = error.pointer.slice(pointer.length + 1).split('/')
      return [{ ...error, field: steps.filter((step) => !/^\d+$/.test(step)).join('.') }]
    })
    const { requestId, retryAfter, end } = this
    return new ApiProblem(this, { requestId, retryAfter, end, fields })
  }
}

interface ProblemFacts {
  status: number
  /** A `ProblemCode`, a `LocalCode`, or what a newer server sends. */
  code: string
  title: string
  detail: string
}

interface ProblemExtra {
  requestId?: string | null
  fields?: readonly FieldError[]
  retryAfter?: number | null
  end?: Session['end']
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    'title' in value &&
    typeof value.title === 'string'
  )
}

/** Makes a problem of an answer that was not a success. */
export function problemOf(body: unknown, response: Response): ApiProblem {
  const headerId = response.headers.get('X-Request-Id')
  const seconds = Number(response.headers.get('Retry-After'))
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null
  if (!isProblem(body)) {
    const title = `HTTP ${response.status}`
    return new ApiProblem(
      { status: response.status, code: 'unreadable_answer', title, detail: '' },
      { requestId: headerId, retryAfter },
    )
  }
  return new ApiProblem(
    { status: response.status, code: body.code, title: body.title, detail: body.detail },
    {
      requestId: body.request_id || headerId,
      fields: body.errors ?? [],
      retryAfter,
      end: body.end ?? null,
    },
  )
}

/** Makes a problem of anything thrown on the way, so that callers handle one type. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return new ApiProblem({ status: 0, code: 'network', title: 'The server did not answer', detail })
}

/** What the browser says about a passkey, as a problem like any other. */
export const localProblem = (code: LocalCode, detail: string): ApiProblem =>
  new ApiProblem({ status: 0, code, title: detail, detail })

/** Whether the request failed because nobody is signed in (any more). */
/** The sign-in rules ask for a second factor that the account lacks. */
export const lacksFactor = (thrown: unknown): boolean =>
  thrown instanceof ApiProblem && thrown.code === 'second_factor_required'

export const isSignedOut = (thrown: unknown): boolean =>
  thrown instanceof ApiProblem && thrown.status === 401 && thrown.code === 'not_signed_in'

export const REASON_REQUIRED = 'reason_required' satisfies LocalCode

/** That nothing goes on without a reason, in place of the wrong field of a form that nobody sees. */
export const reasonRequired = ({ status, title, detail, requestId }: ApiProblem): ApiProblem =>
  new ApiProblem({ status, code: REASON_REQUIRED, title, detail }, { requestId })
