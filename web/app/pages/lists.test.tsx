import { screen, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

describe('sessions', () => {
  it('tells in words why each one ended', async () => {
    await renderConsole('/sessions')
    expect(await screen.findAllByText('Nobody answered at the machine')).not.toHaveLength(0)
    expect(screen.getAllByText('The agent did not answer')).not.toHaveLength(0)
    await expectAccessible()
  })

  it('ends a running one after asking', async () => {
    const { user, db } = await renderConsole('/sessions')
    await user.click(
      await screen.findByRole('button', {
        name: 'End the session of Theo Lindqvist with Front desk',
      }),
    )
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog).toHaveTextContent('Theo Lindqvist loses the connection to Front desk at once.')
    await user.click(within(dialog).getByRole('button', { name: 'End' }))
    expect(await screen.findByText('The session was ended')).toBeInTheDocument()
    expect(db.sessions[0]?.state).toBe('ended')
  })

  it('opens one: who agreed, what happened, how it ended', async () => {
    const { user, address, db } = await renderConsole('/sessions')
    const session = db.sessions.find(({ end }) => end?.reason === 'consent_refused')!
    const [link] = await screen.findAllByRole('link', { name: /^Refused by the person/ })
    await user.click(link!)
    expect(
      await screen.findByRole('heading', { name: `Session with ${session.machine_name}` }),
    ).toBeInTheDocument()
    expect(address()).toBe(`/sessions/${session.id}`)
    const timeline = screen.getByRole('region', { name: 'What happened' })
    expect(timeline).toHaveTextContent(/Asked for.*Not agreed to.*Refused.*Ended/)
    expect(screen.getByRole('region', { name: 'Facts' })).toHaveTextContent(/ConsentRefused/)
    await expectAccessible()
  })

  it('removes records that are over, for those who manage', async () => {
    const { user, db } = await renderConsole('/sessions')
    await user.click(await screen.findByRole('checkbox', { name: 'Select all that are over' }))
    const count = db.sessions.filter(({ state }) => state === 'ended').length
    await user.click(await screen.findByRole('button', { name: 'Remove records' }))
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog).toHaveTextContent(/Remove \d+ records\?/)
    await user.click(within(dialog).getByRole('button', { name: 'Remove records' }))
    await screen.findByText(/records were removed/)
    expect(db.sessions.filter(({ state }) => state === 'ended').length).toBeLessThan(count)
    expect(db.sessions.filter(({ state }) => state !== 'ended')).toHaveLength(2)
  })

  it('lets technicians remove nothing', async () => {
    await renderConsole('/sessions', 'technician')
    await screen.findAllByText('The agent did not answer')
    expect(screen.queryByRole('checkbox')).toBeNull()
  })
})
