/** Members of an inventory and their values in words: for labels, changes and problems. Pure. What a newer server sends stays as it is. */
import type { Messages } from '~/i18n'
import type { Format } from '~/i18n/format'
import { byCode } from '~/i18n/by-code'

import type { Units } from './units'

export interface Words {
  t: Messages['inventory']
  format: Format
  units: Units
}

/** A code that an agent sends, in words. */
export const valueOf = (t: Messages['inventory'], code: string | undefined): string | undefined =>
  code === undefined ? undefined : (byCode(t.values, code) ?? code)

export const yesNo = (t: Messages['inventory'], flag: boolean | undefined): string | undefined =>
  flag === undefined ? undefined : flag ? t.yes : t.no

/** The last step of a path with dots, and what is before it. */
function apart(what: string): [string, string] {
  const dot = what.lastIndexOf('.')
  return dot < 0 ? ['', what] : [what.slice(0, dot), what.slice(dot + 1)]
}

const asItIs = (what: string): string => what.replaceAll('_', ' ').replaceAll('.', ' · ')

/** What something is called, by `packages.version`: "Package · Version". */
export function nameOf(t: Messages['inventory'], what: string): string {
  const [place, member] = apart(what)
  const whole = byCode(t.things, what) ?? (place === '' ? byCode(t.members, what) : undefined)
  if (whole) return whole
  const name = byCode(t.members, member) ?? asItIs(member)
  return place === '' ? name : `${nameOf(t, place)} · ${name}`
}

/** What a problem is about, by its JSON pointer: positions in lists say nothing to people. */
export function placeOf(t: Messages['inventory'], pointer: string): string {
  const steps = pointer.split('/').filter((step) => step !== '' && !/^\d+$/.test(step))
  if (steps.length === 0) return t.problems.whole
  const what = steps.join('.')
  const list = byCode(t.lists, what)
  if (list) return list
  const [place, member] = apart(what)
  const name = byCode(t.members, member) ?? byCode(t.things, member) ?? asItIs(member)
  const within = byCode(t.lists, place) ?? byCode(t.things, place) ?? asItIs(place)
  return place === '' ? name : `${within} · ${name}`
}

/** Members whose texts are codes; every other text is a name and stays as it is. */
const CODED = new Set(['chassis', 'class', 'health', 'kind', 'start', 'state', 'access_control'])

type Measure = (words: Words, value: number) => string

/** By how the names of members end. */
const MEASURES: readonly (readonly [string, Measure])[] = [
  ['idle_ms', ({ format }, value) => format.duration(value / 1000)],
  ['released_at_ms', ({ units }, value) => units.date(value)],
  ['_ms', ({ units }, value) => units.moment(value)],
  ['_bytes', ({ units }, value) => units.size(value)],
  ['_percent', ({ units }, value) => units.percent(value / 100)],
  ['_mhz', ({ units }, value) => units.with(value, 'MHz')],
  ['_mts', ({ units }, value) => units.with(value, 'MT/s')],
  ['_mbps', ({ units }, value) => units.with(value, 'Mbit/s')],
  ['_mwh', ({ units }, value) => units.with(value / 1000, 'Wh')],
  ['_mw', ({ units }, value) => units.with(value / 1000, 'W')],
  ['_mv', ({ units }, value) => units.with(value / 1000, 'V')],
  ['_rpm', ({ units }, value) => units.with(value, 'rpm')],
  ['_mm', ({ units }, value) => units.with(value, 'mm')],
  ['_hours', ({ units }, value) => units.with(value, 'h')],
  ['_millicelsius', ({ units }, value) => units.celsius(value)],
]

/** Numbers that count nothing. */
const NUMBERS = new Set(['port', 'made_year'])

/** Members of a whole thing that are told of it. */
const TOLD_MAX = 4

function thing(words: Words, value: object, subject: string | null): string {
  const told = Object.entries(value).flatMap(([member, inner]): string[] => {
    const text = valueText(words, member, inner)
    // It is said in front of this already.
    if (text === '' || text === subject) return []
    // Names and versions speak for themselves.
    if (['name', 'version', 'model', 'manager', 'kind', 'arch'].includes(member)) return [text]
    return [`${byCode(words.t.members, member) ?? asItIs(member)} ${text}`]
  })
  return told.slice(0, TOLD_MAX).join(', ')
}

/** Any JSON of a member as a text; empty when there is nothing to say. */
export function valueText(
  words: Words,
  what: string,
  value: unknown,
  subject: string | null = null,
): string {
  const [, member] = apart(what)
  switch (typeof value) {
    case 'boolean':
      return value ? words.t.yes : words.t.no
    case 'number': {
      if (NUMBERS.has(member)) return String(value)
      const measure = MEASURES.find(([ending]) => member.endsWith(ending))
      return measure ? measure[1](words, value) : words.format.number(value)
    }
    case 'string':
      return CODED.has(member) ? (valueOf(words.t, value) ?? '') : value
    case 'object':
      if (value === null) return ''
      if (!Array.isArray(value)) return thing(words, value, subject)
      return value
        .map((one: unknown) => valueText(words, what, one))
        .filter((text) => text !== '')
        .join(', ')
    default:
      return ''
  }
}
