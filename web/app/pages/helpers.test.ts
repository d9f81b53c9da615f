import { describe, expect, it } from 'vitest'

import { someMachines } from '@mock/data'
import { searched, sorted } from '~/components/machine-search'
import { matcher } from '~/components/search'

describe('searching', () => {
  it('wants every word, anywhere, without regard to case and accents', () => {
    expect(matcher('LISBOA joao')('São João', 'Lisboa')).toBe(true)
    expect(matcher('lisboa porto')('São João', 'Lisboa')).toBe(false)
    expect(matcher('  ')('anything')).toBe(true)
    expect(matcher('null')(null, undefined)).toBe(false)
  })
})

describe('the list of machines', () => {
  const machines = someMachines(0)
  it('sorts numbers in names by value', () => {
    const named = ['PC 10', 'pc 2', 'PC 1'].map((name) => ({ ...machines[0]!, name }))
    expect(sorted(named).map(({ name }) => name)).toEqual(['PC 1', 'pc 2', 'PC 10'])
  })
  it('finds by user, system and address', () => {
    expect(searched(machines, 'h.moreira').map(({ name }) => name)).toEqual(['Accounting 1'])
    expect(searched(machines, '10.4.0 trixie')).toHaveLength(2)
  })
})
