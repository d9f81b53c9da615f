/** What a session asks of the API: a few calls behind an interface, so that its tests need no server. */
import { api, call } from '~/api/client'
import { notices } from '~/api/notices'
import { asProblem, type ApiProblem, REASON_REQUIRED, reasonRequired } from '~/api/problem'
import { sessionReason } from '~/api/session-reason'
import type { Right, Session, StartedSession } from '~/api/types'
import { RESUME_MS } from './reconnect'

/** A session to be opened. */
export interface WantedSession {
  readonly machineId: string
  readonly rights: readonly Right[]
  readonly viewerKey: string
  /** Why; null when nobody asked. */
  readonly reason: string | null
}

export interface SessionServer {
  /** Throws `ApiProblem`. */
  start(wanted: WantedSession): Promise<StartedSession>
  /** Asks the person why a session is opened; null when they do not say. `problem` is about what they said before, if they did. */
  askReason(machineName: string, problem: ApiProblem | null): Promise<string | null>
  /** Rights that no technician of this one's role gets on the machine. Throws `ApiProblem`. */
  neverGiven(machineId: string): Promise<readonly Right[]>
  /** The way back into a session that lost its connection. Throws `ApiProblem`. */
  resume(sessionId: string, viewerKey: string, signal: AbortSignal): Promise<StartedSession>
  /** Asks for all of `rights`; the outcome comes as a change of the session. Throws `ApiProblem`. */
  askRights(sessionId: string, rights: readonly Right[]): Promise<Session>
  end(sessionId: string): Promise<void>
  /** The session as the server has it; null when it does not answer. */
  look(sessionId: string): Promise<Session | null>
  /** Calls `changed` whenever the session did, or may have. Returns what stops that. */
  watch(sessionId: string, changed: () => void): () => void
}

const inPath = (id: string) => ({ params: { path: { id } } })

export const sessionServer: SessionServer = {
  start: ({ machineId, rights, viewerKey: viewer_key, reason }) =>
    call(
      api.POST('/api/machines/{id}/sessions', {
        ...inPath(machineId),
        body: { rights: [...rights], viewer_key, ...(reason === null ? {} : { reason }) },
        signal: AbortSignal.timeout(RESUME_MS),
      }),
    ),
  askReason: (machineName, problem) => sessionReason.ask({ machineName, problem }),
  neverGiven: async (id) => {
    const signal = AbortSignal.timeout(RESUME_MS)
    const access = await call(api.GET('/api/machines/{id}/access', { ...inPath(id), signal }))
    return access.rights.flatMap(({ mode, right }) => (mode === 'never' ? [right] : []))
  },
  resume: (id, viewer_key, signal) =>
    call(api.POST('/api/sessions/{id}/resume', { ...inPath(id), body: { viewer_key }, signal })),
  askRights: async (id, rights) => {
    const body = { rights: [...rights] }
    try {
      return (await call(api.POST('/api/sessions/{id}/rights', { ...inPath(id), body }))).session
    } catch (thrown) {
      const problem = asProblem(thrown)
      // A reason is said when a session is opened, and this one has none.
      throw problem.field('rights')?.code === REASON_REQUIRED ? reasonRequired(problem) : problem
    }
  },
  end: async (id) => {
    await call(api.DELETE('/api/sessions/{id}', inPath(id)))
  },
  look: async (id) => {
    try {
      const signal = AbortSignal.timeout(RESUME_MS)
      return await call(api.GET('/api/sessions/{id}', { ...inPath(id), signal }))
    } catch {
      // The same loss took the API; what the socket said has to do.
      return null
    }
  },
  watch: (id, changed) => notices.on(`session:${id}`, changed),
}
