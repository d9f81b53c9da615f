/** Cuts a list into the pages that the server would give; the cursor is an offset here. */
import type { MockDb } from '../db'
import { MockProblem } from '../problem'

export function page<Item>(db: MockDb, items: readonly Item[], query: URLSearchParams) {
  if (db.scenario === 'failing') throw new MockProblem(500, 'internal', 'The server has failed.')
  const from = Number(query.get('cursor') ?? 0)
  const to = from + Number(query.get('limit') ?? 50)
  return { items: items.slice(from, to), next_cursor: to < items.length ? String(to) : null }
}
