/** The open-ended parts of an audit entry as rows: names and values are shown as they are. */
import type { AuditEntry, AuditFields } from '~/api/types'

export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** Name of a field for people. */
export const fieldName = (name: string): string => name.replaceAll('_', ' ')

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** The fields that hold something. */
export const detailRows = (detail: AuditFields): [name: string, value: string][] =>
  Object.entries(detail)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => [fieldName(name), shownValue(value)])

export interface Change {
  field: string
  /** `null` where there was nothing. */
  before: string | null
  after: string | null
}

/** Every field of either side, in the order in which they come. */
export function changesOf({ before, after }: Pick<AuditEntry, 'before' | 'after'>): Change[] {
  const side = (fields: AuditFields | null, name: string) => {
    const value = fields?.[name]
    return value === undefined || value === null ? null : shownValue(value)
  }
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names].map((name) => ({
    field: fieldName(name),
    before: side(before, name),
    after: side(after, name),
  }))
}
