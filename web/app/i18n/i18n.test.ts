import { describe, expect, it } from 'vitest'

import { en } from './en'
import { formatOf } from './format'
import { localeOf } from './index'
import { pluralOf } from './plural'
import { ptBr } from './pt-br'

/** Every text of a dictionary, with the path to it; functions are called with stand-ins. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') {
    const holes = new Proxy({}, { get: (_, name) => (name === 'count' ? 2 : `{${String(name)}}`) })
    return [[path, String((value as (p: unknown) => unknown)(holes))]]
  }
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, `${path}.${key}`))
}

describe('the dictionaries', () => {
  it('have no text empty that the other has, and the same holes in both languages', () => {
    const holesOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
    const english = new Map(texts(en))
    for (const [path, text] of texts(ptBr)) {
      if (english.get(path)) expect(text.trim(), path).not.toBe('')
      expect([path, holesOf(text)]).toEqual([path, holesOf(english.get(path) ?? '')])
    }
  })
})

describe('plural', () => {
  it('follows the language', () => {
    const english = pluralOf('en')
    const portuguese = pluralOf('pt-BR')
    expect(english(0, { one: '# day', other: '# days' })).toBe('0 days')
    expect(portuguese(0, { one: '# dia', other: '# dias' })).toBe('0 dia')
    expect(english(1200, { one: '# day', other: '# days' })).toBe('1,200 days')
  })
})

describe('localeOf', () => {
  it('finds the nearest language', () => {
    expect(localeOf('pt-PT')).toBe('pt-BR')
    expect(localeOf('en_GB')).toBe('en')
    expect(localeOf('de')).toBeNull()
    expect(localeOf(null)).toBeNull()
  })
})

describe('format', () => {
  const { relative, duration, bytes } = formatOf('en')
  const now = Date.UTC(2026, 2, 3, 12, 0, 0)
  const ago = (seconds: number) => relative(new Date(now - seconds * 1000).toISOString(), now)

  it('says how long ago, without noise from clocks that differ', () => {
    expect(ago(-3)).toBe('now')
    expect(ago(40)).toBe('40 sec. ago')
    expect(ago(170)).toBe('3 min. ago')
    expect(ago(26 * 3600)).toBe('yesterday')
  })

  it('writes durations', () => {
    expect([duration(-1), duration(59), duration(61), duration(3900)]).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '1 h 05 min',
    ])
  })

  it('writes sizes with three digits', () => {
    expect([bytes(0), bytes(999), bytes(1500), bytes(48_300_000)]).toEqual([
      '0 B',
      '999 B',
      '1.5 kB',
      '48.3 MB',
    ])
  })
})
