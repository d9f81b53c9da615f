/**
 * The seam between the console's shell and the remote sessions.
 *
 * Session objects live above the router (in `session/`), so moving between pages never ends one. The shell only needs
 * this narrow view of them: which are active, where they live, and how to end them. `session/index.ts` exports
 * `activeSessions`, the one implementation.
 */
import { useSyncExternalStore } from 'react'

import type { Access } from '~/api/types'
import { activeSessions } from '~/session'

/** What the shell shows of a session that this browser tab holds. */
export interface ActiveSession {
  readonly machineId: string
  readonly machineName: string
  /** Null until the server has answered the request for a session. */
  readonly sessionId: string | null
  readonly access: Access
  /** `ended` stays in the list until the technician has seen it and closed the tab. */
  readonly phase: 'connecting' | 'waiting' | 'keyChanged' | 'live' | 'interrupted' | 'ended'
}

/** An external store in React's sense: the snapshot is a new array only when something in it changed. */
export interface ActiveSessions {
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => readonly ActiveSession[]
  /** Ends the session with this machine and removes it from the list. */
  readonly close: (machineId: string) => void
  /** Ends everything: the technician signed out. */
  readonly closeAll: () => void
}

/** The sessions of this tab, in the order in which they were opened. */
export function useActiveSessions(): readonly ActiveSession[] {
  return useSyncExternalStore(activeSessions.subscribe, activeSessions.getSnapshot)
}

export { activeSessions }
