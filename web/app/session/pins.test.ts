// @vitest-environment node
/** Trust on first use: what is kept, what stops a session, what a browser that keeps nothing does. */
import { beforeEach, describe, expect, it } from 'vitest'

import { MachineKeys, PINS_MAX, PINS_PLACE } from './pins'
import { wordOf, wordsOf } from './words'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))
let stored: Map<string, string>
const place = () => ({
  getItem: (name: string) => stored.get(name) ?? null,
  setItem: (name: string, value: string) => void stored.set(name, value),
})

beforeEach(() => {
  stored = new Map()
})

describe('machine keys', () => {
  it('are trusted on first use, known afterwards and never exchanged silently', () => {
    expect(new MachineKeys(place).check('m1', 'one', at(0))).toMatchObject({ kind: 'new' })
    const later = new MachineKeys(place)
    expect(later.check('m1', 'one', at(5))).toMatchObject({
      kind: 'known',
      pin: { since: at(0).toISOString() },
    })
    for (let time = 6; time < 9; time++)
      expect(later.check('m1', 'two', at(time))).toMatchObject({
        kind: 'changed',
        pin: { key: 'one', since: at(0).toISOString() },
      })
    expect(later.check('m1', 'one', at(9)).kind).toBe('known')
    expect(later.lasting).toBe(true)
  })

  it('are another one after somebody trusted it', () => {
    const keys = new MachineKeys(place)
    keys.check('m1', 'one', at(0))
    keys.trust('m1', 'two', at(1))
    expect(keys.check('m1', 'two', at(2))).toMatchObject({
      kind: 'known',
      pin: { since: at(1).toISOString() },
    })
    expect(keys.check('m1', 'one', at(3)).kind).toBe('changed')
  })

  it('are bounded; the one that was not used for longest goes', () => {
    const pins = Object.fromEntries(
      Array.from({ length: PINS_MAX }, (_, index) => {
        const since = at(index).toISOString()
        return [`m${index}`, { key: 'key', since, used: since }]
      }),
    )
    stored.set(PINS_PLACE, JSON.stringify({ version: 1, pins }))
    const keys = new MachineKeys(place)
    keys.check('m0', 'key', at(PINS_MAX))
    keys.check('new', 'key', at(PINS_MAX + 1))
    expect(keys.check('m0', 'other', at(PINS_MAX + 2)).kind).toBe('changed')
    expect(keys.check('m1', 'other', at(PINS_MAX + 2)).kind).toBe('new')
  })

  it('are known in this tab when the browser keeps nothing, and says so', () => {
    for (const refusing of [
      () => {
        throw new Error('SecurityError')
      },
      () => ({
        getItem: () => null,
        setItem: () => {
          throw new Error('QuotaExceededError')
        },
      }),
    ]) {
      const keys = new MachineKeys(refusing)
      expect(keys.check('m1', 'one', at(0)).kind).toBe('new')
      expect(keys.lasting).toBe(false)
      expect(keys.check('m1', 'two', at(1)).kind).toBe('changed')
    }
  })

  it('survive what other programs or older consoles left there', () => {
    for (const text of [
      '',
      'nonsense',
      '[]',
      '{"version":9,"pins":{}}',
      '{"version":1,"pins":{"m1":7}}',
    ]) {
      stored.set(PINS_PLACE, text)
      expect(new MachineKeys(place).check('m1', 'one', at(0)).kind).toBe('new')
      expect(new MachineKeys(place).check('m1', 'two', at(1)).kind).toBe('changed')
    }
  })
})

describe('words', () => {
  it('are proquints', () => {
    expect([0x7f00, 0x0001, 0x3f54, 0xdcc1].map(wordOf)).toEqual([
      'lusab',
      'babad',
      'gutih',
      'tugad',
    ])
  })

  it('are made of the key and of nothing else', async () => {
    const key = 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE'
    const words = await wordsOf(key)
    expect(words).toMatch(/^([a-z]{5}-){3}[a-z]{5}$/)
    expect(await wordsOf(key)).toBe(words)
    expect(await wordsOf(key.replace('A', 'B'))).not.toBe(words)
  })
})
