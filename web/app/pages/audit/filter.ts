/** The filters of the audit page: as they stand in the address of the page, and as the API takes them. */
import type { AuditFilter } from '~/api/queries'

/** In the address bar. `actor_name` and `target_name` are only for showing. */
export interface AuditSearch {
  q?: string
  action?: string
  actor?: string
  actor_name?: string
  target_id?: string
  target_name?: string
  address?: string
  request_id?: string
  /** First and last day, `2026-03-01`, in the zone of the browser. */
  since?: string
  until?: string
}

const NAMES = [
  'q',
  'action',
  'actor',
  'actor_name',
  'target_id',
  'target_name',
  'address',
  'request_id',
  'since',
  'until',
] as const satisfies readonly (keyof AuditSearch)[]

/** The most that the API takes in one filter. */
const TEXT_MAX = 100

/** What is in the address, cleaned; every parameter is named, since one that is left out would stay as it came. */
export function auditSearchOf(search: Readonly<Record<string, unknown>>): AuditSearch {
  const entries = NAMES.map((name) => {
    const value = search[name]
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    return [name, text ? text.slice(0, TEXT_MAX) : undefined]
  })
  return Object.fromEntries(entries) as AuditSearch
}

/** Midnight of a day in the zone of the browser, some days later. */
function midnight(day: string | undefined, later: number): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '')
  if (!parts) return undefined
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** As the API takes them; names that are only shown, and what is not given, are left out. */
export function filterOf(search: AuditSearch): AuditFilter {
  const { q, action, actor, target_id, address, request_id, since, until } = search
  const all = {
    q,
    action,
    actor,
    target_id,
    address,
    request_id,
    from: midnight(since, 0),
    // The last day is meant whole.
    to: midnight(until, 1),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value))
}

/** Address of the file with what passes the filters. */
export function exportHref(format: 'csv' | 'ndjson', filter: AuditFilter): string {
  return `/api/audit/export?${new URLSearchParams({ format, ...filter }).toString()}`
}
