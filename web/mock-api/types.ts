/**
 * The shape of the mock API, derived from the generated description: an operation that is missing here, or answers with
 * another body, does not compile.
 */
import type { paths } from '~/api/__generated__/openapi'

type Method = 'get' | 'post' | 'patch' | 'put' | 'delete'

/** What only agents, sockets, forms without a script, browsers on their way and monitoring call. */
type NotForTheConsole =
  | `${string} /api/${'agent/' | 'relay' | 'events'}${string}`
  | `POST /api/join/${'download' | 'redeem'}`
  | 'GET /api/oidc/callback'
  | 'GET /api/identity-providers/{id}/start'
  | `GET /${'health' | 'metrics'}${string}`

type Described = {
  [Path in keyof paths]: {
    [M in Method]: paths[Path][M] extends { responses: unknown } ? `${Uppercase<M>} ${Path}` : never
  }[Method]
}[keyof paths]

/** "GET /api/machines" and all its siblings that the console may call. */
export type Operation = Exclude<Described, NotForTheConsole>

type OperationOf<Name> = Name extends `${infer M} ${infer Path}`
  ? Path extends keyof paths
    ? Lowercase<M> extends keyof paths[Path]
      ? paths[Path][Lowercase<M>]
      : never
    : never
  : never

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } }
  ? Body
  : null

type Success<Op> = Op extends { responses: infer Responses }
  ? JsonOf<Responses[keyof Responses & (200 | 201 | 202 | 204)]>
  : never

type BodyOf<Op> = Op extends { requestBody: { content: { 'application/json': infer Body } } }
  ? Body
  : undefined

export interface Asked<Body> {
  /** The `{id}` of the path, empty where there is none. */
  id: string
  /** Everything in braces in the path. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  headers: Headers
  body: Body
}

export type Handler<Name extends Operation> = (
  asked: Asked<BodyOf<OperationOf<Name>>>,
) => Success<OperationOf<Name>>

/** Handlers for some of the operations. */
export type Handlers<Name extends Operation> = { [N in Name]: Handler<N> }
