/**
 * Why a session is opened, for roles that ask for it: whatever opens one waits here until a dialog has let the person say it.
 * Several are asked about one after the other. Where no dialog is there to ask, nothing is said.
 */
import type { ApiProblem } from './problem'

/** What waits for a reason. */
export interface ReasonAsked {
  readonly machineName: string
  /** What the server said to what was said before; null when nothing was. */
  readonly problem: ApiProblem | null
}

interface Waiting {
  readonly asked: ReasonAsked
  readonly answer: (reason: string | null) => void
}

class SessionReason {
  readonly #listeners = new Set<() => void>()
  #waiting: readonly Waiting[] = []

  /** Resolves to what the person says; to null when they give up. */
  ask(asked: ReasonAsked): Promise<string | null> {
    if (this.#listeners.size === 0) return Promise.resolve(null)
    return new Promise((answer) => {
      this.#waiting = [...this.#waiting, { asked, answer }]
      this.#tell()
    })
  }

  /** Answers the first that waits. */
  settle(reason: string | null): void {
    const [first, ...others] = this.#waiting
    if (first === undefined) return
    this.#waiting = others
    this.#tell()
    first.answer(reason)
  }

  /** Nobody is left to ask. */
  giveUp(): void {
    while (this.#waiting.length > 0) this.settle(null)
  }

  /** Whoever listens asks the person. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The first that waits. */
  readonly getSnapshot = (): ReasonAsked | null => this.#waiting[0]?.asked ?? null

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Of this tab. */
export const sessionReason = new SessionReason()
