/** What `docs/openapi.json` says there is, as far as a request and the head of its answer can be compared with it. */
import { readFileSync } from 'node:fs'

import type { Response } from '@playwright/test'

interface Parameter {
  name: string
  in: string
}
interface Operation {
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, unknown> }
  responses: Record<string, { content?: Record<string, unknown> }>
}
type Paths = Record<string, Record<string, Operation>>

/** Issuers send browsers there and add what they like; whoever is asked leaves aside what they do not know (RFC 6749, 4.1.2). */
const BY_ISSUERS = '/api/oidc/callback'

/** The kind of content without its parameters. */
const kindOf = (header: string | undefined) => header?.split(';')[0]?.trim() ?? ''

interface Route {
  path: RegExp
  operations: Record<string, Operation>
  /** How many of its segments are given; of two that fit, the one with more counts. */
  given: number
}

export class Description {
  readonly #routes: readonly Route[]

  private constructor(routes: readonly Route[]) {
    this.#routes = routes
  }

  static read(): Description {
    const text = readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8')
    const { paths } = JSON.parse(text) as { paths: Paths }
    const routes = Object.entries(paths).map(([path, operations]) => {
      const segments = path.split('/')
      const pattern = segments.map((one) =>
        one.startsWith('{') ? '[^/]+' : one.replaceAll('.', '\\.'),
      )
      return {
        path: new RegExp(`^${pattern.join('/')}$`),
        operations,
        given: segments.filter((one) => !one.startsWith('{')).length,
      }
    })
    return new Description(routes.sort((a, b) => b.given - a.given))
  }

  /** What is not described about this, as a sentence; null when all is. */
  objection(response: Response): string | null {
    const request = response.request()
    const url = new URL(response.url())
    if (!url.pathname.startsWith('/api/')) return null
    const what = `${request.method()} ${url.pathname}`
    const route = this.#routes.find(({ path }) => path.test(url.pathname))
    const operation = route?.operations[request.method().toLowerCase()]
    if (!operation) return `${what} is not there`
    const known = new Set(
      operation.parameters?.filter((one) => one.in === 'query').map((one) => one.name),
    )
    const stranger = [...url.searchParams.keys()].find((name) => !known.has(name))
    if (stranger && url.pathname !== BY_ISSUERS) return `${what} has no parameter “${stranger}”`
    const sent = kindOf(request.headers()['content-type'])
    if (request.postData() !== null && !(sent in (operation.requestBody?.content ?? {})))
      return `${what} takes no ${sent}`
    const answer = operation.responses[response.status()] ?? operation.responses['default']
    if (!answer) return `${what} does not answer with ${response.status()}`
    const got = kindOf(response.headers()['content-type'])
    if (got && answer.content && !(got in answer.content))
      return `${what} does not answer ${response.status()} with ${got}`
    return null
  }
}
