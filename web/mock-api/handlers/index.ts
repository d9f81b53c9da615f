/** All handlers together, and their way into MSW. A missing operation fails the type check here. */
import { delay, http, HttpResponse, type HttpHandler } from 'msw'

import type { MockDb } from '../db'
import { MockProblem } from '../problem'
import type { Asked, Handlers, Operation } from '../types'
import { accessHandlers } from './access'
import { accessRequestHandlers } from './access-requests'
import { accountHandlers } from './account'
import { apiTokenHandlers } from './api-tokens'
import { auditHandlers } from './audit'
import { enrollmentHandlers } from './enrollment'
import { factorHandlers } from './factors'
import { guestHandlers } from './guests'
import { identityProviderHandlers } from './identity-providers'
import { inventoryHandlers } from './inventory'
import { jobHandlers } from './jobs'
import { machineRouteHandlers } from './machine-routes'
import { machineHandlers } from './machines'
import { mailHandlers } from './mail'
import { metricsHandlers } from './metrics'
import { peopleHandlers } from './people'
import { organizationHandlers } from './organizations'
import { recognitionHandlers } from './recognition'
import { roleHandlers } from './roles'
import { sessionHandlers } from './sessions'
import { signInRulesHandlers } from './sign-in-rules'
import { supportHandlers } from './support'
import { teamHandlers } from './teams'
import { webhookHandlers } from './webhooks'

const open = new Set<Operation>([
  'GET /api/version',
  'GET /api/sign-in-methods',
  'POST /api/setup',
  'POST /api/password-strength',
  'POST /api/logins',
  'POST /api/logins/link',
  'POST /api/logins/second-factor',
  'POST /api/logins/passkey/start',
  'POST /api/logins/passkey',
  'POST /api/account-invitations/look',
  'POST /api/account-invitations/accept',
  'POST /api/machine-logins',
  'GET /api/machine-logins/current',
  'DELETE /api/machine-logins/current',
  'POST /api/join/look',
  'POST /api/guest/look',
  'POST /api/guest/sessions',
  'GET /api/guest/session',
  'POST /api/guest/session/resume',
  'DELETE /api/guest/session',
])

const allHandlers = (db: MockDb): Handlers<Operation> => ({
  ...accessHandlers(db),
  ...accessRequestHandlers(db),
  ...accountHandlers(db),
  ...apiTokenHandlers(db),
  ...auditHandlers(db),
  ...enrollmentHandlers(db),
  ...factorHandlers(db),
  ...guestHandlers(db),
  ...identityProviderHandlers(db),
  ...inventoryHandlers(db),
  ...jobHandlers(db),
  // Before the machines, or "metrics" would be the name of one.
  ...metricsHandlers(db),
  ...machineHandlers(db),
  ...mailHandlers(db),
  ...peopleHandlers(db),
  ...recognitionHandlers(db),
  ...machineRouteHandlers(db),
  ...organizationHandlers(db),
  ...roleHandlers(db),
  ...sessionHandlers(db),
  ...signInRulesHandlers(db),
  ...supportHandlers(db),
  ...teamHandlers(db),
  ...webhookHandlers(db),
})

type AnyHandler = (asked: Asked<unknown>) => unknown

let requests = 0

function problemResponse(problem: MockProblem, requestId: string) {
  const { status, code, message: detail, fields, retryAfter, end } = problem
  return HttpResponse.json(
    {
      type: `/api/docs#${code}`,
      title: code,
      status,
      code,
      detail,
      request_id: requestId,
      errors: fields,
      end,
    },
    {
      status,
      headers: {
        'Content-Type': 'application/problem+json',
        'X-Request-Id': requestId,
        ...(retryAfter ? { 'Retry-After': String(retryAfter) } : {}),
      },
    },
  )
}

type Params = Readonly<Record<string, string>>

async function answer(
  handler: AnyHandler,
  request: Request,
  params: Params,
  mayAnswer: () => void,
) {
  requests += 1
  const requestId = `01JDMOCK${String(requests).padStart(6, '0')}`
  const text = await request.text()
  try {
    mayAnswer()
    const body = handler({
      id: params['id'] ?? '',
      params,
      query: new URL(request.url).searchParams,
      headers: request.headers,
      body: text ? (JSON.parse(text) as unknown) : undefined,
    })
    const headers = { 'X-Request-Id': requestId }
    if (body === null) return new HttpResponse(null, { status: 204, headers })
    return HttpResponse.json(structuredClone(body) as object, {
      status: request.method === 'POST' ? 201 : 200,
      headers,
    })
  } catch (thrown) {
    if (thrown instanceof MockProblem) return problemResponse(thrown, requestId)
    throw thrown
  }
}

/** What is left to a login without the second factor that is asked for. */
const left = new Set<Operation>([
  'GET /api/me',
  'PATCH /api/me',
  'GET /api/me/factors',
  'POST /api/me/totp',
  'POST /api/me/totp/confirm',
  'POST /api/me/passkeys/start',
  'POST /api/me/passkeys',
  'POST /api/me/password',
  'POST /api/logins/current/proof/start',
  'POST /api/logins/current/proof',
  'GET /api/logins',
  'DELETE /api/logins',
  'DELETE /api/logins/{id}',
  'DELETE /api/logins/current',
  'GET /api/logins/current/sign-out-url',
])

/** MSW handlers over `db`; `latency` in milliseconds makes loading states visible. */
export function mockHandlers(db: MockDb, latency = 0): HttpHandler[] {
  return Object.entries(allHandlers(db)).map(([name, handler]) => {
    const [method, path] = name.split(' ') as [string, string]
    const register = http[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete']
    const mayAnswer = () => {
      if (!open.has(name as Operation) && !db.signedIn) {
        throw new MockProblem(401, 'not_signed_in', 'Nobody is signed in.')
      }
      const held = db.signedIn && db.me?.second_factor_missing?.overdue
      if (held && !open.has(name as Operation) && !left.has(name as Operation)) {
        throw new MockProblem(403, 'second_factor_required', 'Add a second factor first.')
      }
    }
    return register(`*${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, async ({ request, params }) => {
      if (latency) await delay(latency)
      return answer(handler as AnyHandler, request, params as Params, mayAnswer)
    })
  })
}
