/**
 * The one way to the HTTP API: a client typed by the generated description.
 *
 * `call(api.GET('/api/machines'))` resolves to the body or throws an `ApiProblem`; nothing else is ever thrown.
 * Queries and mutations of the resources stand beside this file, one per resource.
 */
import createClient from 'openapi-fetch'

import type { paths } from './__generated__/openapi'
import { asProblem, problemOf } from './problem'
import { asksForProof, stepUp } from './step-up'

/** Sends a request; a change for which the login has to prove itself first is sent again once it has (see `step-up.ts`). */
async function send(request: Request): Promise<Response> {
  // Looked up at call time, so that a test's or mock's replacement is used.
  if (request.method === 'GET') return globalThis.fetch(request)
  const again = request.clone()
  const response = await globalThis.fetch(request)
  if (!(await asksForProof(response))) return response
  return (await stepUp.ask()) ? globalThis.fetch(again) : response
}

// Lists are also to be had as lines for programs; the console reads objects.
export const api = createClient<paths, 'application/json'>({
  baseUrl: globalThis.location.origin,
  fetch: send,
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
