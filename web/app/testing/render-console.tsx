/** Renders the whole console at an address, against the mock API of a scenario. */
import { createMemoryHistory } from '@tanstack/react-router'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { onTestFinished } from 'vitest'

import { createDb, type MockDb, type Scenario } from '@mock/db'
import { installMockEvents } from '@mock/events'
import { mockServer } from '@mock/node'
import { installMockWorker, type MockSessionWorker } from '@mock/session-worker'
import { App } from '~/App'
import { createConsole } from '~/console'

interface Rendered {
  db: MockDb
  user: ReturnType<typeof userEvent.setup>
  /** Present address of the console: path and search. */
  address: () => string
  /** The way back, as by the browser's button. */
  back: () => void
  /** Ends every open event stream, as a server that goes away does. */
  breakStreams: () => void
  /** The workers of sessions, newest last. */
  workers: readonly MockSessionWorker[]
}

/** `prepare` changes what there is before anything asks for it. */
export async function renderConsole(
  path: string,
  scenario: Scenario = 'usual',
  prepare: (db: MockDb) => void = () => undefined,
): Promise<Rendered> {
  localStorage.setItem('farol.locale', 'en')
  const db = createDb(scenario)
  prepare(db)
  const { breakStreams } = installMockEvents(db)
  const workers = installMockWorker(db, false)
  const server = mockServer(db)
  server.listen({ onUnhandledRequest: 'error' })
  onTestFinished(() => server.close())

  const { queryClient, router } = createConsole(createMemoryHistory({ initialEntries: [path] }))
  render(<App queryClient={queryClient} router={router} />)
  // Hidden while a dialog is open from the start.
  await screen.findByRole('main', { hidden: true })
  return {
    db,
    user: userEvent.setup(),
    address: () => router.state.location.href,
    back: () => router.history.back(),
    breakStreams,
    workers,
  }
}
