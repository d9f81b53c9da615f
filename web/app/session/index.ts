/**
 * The sessions of this browser tab, above the router: at most one per machine. Start here; one session is
 * `remote-session.ts`, its connection `engine.ts` in a worker.
 */
import type { Access, Machine, Right } from '~/api/types'
import type { ActiveSession, ActiveSessions } from '~/session-slot'
import { KeptSessions } from './kept'
import { MachineKeys } from './pins'
import { RemoteSession } from './remote-session'
import { sessionServer } from './server'

export { RemoteSession }
export type { Statistics } from './statistics'
export * from './company'
export { LINE_MAX } from './together'
export { mayInput } from './view'
export type { KeyChange, MonitorNotice, RightsChange, SessionEnding, SessionView } from './view'

/** What is known of a machine that a session is opened with. */
export type SessionMachine = Pick<Machine, 'id' | 'name'> &
  Partial<Pick<Machine, 'capabilities'>> & {
    /** The rights that the technician's roles allow on it. */
    permitted?: readonly Right[]
  }

class Sessions implements ActiveSessions {
  readonly #keys = new MachineKeys()
  readonly #kept = new KeptSessions()
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

  /**
   * The session with a machine, started if there is none. One that looks only is followed by another when more is chosen;
   * within a session rights are asked for instead.
   */
  open(machine: SessionMachine, access: Access): RemoteSession {
    const known = this.#sessions.get(machine.id)
    if (known?.getView().access === access) return known
    if (known !== undefined) this.close(machine.id)
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'session',
    })
    const { capabilities } = machine
    const parts = {
      server: sessionServer,
      keys: this.#keys,
      kept: this.#kept,
      capabilities,
      worker,
    }
    const session = new RemoteSession(machine, access, parts)
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
  const { machineId, machineName, session: record, access, phase } = session.getView()
  return { machineId, machineName, sessionId: record?.id ?? null, access, phase }
}

function isSame(a: ActiveSession, b: ActiveSession | undefined): boolean {
  return (
    b !== undefined &&
    a.machineId === b.machineId &&
    a.machineName === b.machineName &&
    a.sessionId === b.sessionId &&
    a.access === b.access &&
    a.phase === b.phase
  )
}

/** The one list of this tab. */
export const activeSessions = new Sessions()
