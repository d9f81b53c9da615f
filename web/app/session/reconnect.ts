/**
 * When to try again and when to stop: the rules of coming back after a loss. Pure; time and chance are arguments.
 *
 * INVARIANT: what a person ended stays ended.
 */
import type { EndReason } from '~/api/types'
import type { PipeEnd } from '~/wire/pipe'
import type { RelayCloseCode } from '~/wire/relay'

/** How long a lost session is tried again before the technician is asked. A server or a machine that restarts is back by then. */
export const GIVE_UP_MS = 120_000

/** Waits between attempts; the last one repeats. The first is short: most losses are over at once. */
const WAITS_MS = [100, 300, 500, 700, 1000, 1500] as const

/** Share of a wait that chance adds or takes, so that a restarted server does not meet every viewer at the same instant. */
const JITTER = 0.25

/** Attempts since a picture was last there. */
export class Attempts {
  #count = 0
  #since: number | null = null

  /** Which attempt runs or comes next, from 1. */
  get count(): number {
    return this.#count
  }

  /**
   * The wait before the next attempt, milliseconds; `null` when it is time to give up.
   *
   * `random` is in 0..1.
   */
  next(now: number, random: number): number | null {
    this.#since ??= now
    const wait = WAITS_MS[Math.min(this.#count, WAITS_MS.length - 1)] ?? 0
    const jittered = wait * (1 + JITTER * (random * 2 - 1))
    if (now + jittered - this.#since > GIVE_UP_MS) return null
    this.#count += 1
    return jittered
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
  | { source: 'server'; reason: EndReason }
  | { source: 'viewer'; code: 'decoder_failed' }

/** Ends that somebody wanted, or that a new attempt would only repeat. */
const FINAL_REASONS: ReadonlySet<string> = new Set<EndReason>([
  'technician_ended',
  'end_user_ended',
  'login_ended',
  'machine_removed',
  'machine_blocked',
  'machine_changed',
  'agent_refused',
  'protocol_violation',
  'relay_not_trusted',
])

/** Answers of the API that mean "not just now" while a session is being brought back. */
const PASSING_PROBLEMS: ReadonlySet<string> = new Set([
  'machine_offline',
  'too_many_sessions',
  'network',
  'unreadable_answer',
])

const FINAL_RELAY: ReadonlySet<RelayCloseCode> = new Set([
  'malformed',
  'origin_refused',
  'already_connected',
  'too_big',
  'too_fast',
])

const FINAL_PIPE: ReadonlySet<PipeEnd['code']> = new Set([
  'version_not_supported',
  'protocol_violation',
])

/**
 * Whether a failure is worth another attempt.
 *
 * `returning` says that a picture was there before: a machine that is offline at the first click is an answer, one that
 * went away is a reason to wait.
 */
export function isPassing(failure: Failure, returning: boolean): boolean {
  switch (failure.source) {
    case 'api':
      return returning && (PASSING_PROBLEMS.has(failure.code) || failure.status >= 500)
    case 'relay':
      if (failure.code === 'session_ended') return !FINAL_REASONS.has(failure.reason)
      return !FINAL_RELAY.has(failure.code)
    case 'pipe':
      return !FINAL_PIPE.has(failure.end.code)
    case 'server':
      return !FINAL_REASONS.has(failure.reason)
    case 'viewer':
      return false
  }
}

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
      return failure.end.by === 'nobody' ? 'silent' : `pipe_${failure.end.code}`
    case 'server':
      return failure.reason
  }
}
