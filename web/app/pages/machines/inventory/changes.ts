/** Changes of an inventory in words. Pure. */
import type { Difference } from '~/api/inventory'

import { nameOf, valueText, type Words } from './words'

export interface ToldChange {
  /** What of the machine: "Package · Version"; empty where the rest says it all. */
  what: string
  /** Which of several, as people call it. */
  subject: string
  before: string
  after: string
  /** "firefox: 128 → 129". */
  text: string
}

/** The server says with an empty path that more changed at once than is kept, and in `after` how much. */
const isRest = ({ path, what }: Difference): boolean => path === '' && what === ''

/** Says a change; what this console has no word for is named as the server names it. */
export function toldChange(words: Words, change: Difference): ToldChange {
  const { t, format } = words
  const { what, subject, kind, shortened } = change
  if (isRest(change)) {
    const number = typeof change.after === 'number' ? format.number(change.after) : ''
    return { what: '', subject: '', before: '', after: '', text: t.history.more({ number }) }
  }
  const say = (value: unknown, wasThere: boolean): string => {
    if (!wasThere) return ''
    if (value === null && shortened) return t.history.tooLong
    return valueText(words, what, value, subject)
  }
  const before = say(change.before, kind !== 'added')
  const after = say(change.after, kind !== 'removed')
  const empty = (text: string) => (text === '' ? t.history.empty : text)
  const value =
    kind === 'changed'
      ? t.history.fromTo({ before: empty(before), after: empty(after) })
      : kind === 'added'
        ? after
        : before
  const named = subject ?? ''
  const text =
    named === '' || named === value
      ? empty(value)
      : value === ''
        ? named
        : t.history.of({ subject: named, value })
  return { what: nameOf(t, what), subject: named, before, after, text }
}

/** Changes of one day stay together, in the order in which they come. */
export function byDay<Change extends { at: string }>(
  changes: readonly Change[],
): (readonly [day: string, changes: Change[]])[] {
  const days = new Map<string, Change[]>()
  for (const change of changes) {
    // In the zone of the browser, like every time of the console.
    const day = new Date(change.at).toDateString()
    days.set(day, [...(days.get(day) ?? []), change])
  }
  return [...days]
}
