/**
 * When to come back, when to stop, and what is waited for: the rules of an interrupted session. Pure; time and chance are
 * arguments.
 *
 * INVARIANT: what is over stays over. A session is brought back by its own resume, never by a new one in its place, but
 * for the one case of `startsAnew`.
 */
import type { EndReason, Session } from '~/api/types'
import type { PipeEnd } from '~/wire/pipe'
import type { RelayCloseCode } from '~/wire/relay'

/** How long an interrupted session is tried again: as long as server and agent keep it. */
export const GIVE_UP_MS = 600_000

/** The same for a session that never had a picture: somebody stands before it and waits. */
export const FIRST_GIVE_UP_MS = 30_000

/** Waits between attempts are in this range, by chance, so that a restarted server does not meet every viewer at once. */
const WAIT_MS = { from: 250, to: 1000 }

/** Longest wait before the first attempt: most losses are over at once. */
const FIRST_WAIT_MS = 150

/** How long the server's answer about a session is waited for: for a resume it waits 5 s itself for the machine's link. */
export const RESUME_MS = 7000

/** How long a new connection may take until both ends understand each other. */
const SOCKET_MS = 2500

/** The most that becomes of it: where round trips take a second, a short limit would never let anybody in. */
const SOCKET_MAX_MS = 10_000

/** Attempts since a picture was last there. */
export class Attempts {
  #count = 0
  #since: number | null = null

  /** Which attempt runs or comes next, from 1. */
  get count(): number {
    return this.#count
  }

  /** How long the present attempt may take to connect, milliseconds. Doubles with each that hung. */
  get socketLimit(): number {
    return Math.min(SOCKET_MS * 2 ** Math.max(0, this.#count - 1), SOCKET_MAX_MS)
  }

  /**
   * The wait before the next attempt, milliseconds; `null` when it is time to give up.
   *
   * `random` is in 0..1.
   */
  next(now: number, random: number, giveUp: number): number | null {
    this.#since ??= now
    const wait =
      this.#count === 0
        ? random * FIRST_WAIT_MS
        : WAIT_MS.from + random * (WAIT_MS.to - WAIT_MS.from)
    if (now + wait - this.#since > giveUp) return null
    this.#count += 1
    return wait
  }

  /** The picture is there, or a person asked for a new start. */
  reset(): void {
    this.#count = 0
    this.#since = null
  }
}

/** Where a connection failed, by who noticed. */
export type Failure =
  | { source: 'api'; code: string; status: number }
  | { source: 'relay'; code: RelayCloseCode; reason: string }
  | { source: 'pipe'; end: PipeEnd }
  /** An attempt hung. */
  | { source: 'viewer'; code: 'decoder_failed' | 'attempt_hung' }

/** Answers of the API that mean "not just now". */
const PASSING_PROBLEMS: ReadonlySet<string> = new Set([
  'machine_offline',
  // Coming back into a session that does not run yet.
  'conflict',
  'network',
  'unreadable_answer',
  'too_many_attempts',
])

/** A new attempt would only repeat these. */
const FINAL_RELAY: ReadonlySet<RelayCloseCode> = new Set([
  'malformed',
  'origin_refused',
  'superseded',
  'too_big',
  'too_fast',
])

const FINAL_PIPE: ReadonlySet<PipeEnd['code']> = new Set([
  'version_not_supported',
  'protocol_violation',
])

/** Whether a failure is worth another attempt to bring the session back. */
export function isPassing(failure: Failure): boolean {
  switch (failure.source) {
    case 'api':
      return PASSING_PROBLEMS.has(failure.code) || failure.status >= 500
    case 'relay':
      return !FINAL_RELAY.has(failure.code)
    case 'pipe':
      return !FINAL_PIPE.has(failure.end.code)
    case 'viewer':
      return failure.code === 'attempt_hung'
  }
}

/** Whether the other end may have ended the session on purpose: the server knows. */
export function mayBeOver(failure: Failure): boolean {
  if (failure.source === 'relay')
    return failure.code === 'session_ended' || failure.code === 'session_gone'
  return failure.source === 'pipe' && failure.end.by === 'agent'
}

/** The reason under which the other end says that the session is over, before the server knows; null when it does not. */
export function saidOver(failure: Failure): EndReason | null {
  if (failure.source === 'relay' && failure.reason !== '') return failure.reason
  return failure.source === 'pipe' && failure.end.code === 'end_user' ? 'end_user_ended' : null
}

/** Who or what has to come back before the session does. */
export type WaitsFor = 'network' | 'server' | 'machine'

/** What is waited for after a failure; `online` is what the browser believes of its network. */
export function waitsFor(failure: Failure, online: boolean): WaitsFor {
  if (!online) return 'network'
  switch (failure.source) {
    case 'api':
      return failure.code === 'machine_offline' ? 'machine' : 'server'
    case 'relay':
      return failure.code === 'network_lost' || failure.code === 'server_going_away'
        ? 'server'
        : 'machine'
    case 'pipe':
      return 'machine'
    case 'viewer':
      return 'server'
  }
}

/**
 * Whether a session that ended is followed by a new one by itself: only when the agent came back without it and nobody at
 * the machine would be asked again.
 */
export const startsAnew = (reason: string, session: Pick<Session, 'consent'>): boolean =>
  reason === ('agent_restarted' satisfies EndReason) && session.consent === null

/** The code under which the page has a sentence for a failure. */
export function failureCode(failure: Failure): string {
  switch (failure.source) {
    case 'api':
    case 'viewer':
      return failure.code
    case 'relay':
      return failure.code === 'session_ended' && failure.reason !== ''
        ? failure.reason
        : failure.code
    case 'pipe':
      if (failure.end.code === 'not_sealed') return 'handshake_failed'
      return failure.end.by === 'nobody' ? 'silent' : `pipe_${failure.end.code}`
  }
}
