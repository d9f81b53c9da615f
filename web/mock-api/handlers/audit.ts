/** Audit entries: the list with its filters, and a chain that is always in order. */
import type { AuditEntry, AuditEntryList } from '~/api/types'
import { en } from '~/i18n/en'

import { type MockDb, organization } from '../db'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/audit'
  | 'GET /api/audit/actions'
  | 'GET /api/audit/export'
  | 'GET /api/audit/verification'

const has = (name: string | undefined, part: string): boolean =>
  name?.toLowerCase().includes(part.toLowerCase()) ?? false

/** Whether the entry passes all filters, as on the server. */
function passes(entry: AuditEntry, query: URLSearchParams): boolean {
  const tests: Record<string, (wanted: string) => boolean> = {
    q: (part) => has(entry.actor.name, part) || has(entry.target?.name, part),
    action: (action) =>
      action.endsWith('.') ? entry.action.startsWith(action) : entry.action === action,
    actor: (actor) => entry.actor.id === actor || entry.actor.kind === actor,
    target_id: (id) => entry.target?.id === id,
    address: (address) => entry.address === address,
    request_id: (id) => entry.request_id === id,
    from: (from) => Date.parse(entry.at) >= Date.parse(from),
    to: (to) => Date.parse(entry.at) < Date.parse(to),
  }
  return Object.entries(tests).every(([name, test]) => {
    const wanted = query.get(name)
    return !wanted || test(wanted)
  })
}

export function auditHandlers(db: MockDb): Handlers<Names> {
  return {
    // The description has no words for the open-ended objects of an entry.
    'GET /api/audit': ({ query }) =>
      page(
        db,
        db.audit.filter((entry) => passes(entry, query)),
        query,
      ) as AuditEntryList,
    'GET /api/audit/actions': () => ({ items: Object.keys(en.audit.actions) }),
    // A file that nobody reads here.
    'GET /api/audit/export': () => null,
    'GET /api/audit/verification': () => {
      const last = db.audit[0]?.seq ?? 0
      return {
        at: new Date().toISOString(),
        report: {
          organization_id: organization.id,
          name: organization.name,
          first: 1,
          verified_to: db.auditFinding ? db.auditFinding.seq - 1 : last,
          last,
          signed_to: Math.max(0, last - 12),
          finding: db.auditFinding,
        },
        next_cursor: null,
      }
    },
  }
}
