/**
 * Answers the API inside the browser (`npm run dev:mock`). `?mock=SCENARIO` chooses what to begin with, see `db.ts`.
 * `?viewer=WHAT` says what happens to sessions. Every few seconds a machine goes or comes back, as machines do.
 */
import { setupWorker } from 'msw/browser'

import { createDb, type MockDb, type Scenario, type ViewerScenario } from './db'
import { installMockEvents } from './events'
import { mockHandlers } from './handlers'
import { OTHER_KEY } from './live-sessions'
import { installMockWorker } from './session-worker'

const scenarios: Record<Scenario, true> = {
  usual: true,
  technician: true,
  'signed-out': true,
  fresh: true,
  empty: true,
  failing: true,
  offline: true,
}

const viewers: Record<ViewerScenario, true> = {
  usual: true,
  asks: true,
  interrupted: true,
  'taken-back': true,
  forbidden: true,
  locked: true,
  blank: true,
  no_display: true,
  'key-changed': true,
  together: true,
  watching: true,
  guest: true,
  monitors: true,
  reason: true,
}

/** Another key of every machine, known for a month. */
function knowOtherKeys(db: MockDb): void {
  const since = new Date(Date.now() - 30 * 86_400_000).toISOString()
  const pins = Object.fromEntries(
    db.machines.map(({ id }) => [id, { key: OTHER_KEY, since, used: since }]),
  )
  localStorage.setItem('farol.machineKeys', JSON.stringify({ version: 1, pins }))
}

const CHANGE_EVERY_MS = 9000

export async function startMockApi(): Promise<void> {
  const query = new URLSearchParams(location.search)
  const asked = query.get('mock') ?? ''
  const db = createDb(Object.hasOwn(scenarios, asked) ? (asked as Scenario) : 'usual')
  const viewer = query.get('viewer') ?? ''
  if (Object.hasOwn(viewers, viewer)) db.viewer = viewer as ViewerScenario
  if (db.viewer === 'key-changed') knowOtherKeys(db)
  installMockEvents(db)
  installMockWorker(db, true)
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
