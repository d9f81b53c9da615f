/** The agent's clock and the way to it, as the pipe measures them. Not here: how (`crates/protocol/src/pipe/clock.rs`). */
import type { ClockEstimate } from '~/wire/pipe'

/** Newest round trips whose median people see: one that waited behind a picture is not the network's. */
const SHOWN = 5

export class MachineClock {
  #newest: number[] = []
  #estimate: ClockEstimate | null = null

  add(estimate: ClockEstimate): void {
    this.#estimate = estimate
    this.#newest = [...this.#newest, estimate.roundTrip].slice(-SHOWN)
  }

  /** Another connection: another way. */
  restarted(): void {
    this.#newest = []
    this.#estimate = null
  }

  /** Median of the newest round trips, microseconds; `null` before the first. */
  get roundTrip(): number | null {
    const sorted = this.#newest.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? null
  }

  /** Shortest round trip of late, microseconds. */
  get shortestRoundTrip(): number | null {
    return this.#estimate?.shortestRoundTrip ?? null
  }

  /** What to add to an own instant to get the agent's, microseconds. */
  get offset(): number | null {
    return this.#estimate?.offset ?? null
  }

  /** An instant of the agent's clock on ours, microseconds; `null` before the first measurement. */
  toLocal(agentInstant: number): number | null {
    return this.#estimate === null ? null : agentInstant - this.#estimate.offset
  }
}
