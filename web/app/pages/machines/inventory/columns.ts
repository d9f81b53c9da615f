/** Columns of the tables of an inventory, by the member that each shows. Pure. */
import type { Messages } from '~/i18n'

import type { Column } from './FactTable'
import { valueText, yesNo, type Words } from './words'

type Member = keyof Messages['inventory']['members']
/** Members of a row that hold one thing. */
type Plain<Row> = {
  [Name in keyof Row]-?: Row[Name] extends string | number | boolean | undefined ? Name : never
}[keyof Row] &
  Member

interface Looks {
  label?: string
  look?: string
}

/** Makes the columns of one kind of row. Numbers are sorted and saved as they are, and shown with their units. */
export function columnsOf<Row extends object>(words: Words) {
  const { t } = words
  return (member: Plain<Row>, { label, look }: Looks = {}): Column<Row> => {
    const of = (row: Row): unknown => row[member as keyof Row]
    const unit = unitOf(member)
    return {
      label: label ?? t.members[member],
      value: (row) => {
        const value = of(row)
        if (typeof value === 'number')
          // Spreadsheets read it, and the alphabet sorts it.
          return isMoment(member) ? new Date(value).toISOString() : value
        if (typeof value === 'boolean') return yesNo(t, value)
        return valueText(words, member, value)
      },
      show: (row) => valueText(words, member, of(row)),
      ...(look ? { look } : {}),
      ...(isNumeric(member) ? { numeric: true } : {}),
      ...(unit ? { unit } : {}),
    }
  }
}

const isMoment = (member: string): boolean => member.endsWith('_ms') && member !== 'idle_ms'

/** As the names of members have it: `size_bytes`. */
const unitOf = (member: string): string =>
  isNumeric(member) && member.includes('_') ? (member.split('_').at(-1) ?? '') : ''

const isNumeric = (member: string): boolean =>
  /_(?:bytes|percent|mhz|mts|mbps|mwh|mw|mv|rpm|mm|hours|millicelsius|sectors)$|^idle_ms$/.test(
    member,
  ) || ['cores', 'threads', 'mtu', 'cycles'].includes(member)
