import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { HOST_SESSION } from '@mock/session-data'
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
      /Picture delay8.4 ms; 95 % within 1.3 s.*Round trip–.*1,200.*2 times, 1.5 kB.*Nothing/,
    )
    await expectAccessible()
  })

  it('marks those of guests, and finds them', async () => {
    const { user, db } = await renderConsole('/sessions')
    const guest = db.sessions.find(({ guest_of: host }) => host)!
    const link = await screen.findByRole('link', { name: /Session of Rui Prado with/ })
    const row = link.closest('tr')!
    expect(within(row).getAllByText('guest')).not.toHaveLength(0)
    expect(screen.getAllByText('guest').every((mark) => row.contains(mark))).toBe(true)
    await user.type(screen.getByRole('searchbox'), 'guest')
    expect(await screen.findAllByRole('row')).toHaveLength(2)
    await user.click(link)
    await screen.findByRole('heading', { name: `Session with ${guest.machine_name}` })
    const facts = screen.getByRole('region', { name: 'Facts' })
    expect(facts).toHaveTextContent(/GuestRui Prado/)
    expect(facts).not.toHaveTextContent('Technician')
    await expectAccessible()
    const host = db.sessions.find(({ id }) => id === guest.guest_of)!
    await user.click(
      await within(facts).findByRole('link', { name: `the session of ${host.technician.name}` }),
    )
    await waitFor(() =>
      expect(screen.getByRole('region', { name: 'Facts' })).toHaveTextContent(host.id),
    )
  })

  it('says of one who was invited to it, by whom, and what became of it', async () => {
    const { user, db, address } = await renderConsole(`/sessions/${HOST_SESSION}`)
    const list = await screen.findByRole('region', { name: 'Invitations' })
    const rows = within(list).getAllByRole('listitem')
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringMatching(/^Openworks for another 4\d min.*View, Control.*Revoke$/),
      expect.stringMatching(/^Open.*Made by Theo Lindqvist.*View.*Revoke$/),
      expect.stringMatching(/^Acceptedby Rui Prado, .*Made by Marina Duarte.*Session of Rui Prado/),
      expect.stringMatching(/^Revokedat .*View$/),
      expect.stringMatching(/^Expiredat .*View$/),
    ])
    await expectAccessible()
    const [first] = within(list).getAllByRole('button')
    await user.click(first!)
    await waitFor(() => expect(within(list).getAllByText('Revoked')).toHaveLength(2))
    expect(db.invitations[0]?.state).toBe('revoked')
    await user.click(within(list).getByRole('link', { name: 'Session of Rui Prado' }))
    await screen.findByText('Invited into')
    expect(address()).toBe(`/sessions/${db.invitations[2]?.guest?.session_id}`)
    expect(screen.queryByRole('region', { name: 'Invitations' })).toBeNull()
  })

  it('revokes nothing of one that is over', async () => {
    await renderConsole(`/sessions/${HOST_SESSION}`, 'usual', (db) => {
      db.sessions.find(({ id }) => id === HOST_SESSION)!.state = 'ended'
    })
    const list = await screen.findByRole('region', { name: 'Invitations' })
    expect(within(list).queryByRole('button')).toBeNull()
    expect(within(list).getAllByText('when the session ended')).toHaveLength(2)
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
