/**
 * The machine keys that this browser knows, one per machine, from the first session on: trust on first use. What is kept
 * survives signing out, because the question is about machines and not about who asks. Not here: what is done about a
 * changed key (`life.ts`).
 */

/** Machines remembered at once; the one not used for longest goes. 2,000 take 250 kB of the 5 MB that a browser gives. */
export const PINS_MAX = 2000

/** Where the keys are kept. */
export const PINS_PLACE = 'farol.machineKeys'

const VERSION = 1

export interface Pin {
  /** Base64url, as the API gives it. */
  readonly key: string
  /** When this browser saw it first, or when a person decided to trust it; RFC 3339. */
  readonly since: string
}

interface Kept extends Pin {
  /** When it was last used; RFC 3339. */
  readonly used: string
}

export type Verdict =
  /** Never seen here: trusted from now on. */
  | { readonly kind: 'new'; readonly pin: Pin }
  | { readonly kind: 'known'; readonly pin: Pin }
  /** Another one than `pin`. Nothing is kept of it until somebody trusts it. */
  | { readonly kind: 'changed'; readonly pin: Pin }

type Place = Pick<Storage, 'getItem' | 'setItem'>

export class MachineKeys {
  /** What is known when the browser keeps nothing. */
  readonly #memory = new Map<string, Kept>()
  readonly #place: () => Place
  #lasting = true

  /** `place` may throw: browsers refuse storage in several ways. */
  constructor(place: () => Place = () => localStorage) {
    this.#place = place
  }

  /** Whether keys outlive this tab, as far as is known. */
  get lasting(): boolean {
    return this.#lasting
  }

  /** Compares the key of a machine with the one known, and keeps it when there is none. */
  check(machineId: string, key: string, now: Date): Verdict {
    const known = this.#read()
    const at = now.toISOString()
    const pin = known.get(machineId)
    if (pin !== undefined && pin.key !== key) return { kind: 'changed', pin }
    const kept = { key, since: pin?.since ?? at, used: at }
    this.#keep(known, machineId, kept)
    return { kind: pin === undefined ? 'new' : 'known', pin: kept }
  }

  /** A person decided to trust this key from now on. */
  trust(machineId: string, key: string, now: Date): Pin {
    const at = now.toISOString()
    const kept = { key, since: at, used: at }
    this.#keep(this.#read(), machineId, kept)
    return kept
  }

  #keep(known: Map<string, Kept>, machineId: string, kept: Kept): void {
    known.set(machineId, kept)
    while (known.size > PINS_MAX) known.delete(oldest(known))
    this.#memory.clear()
    for (const [id, pin] of known) this.#memory.set(id, pin)
    try {
      const pins = Object.fromEntries(known)
      this.#place().setItem(PINS_PLACE, JSON.stringify({ version: VERSION, pins }))
      this.#lasting = true
    } catch {
      // Refused or full: known in this tab only, and the viewer says so.
      this.#lasting = false
    }
  }

  /** Read anew each time: other tabs keep keys, too. */
  #read(): Map<string, Kept> {
    try {
      const text = this.#place().getItem(PINS_PLACE)
      return text === null ? new Map(this.#memory) : parse(text)
    } catch {
      this.#lasting = false
      return new Map(this.#memory)
    }
  }
}

/** What is unreadable is as good as nothing: whoever can write there can also write a key. */
function parse(text: string): Map<string, Kept> {
  const known = new Map<string, Kept>()
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch {
    return known
  }
  if (!isObject(stored) || stored['version'] !== VERSION || !isObject(stored['pins'])) return known
  for (const [id, pin] of Object.entries(stored['pins'])) {
    if (!isObject(pin)) continue
    const { key, since, used } = pin
    if (typeof key === 'string' && typeof since === 'string' && typeof used === 'string')
      known.set(id, { key, since, used })
  }
  return known
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function oldest(known: ReadonlyMap<string, Kept>): string {
  let found = ''
  let used: string | null = null
  for (const [id, pin] of known) {
    if (used !== null && pin.used >= used) continue
    found = id
    used = pin.used
  }
  return found
}
