/** Tables as files for spreadsheets. What machines say of themselves must not become a formula there. */

export type CsvCell = string | number | null | undefined

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/

function cellOf(cell: CsvCell): string {
  if (cell === null || cell === undefined) return ''
  // Numbers are ours and stay numbers, negative ones too.
  if (typeof cell === 'number') return String(cell)
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",;\r\n\t]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** By RFC 4180, with the mark by which spreadsheets know UTF-8. */
export const csvOf = (head: readonly string[], rows: readonly (readonly CsvCell[])[]): string =>
  `\uFEFF${[head, ...rows].map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`

/** A name that every file system takes: names of machines come from people and from machines. */
export const fileName = (...parts: readonly string[]): string =>
  parts
    .map((part) =>
      part
        .normalize('NFKD')
        .replace(/\p{M}/gu, '')
        .replace(/[^\w.-]+/g, '-')
        .replace(/^[-.]+|[-.]+$/g, '')
        .slice(0, 60),
    )
    .filter((part) => part !== '')
    .join('_')

/** Lets the browser save a text. */
export function saveCsv(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  link.download = `${name}.csv`
  link.click()
  URL.revokeObjectURL(link.href)
}
