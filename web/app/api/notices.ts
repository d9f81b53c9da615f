/**
 * Notices of the event stream for those that live outside the query cache, such as remote sessions. What a page shows is
 * read through queries instead (`events.ts`).
 */

type Listener = () => void

class Notices {
  readonly #listeners = new Map<string, Set<Listener>>()

  /** Calls `listener` whenever something about `topic` changed, or may have. Returns what stops that. */
  on(topic: string, listener: Listener): () => void {
    const known = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, known.add(listener))
    return () => {
      known.delete(listener)
      if (known.size === 0) this.#listeners.delete(topic)
    }
  }

  tell(topic: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener()
  }

  /** Notices may have been missed. */
  tellAll(): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener()
  }
}

/** Fed by the one event stream of this tab. */
export const notices = new Notices()
