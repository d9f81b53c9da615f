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
    expect(screen.getByRole('region', { name: 'How it went' })).toHaveTextContent(
      'Nothing was measured.',
    )
    await expectAccessible()
  })

  it('says how it went and what was copied', async () => {
    const { user, db } = await renderConsole('/sessions')
    const session = db.sessions.find(({ end }) => end?.reason === 'consent_refused')!
    session.figures = {
      pictures: 1200,
      picture_delay: { p50_us: 8_400, p95_us: 1_250_000 },
      round_trip: null,
      copied_to_viewer: { times: 2, bytes: 1_500 },
      copied_to_agent: { times: 0, bytes: 0 },
    }
    const [link] = await screen.findAllByRole('link', { name: /^Refused by the person/ })
    await user.click(link!)
    expect(await screen.findByRole('region', { name: 'How it went' })).toHaveTextContent(
      /Picture delay8.4 ms; 95 % within 1.3 s.*Round trip–.*1,200.*2 texts, 1.5 kB.*Nothing/,
    )
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
