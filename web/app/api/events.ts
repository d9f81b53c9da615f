/**
 * Live data: one event stream that says what to read again. Nothing polls but the figures of `metrics.ts`, which come by themselves.
 *
 *     connecting ──hello──▶ live ──error──▶ lost ──retry──▶ lost ──hello──▶ live
 *
 * On every `hello` and on `resync` everything is read again, because notices may have been missed.
 * Topics and query keys are the same words: `machine:ID` stands for the queries under `['machine', ID]`.
 */
import type { Query, QueryClient } from '@tanstack/react-query'

import { notices } from './notices'

export type LiveState = 'connecting' | 'live' | 'lost'

/** A restart of the server is over in about a second, so the first tries come fast. */
const RETRY_MS = [250, 500, 1000, 2000, 4000]
/** Notices that arrive together cause one round of reads. */
const GATHER_MS = 50

/** The query key prefix for a topic of the event stream. */
export const keyOfTopic = (topic: string): string[] => topic.split(':')

/** Last part of the keys of what machines allow, which stands under the machine and depends on the access rules too. */
export const MACHINE_ACCESS = 'access'

const isMachineAccess = ({ queryKey }: Pick<Query, 'queryKey'>): boolean =>
  queryKey[0] === 'machine' && queryKey[2] === MACHINE_ACCESS

/**
 * Queries that show what another topic is about as well: who waits may be in a session, people have roles in organizations,
 * machines say what one may do with them, and what people may do on one depends on the access rules.
 */
const alsoShownBy: Partial<Record<string, string[][]>> = {
  'access-rules': [['accounts', 'effective']],
  // What was approved counts like a role, and what one may do oneself comes with `me`.
  'access-requests': [['accounts', 'effective']],
  me: [['accounts', 'effective'], ['machines'], ['machine']],
  sessions: [['support-queue']],
  // Machines are searched by the names of sites and organizations.
  organizations: [['me'], ['accounts'], ['teams'], ['machines', 'found']],
  // Service accounts are shown with how many tokens they have.
  'api-tokens': [['accounts', 'service']],
  roles: [['me'], ['accounts'], ['access-rules'], ['teams'], ['machines'], ['machine']],
  // People are shown with the teams by which they have something.
  teams: [['accounts']],
}

function topicsOf(data: string): string[] {
  try {
    const notice: unknown = JSON.parse(data)
    if (typeof notice !== 'object' || notice === null || !('topics' in notice)) return []
    const { topics } = notice
    return Array.isArray(topics) ? topics.filter((topic) => typeof topic === 'string') : []
  } catch {
    return []
  }
}

/** The one connection to the event stream. Start it while signed in; an external store of its own state. */
export class LiveUpdates {
  readonly #queryClient: QueryClient
  readonly #listeners = new Set<() => void>()
  #state: LiveState = 'connecting'
  #source: EventSource | null = null
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #gathering: ReturnType<typeof setTimeout> | undefined
  #topics = new Set<string>()

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getSnapshot = (): LiveState => this.#state

  start(): void {
    this.#open()
  }

  stop(): void {
    this.#close()
    clearTimeout(this.#gathering)
    this.#topics.clear()
    this.#failures = 0
    this.#become('connecting')
  }

  #open(): void {
    this.#close()
    const source = new EventSource('/api/events')
    this.#source = source
    source.addEventListener('hello', () => {
      this.#failures = 0
      this.#become('live')
      this.#readAgain()
    })
    source.addEventListener('resync', () => this.#readAgain())
    source.addEventListener('invalidate', (event) => this.#gather(topicsOf(String(event.data))))
    source.addEventListener('error', () => this.#lost())
  }

  /** The browser's own retry waits seconds and gives up on an error status, so the stream is reopened here. */
  #lost(): void {
    this.#close()
    this.#become('lost')
    // A stream that is refused because the login has ended shows as a failed read of `me`.
    if (this.#failures === 0) void this.#queryClient.invalidateQueries({ queryKey: ['me'] })
    const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0
    this.#failures += 1
    this.#retry = setTimeout(() => this.#open(), delay * (0.75 + Math.random() / 2))
  }

  #close(): void {
    clearTimeout(this.#retry)
    this.#source?.close()
    this.#source = null
  }

  #readAgain(): void {
    notices.tellAll()
    void this.#queryClient.invalidateQueries()
  }

  #gather(topics: string[]): void {
    for (const topic of topics) this.#topics.add(topic)
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      const gathered = [...this.#topics]
      this.#topics.clear()
      for (const topic of gathered) {
        notices.tell(topic)
        if (topic === 'access-rules')
          void this.#queryClient.invalidateQueries({ predicate: isMachineAccess })
        for (const queryKey of [keyOfTopic(topic), ...(alsoShownBy[topic] ?? [])]) {
          void this.#queryClient.invalidateQueries({ queryKey })
        }
      }
    }, GATHER_MS)
  }

  #become(state: LiveState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
