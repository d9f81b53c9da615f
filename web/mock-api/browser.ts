/**
 * Answers the API inside the browser (`npm run dev:mock`). `?mock=SCENARIO` chooses what to begin with, see `db.ts`.
 * Every few seconds a machine goes or comes back, as machines do.
 */
import { setupWorker } from 'msw/browser'

import { createDb, type Scenario } from './db'
import { installMockEvents } from './events'
import { mockHandlers } from './handlers'

const scenarios: Record<Scenario, true> = {
  usual: true,
  technician: true,
  'signed-out': true,
  fresh: true,
  empty: true,
  failing: true,
  offline: true,
}

const CHANGE_EVERY_MS = 9000

export async function startMockApi(): Promise<void> {
  const query = new URLSearchParams(location.search)
  const asked = query.get('mock') ?? ''
  const db = createDb(Object.hasOwn(scenarios, asked) ? (asked as Scenario) : 'usual')
  installMockEvents(db)
  await setupWorker(...mockHandlers(db, 120)).start({ onUnhandledRequest: 'bypass', quiet: true })
  if (query.has('still')) return
  setInterval(() => {
    const machine = db.machines.find((candidate) => candidate.name === 'Support bench B')
    if (!machine) return
    const online = machine.presence.status === 'online'
    machine.presence = { status: online ? 'offline' : 'online', since: new Date().toISOString() }
    machine.last_seen_at = new Date().toISOString()
    db.publish('machines', `machine:${machine.id}`)
  }, CHANGE_EVERY_MS)
}
