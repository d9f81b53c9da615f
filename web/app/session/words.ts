/**
 * The words by which two people compare a machine key, the mirror of `PipePublicKey::words` in
 * `crates/protocol/src/pipe/key.rs`. Made here from the key itself: words that a server sends prove nothing about the key
 * that it sends.
 */
const LABEL = 'farol-words-1\0'
const WORDS = 4
const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aiou'

/** Four words joined by hyphens; `key` is base64url. */
export async function wordsOf(key: string): Promise<string> {
  const binary = atob(key.replaceAll('-', '+').replaceAll('_', '/'))
  const hashed = Uint8Array.from(LABEL + binary, (char) => char.charCodeAt(0))
  const hash = new DataView(await crypto.subtle.digest('SHA-256', hashed))
  return Array.from({ length: WORDS }, (_, at) => wordOf(hash.getUint16(at * 2))).join('-')
}

/** A proquint: consonant, vowel, consonant, vowel, consonant of 4 + 2 + 4 + 2 + 4 bits. */
export function wordOf(bits: number): string {
  const consonant = (shift: number) => CONSONANTS.charAt((bits >> shift) & 0b1111)
  const vowel = (shift: number) => VOWELS.charAt((bits >> shift) & 0b11)
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0)
}
