/**
 * The sessions of this browser tab, above the router: at most one per machine. Start here; one session is
 * `remote-session.ts`, its connection `engine.ts` in a worker.
 */
import type { SessionRights } from '~/api/types'
import type { ActiveSession, ActiveSessions } from '~/session-slot'
import { RemoteSession } from './remote-session'
import { sessionServer } from './server'

export { RemoteSession }
export type { Statistics } from './statistics'
export type { SessionEnding, SessionView } from './view'

class Sessions implements ActiveSessions {
  #sessions = new Map<string, RemoteSession>()
  #listeners = new Set<() => void>()
  #snapshot: readonly ActiveSession[] = []

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getSnapshot = (): readonly ActiveSession[] => this.#snapshot

  /** The session with a machine, if this tab holds one. */
  get(machineId: string): RemoteSession | undefined {
    return this.#sessions.get(machineId)
  }

  /** The session with a machine, started if there is none. Other rights than before are a new session. */
  open(machine: { id: string; name: string }, rights: SessionRights): RemoteSession {
    const known = this.#sessions.get(machine.id)
    if (known?.getView().rights === rights) return known
    if (known !== undefined) this.close(machine.id)
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'session',
    })
    const session = new RemoteSession(machine, rights, { server: sessionServer, worker })
    this.#sessions.set(machine.id, session)
    session.subscribe(this.#changed)
    this.#changed()
    return session
  }

  readonly close = (machineId: string): void => {
    const session = this.#sessions.get(machineId)
    if (session === undefined) return
    this.#sessions.delete(machineId)
    session.dispose()
    this.#changed()
  }

  readonly closeAll = (): void => {
    for (const machineId of [...this.#sessions.keys()]) this.close(machineId)
  }

  readonly #changed = () => {
    const next = [...this.#sessions.values()].map((session) => summary(session))
    const same =
      next.length === this.#snapshot.length &&
      next.every((entry, index) => isSame(entry, this.#snapshot[index]))
    if (same) return
    this.#snapshot = next
    for (const listener of this.#listeners) listener()
  }
}

function summary(session: RemoteSession): ActiveSession {
  const { machineId, machineName, session: record, rights, phase } = session.getView()
  return { machineId, machineName, sessionId: record?.id ?? null, rights, phase }
}

function isSame(a: ActiveSession, b: ActiveSession | undefined): boolean {
  return (
    b !== undefined &&
    a.machineId === b.machineId &&
    a.machineName === b.machineName &&
    a.sessionId === b.sessionId &&
    a.rights === b.rights &&
    a.phase === b.phase
  )
}

/** The one list of this tab. */
export const activeSessions = new Sessions()
