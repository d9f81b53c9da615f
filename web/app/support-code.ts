/**
 * The text form of support codes, as `crates/protocol/src/support_code.rs` defines it: nine symbols of Crockford's base 32, the
 * last of which checks the others. Reading is forgiving, so that a mistyped code is noticed before anybody is asked. Pure.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const SYMBOLS = 9
const GROUP = 3

/** Letters that people take for digits. */
const lookalikes: Partial<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** The symbols in what somebody has typed so far, at most nine; everything else is left out. */
export function symbolsOf(text: string): string {
  const letters = Array.from(text.toUpperCase(), (letter) => lookalikes[letter] ?? letter)
  return letters
    .filter((letter) => ALPHABET.includes(letter))
    .slice(0, SYMBOLS)
    .join('')
}

/** Symbols in groups of three, as people read them. */
export const grouped = (symbols: string): string =>
  symbols.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join('-') ?? ''

/** Multiplication by x in GF(32), modulo x⁵ + x² + 1. */
const timesX = (value: number): number => {
  const doubled = value << 1
  return doubled < 32 ? doubled : doubled ^ 0b100101
}

export type CodeState = 'unfinished' | 'mistyped' | 'right'

/** Whether these symbols are a code. `right` says nothing of whether the server knows it. */
export function codeState(symbols: string): CodeState {
  if (symbols.length < SYMBOLS) return 'unfinished'
  const values = Array.from(symbols, (letter) => ALPHABET.indexOf(letter))
  const check = values.slice(0, -1).reduce((sum, value) => timesX(sum ^ value), 0)
  return values.at(-1) === check ? 'right' : 'mistyped'
}

/** Where the caret goes when text is grouped anew: behind the same number of symbols. */
export function caretIn(shown: string, symbolsBefore: number): number {
  let seen = 0
  for (let at = 0; at < shown.length; at += 1) {
    if (seen === symbolsBefore) return at
    if (shown[at] !== '-') seen += 1
  }
  return shown.length
}
