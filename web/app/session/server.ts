/** What a session asks of the API: three calls behind an interface, so that its tests need no server. */
import { api, call } from '~/api/client'
import type { Session, SessionRights, StartedSession } from '~/api/types'

export interface SessionServer {
  /** Throws `ApiProblem`. */
  start(machineId: string, rights: SessionRights): Promise<StartedSession>
  end(sessionId: string): Promise<void>
  /** Who ended a session and why; null when nobody did yet, or when the server does not answer. */
  ending(sessionId: string): Promise<Session['end']>
}

export const sessionServer: SessionServer = {
  start: (id, rights) =>
    call(api.POST('/api/machines/{id}/sessions', { params: { path: { id } }, body: { rights } })),
  end: async (id) => {
    await call(api.DELETE('/api/sessions/{id}', { params: { path: { id } } }))
  },
  ending: async (id) => {
    try {
      const session = await call(api.GET('/api/sessions/{id}', { params: { path: { id } } }))
      return session.end
    } catch {
      // The same loss took the API; what the socket said has to do.
      return null
    }
  },
}
