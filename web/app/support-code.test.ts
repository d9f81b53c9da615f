import { describe, expect, it } from 'vitest'

import { caretIn, codeState, grouped, symbolsOf } from './support-code'

describe('support codes', () => {
  // The same codes as in the tests of `support_code.rs`.
  it.each(['K7Q-F2M-9X4', '111-00Z-0ZB', '000-000-000'])('are those of the server: %s', (code) => {
    const symbols = symbolsOf(code)
    expect(grouped(symbols)).toBe(code)
    expect(codeState(symbols)).toBe('right')
  })

  it('are read however they are typed', () => {
    expect(symbolsOf(' iLl 0oz–ozb')).toBe('11100Z0ZB')
    expect(symbolsOf('k7q_f2m.9x4 and more')).toBe('K7QF2M9X4')
    expect(grouped('K7QF')).toBe('K7Q-F')
    expect(grouped('K7Q')).toBe('K7Q')
    expect(grouped('')).toBe('')
  })

  it('notice one wrong symbol and two that changed places', () => {
    const right = 'K7QF2M9X4'
    expect(codeState('K7QF2M9X')).toBe('unfinished')
    for (let at = 0; at < right.length; at += 1) {
      for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        const text = right.slice(0, at) + other + right.slice(at + 1)
        expect(codeState(text), text).toBe(other === right[at] ? 'right' : 'mistyped')
      }
      const next = right[at + 1]
      if (next === undefined) continue
      const swapped = right.slice(0, at) + next + right.charAt(at) + right.slice(at + 2)
      expect(codeState(swapped), swapped).toBe('mistyped')
    }
  })

  it('keep the caret where it was while they are grouped', () => {
    expect(caretIn('K7Q-F', 4)).toBe(5)
    expect(caretIn('K7Q-F', 3)).toBe(3)
    expect(caretIn('K7Q', 0)).toBe(0)
  })
})
