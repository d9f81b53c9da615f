/** Stands in for the browser's EventSource: a service worker cannot answer event streams. */
import type { MockDb } from './db'

/** Replaces the global EventSource by one that is fed from `db`. Returns a way to break every open stream. */
export function installMockEvents(db: MockDb): { breakStreams: () => void } {
  const open = new Set<MockEventSource>()

  class MockEventSource extends EventTarget {
    readonly #unsubscribe: () => void

    constructor() {
      super()
      open.add(this)
      this.#unsubscribe = db.onPublish((topics) =>
        this.dispatchEvent(new MessageEvent('invalidate', { data: JSON.stringify({ topics }) })),
      )
      const works = db.scenario !== 'offline' && db.signedIn
      queueMicrotask(() => {
        if (open.has(this))
          this.dispatchEvent(works ? new MessageEvent('hello') : new Event('error'))
      })
    }

    close() {
      open.delete(this)
      this.#unsubscribe()
    }
  }

  globalThis.EventSource = MockEventSource as unknown as typeof EventSource
  return {
    breakStreams: () => {
      for (const source of [...open]) source.dispatchEvent(new Event('error'))
    },
  }
}
