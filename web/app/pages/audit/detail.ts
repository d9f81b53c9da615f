/**
 * The open-ended parts of an audit entry as rows: values are shown as they are, names in the reader's language where they are
 * known.
 */
import type { AuditEntry, AuditFields } from '~/api/types'
import { byCode } from '~/i18n/by-code'

export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** Name of a field for people; `known` are the names that have a translation. */
export const fieldName = (known: Readonly<Record<string, string>>, name: string): string =>
  byCode(known, name) ?? name.replaceAll('_', ' ')

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'object' && Object.keys(value).length === 0)

const isSide = (name: string): boolean => name === 'before' || name === 'after'

const isFields = (value: unknown): value is AuditFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields that hold something; both sides of a change are shown apart. */
export const detailRows = (detail: AuditFields): [name: string, value: string][] =>
  Object.entries(detail)
    .filter(([name, value]) => !isEmpty(value) && !(isSide(name) && isFields(value)))
    .map(([name, value]) => [name, shownValue(value)])

export interface Change {
  field: string
  /** `null` where there was nothing. */
  before: string | null
  after: string | null
}

/** Every field of either side, in the order in which they come. Some entries have the sides in their details. */
export function changesOf(entry: Pick<AuditEntry, 'before' | 'after' | 'detail'>): Change[] {
  const sideOf = (name: 'before' | 'after') => {
    const inDetail = entry.detail[name]
    return entry[name] ?? (isFields(inDetail) ? inDetail : null)
  }
  const [before, after] = [sideOf('before'), sideOf('after')]
  const side = (fields: AuditFields | null, name: string) => {
    const value = fields?.[name]
    return value === undefined || value === null ? null : shownValue(value)
  }
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names].map((name) => ({
    field: name,
    before: side(before, name),
    after: side(after, name),
  }))
}
