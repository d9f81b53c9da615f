/** The mock API for unit tests: `mockServer(db)` inside Node, no browser. */
import { setupServer } from 'msw/node'

import type { MockDb } from './db'
import { mockHandlers } from './handlers'

export const mockServer = (db: MockDb) => setupServer(...mockHandlers(db))
