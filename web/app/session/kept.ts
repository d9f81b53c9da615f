/**
 * Which session this tab held with a machine, so that a reload of the page goes on with it. A browser copies a tab's
 * storage when the tab is duplicated; a lock per session tells the copy that the session is in use, and it opens its own.
 */

const PLACE = 'farol.sessions'

/** How long a lock is waited for: the page that held it before a reload lets go within a moment. */
const LOCK_WAIT_MS = 1500

type Kept = Record<string, string>

export class KeptSessions {
  readonly #place: string
  /** Lets go of the lock of a session. */
  readonly #held = new Map<string, () => void>()

  /** `place` is where in the tab's storage; a guest's session is none of the console's. */
  constructor(place = PLACE) {
    this.#place = place
  }

  keep(machineId: string, sessionId: string): void {
    const kept = this.#read()
    if (kept[machineId] === sessionId && this.#held.has(sessionId)) return
    this.#write({ ...kept, [machineId]: sessionId })
    void this.#lock(sessionId)
  }

  forget(machineId: string, sessionId: string): void {
    const { [machineId]: known, ...rest } = this.#read()
    if (known === sessionId) this.#write(rest)
    this.#held.get(sessionId)?.()
    this.#held.delete(sessionId)
  }

  /** The session with a machine that this tab held before it was loaded anew; `null` when there is none to go on with. */
  async take(machineId: string): Promise<string | null> {
    const sessionId = this.#read()[machineId]
    if (sessionId === undefined) return null
    return (await this.#lock(sessionId)) ? sessionId : null
  }

  /** Whether there may be one; quick, for deciding what to show first. */
  has(machineId: string): boolean {
    return this.#read()[machineId] !== undefined
  }

  /** Whether the session is ours. A browser without locks has to do without. */
  #lock(sessionId: string): Promise<boolean> {
    const locks = (navigator as { locks?: LockManager }).locks
    if (locks === undefined || this.#held.has(sessionId)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(LOCK_WAIT_MS)
      locks
        .request(`farol-session-${sessionId}`, { signal }, () => {
          resolve(true)
          return new Promise<void>((release) => this.#held.set(sessionId, release))
        })
        .catch(() => resolve(false))
    })
  }

  #read(): Kept {
    try {
      const stored: unknown = JSON.parse(sessionStorage.getItem(this.#place) ?? '{}')
      if (typeof stored !== 'object' || stored === null) return {}
      return Object.fromEntries(
        Object.entries(stored).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      )
    } catch {
      return {}
    }
  }

  #write(kept: Kept): void {
    try {
      sessionStorage.setItem(this.#place, JSON.stringify(kept))
    } catch {
      // Without storage a reload starts a new session.
    }
  }
}
