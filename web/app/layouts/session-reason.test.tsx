import { screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { activeSessions } from '~/session'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const asking = (db: MockDb) => {
  db.viewer = 'reason'
}
const machineOf = ({ machines }: MockDb) => {
  const found = machines.find(({ name }) => name === 'Front desk')
  if (!found) throw new Error('it is not there')
  return found
}

// They outlive a console, as they outlive its pages.
afterEach(() => activeSessions.closeAll())

describe('a role that asks why', () => {
  const connect = async () => {
    const rendered = await renderConsole('/machines', 'usual', asking)
    await rendered.user.click(await screen.findByRole('link', { name: 'Connect: Front desk' }))
    const asked = await screen.findByRole('dialog', { name: 'Why do you open this session?' })
    return { ...rendered, asked }
  }

  it('is answered before the session is opened', async () => {
    const { db, user, asked } = await connect()
    const sessions = db.sessions.length
    const go = within(asked).getByRole('button', { name: 'Connect' })
    expect(go).toBeDisabled()
    await expectAccessible()
    await user.type(within(asked).getByLabelText('Reason'), 'Ticket 4711')
    await user.click(go)
    await waitFor(() => expect(db.sessions).toHaveLength(sessions + 1))
    expect(db.sessions[0]).toMatchObject({
      machine_id: machineOf(db).id,
      reason: 'Ticket 4711',
    })
  })

  it('opens nothing while nobody says why', async () => {
    const { db, user, asked } = await connect()
    const sessions = db.sessions.length
    await user.click(within(asked).getByRole('button', { name: 'Cancel' }))
    expect(await screen.findByText('This needs a reason')).toBeInTheDocument()
    expect(db.sessions).toHaveLength(sessions)
  })
})
