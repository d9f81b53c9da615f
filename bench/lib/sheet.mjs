/** A spreadsheet with contents of a seed, as flat OpenDocument, and the keys that somebody presses in it. Pure. */

/** Lines of `xdotool -`: a key each 90 ms. */
const KEY_MS = 90

/** A small generator with a fixed start (mulberry32). */
export function dice(seed) {
  let state = (seed * 0x9e3779b9 + 1) >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

const WORDS = [
  'North',
  'South',
  'East',
  'West',
  'Paper',
  'Licenses',
  'Travel',
  'Phones',
  'Rent',
  'Repairs',
]
const ROWS = 44
const COLUMNS = 14

export function spreadsheet(seed, seconds) {
  const roll = dice(seed)
  const cell = (column) =>
    column === 0
      ? `<table:table-cell office:value-type="string"><text:p>${WORDS[roll(WORDS.length)]} ${roll(90)}</text:p></table:table-cell>`
      : `<table:table-cell office:value-type="float" office:value="${roll(90000) / 100}"/>`
  const row = () =>
    `<table:table-row>${Array.from({ length: COLUMNS }, (_, column) => cell(column)).join('')}</table:table-row>`
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:body><office:spreadsheet><table:table table:name="Bench">
${Array.from({ length: ROWS }, row).join('\n')}
</table:table></office:spreadsheet></office:body></office:document>
`
  return { text, keys: keysFor(roll, seconds) }
}

/** Numbers and sums go into one column after the other, downwards; now and then a page down and back. */
function keysFor(roll, seconds) {
  const names = { '=': 'equal', '+': 'plus', '*': 'asterisk', '.': 'period' }
  const keys = []
  const press = (name) => keys.push(`key ${name}`, `sleep ${KEY_MS / 1000}`)
  const all = (seconds * 1000) / KEY_MS
  for (let entry = 0; keys.length / 2 < all; entry++) {
    const digits = String(roll(9000) / 10)
    const content = entry % 3 === 2 ? `=${digits}+${roll(99)}*3` : digits
    for (const letter of content) press(names[letter] ?? letter)
    press('Return')
    if (entry % 9 === 8) press(entry % 18 === 8 ? 'Next' : 'Prior')
  }
  return keys.slice(0, Math.floor(all) * 2).concat('key Escape')
}
