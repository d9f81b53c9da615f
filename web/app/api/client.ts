/**
 * The one way to the HTTP API: a client typed by the generated description.
 *
 * `call(api.GET('/api/machines'))` resolves to the body or throws an `ApiProblem`; nothing else is ever thrown.
 * Queries and mutations of the resources stand beside this file, one per resource.
 */
import createClient from 'openapi-fetch'

import type { Paths } from './guest-types'
import { asProblem, problemOf } from './problem'

export const api = createClient<Paths>({
  baseUrl: globalThis.location.origin,
  // Looked up at call time, so that a test's or mock's replacement is used.
  fetch: (request) => globalThis.fetch(request),
})

interface Answer<Body> {
  data?: Body
  error?: unknown
  response: Response
}

/**
 * Unwraps an answer.
 *
 * @throws ApiProblem for every failure, including no answer at all.
 */
export async function call<Body>(pending: Promise<Answer<Body>>): Promise<Body> {
  let answer: Answer<Body>
  try {
    answer = await pending
  } catch (thrown) {
    throw asProblem(thrown)
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response)
  return answer.data as Body
}
