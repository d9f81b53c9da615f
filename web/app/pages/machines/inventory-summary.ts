/** An inventory section in short. It comes from the machine's agent and may be any JSON. Pure. */

/** Facts of a section that are named; the others are left to whoever reads the inventory. */
const SHOWN_MAX = 3

export type Summary = { entries: number } | { text: string }

const isFact = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && value !== ''

/** How many entries a list has; a few facts of an object; anything else as it is. */
export function summaryOf(body: unknown): Summary {
  if (Array.isArray(body)) return { entries: body.length }
  if (typeof body !== 'object' || body === null) return { text: isFact(body) ? String(body) : '' }
  const facts = Object.entries(body).flatMap(([name, value]) =>
    isFact(value) ? [`${name}: ${String(value)}`] : [],
  )
  if (facts.length === 0) return { entries: Object.keys(body).length }
  return { text: facts.slice(0, SHOWN_MAX).join(' · ') }
}
