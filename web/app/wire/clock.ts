/**
 * The agent's clock as seen from here: four timestamps per ping, one offset estimate. As in NTP, the sample with the
 * shortest round trip of the last few is believed, because a packet that did not wait was not delayed on one side only.
 */

/** Samples that are remembered. At one ping a second a drift of 50 ppm stays below half a millisecond. */
const SAMPLES = 16

/** Newest round trips whose median people see: one that waited behind a picture is not the network's. */
const SHOWN = 5

/** Four instants of one ping, microseconds: two on our clock, two on the agent's. */
export interface PingTimes {
  sent: number
  received: number
  replied: number
  returned: number
}

interface Sample {
  offset: number
  roundTrip: number
}

/** Estimates offset and round trip. No clock of its own: instants come with the samples. */
export class ClockEstimate {
  #samples: Sample[] = []

  /** Takes one answered ping. Impossible times are clamped: the agent's figures are only claims. */
  add(times: PingTimes): void {
    const away = Math.max(0, times.returned - times.sent)
    const held = times.replied - times.received
    const roundTrip = away - Math.min(away, Math.max(0, held))
    const offset = Math.floor((times.received - times.sent + (times.replied - times.returned)) / 2)
    if (!Number.isFinite(roundTrip) || !Number.isFinite(offset)) return
    this.#samples.push({ offset, roundTrip })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
  }

  /** Round trip of the newest answer, microseconds. */
  get lastRoundTrip(): number | null {
    return this.#samples.at(-1)?.roundTrip ?? null
  }

  /** What to add to an own instant to get the agent's, microseconds. */
  get offset(): number | null {
    return this.#best()?.offset ?? null
  }

  /** Median of the newest round trips, microseconds; `null` before the first answer. */
  get roundTrip(): number | null {
    const newest = this.#samples.slice(-SHOWN).map(({ roundTrip }) => roundTrip)
    return newest.sort((a, b) => a - b)[Math.floor(newest.length / 2)] ?? null
  }

  /** Shortest round trip among the remembered, microseconds. */
  get shortestRoundTrip(): number | null {
    return this.#best()?.roundTrip ?? null
  }

  /** An instant of the agent's clock on ours, microseconds; `null` before the first answer. */
  toLocal(agentInstant: number): number | null {
    const best = this.#best()
    return best === null ? null : agentInstant - best.offset
  }

  #best(): Sample | null {
    let best: Sample | null = null
    for (const sample of this.#samples)
      if (best === null || sample.roundTrip < best.roundTrip) best = sample
    return best
  }
}
