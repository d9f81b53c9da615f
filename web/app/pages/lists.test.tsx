import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

describe('sessions', () => {
  it('tells in words why each one ended', async () => {
    await renderConsole('/sessions')
    expect(await screen.findAllByText('The machine went offline')).not.toHaveLength(0)
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
})

describe('enrollment', () => {
  it('shows a new token once, with the command that uses it', async () => {
    const { user, address } = await renderConsole('/enrollment')
    await user.click(await screen.findByRole('button', { name: 'Create token' }))
    await user.type(await screen.findByLabelText('Name'), 'Lisbon{Enter}')
    const dialog = await screen.findByRole('dialog', { name: 'The token is ready' })
    expect(dialog).toHaveTextContent(
      /FAROL_TOKEN='farol_enr_\S+' farol-agent enroll --server 'http/,
    )
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(document.body).not.toHaveTextContent('farol_enr_'))
    expect(await screen.findByText('Lisbon')).toBeInTheDocument()
    expect(address()).toBe('/enrollment')
  })

  it('shows what is wrong with a field at the field', async () => {
    const { user } = await renderConsole('/enrollment?create=true')
    const name = await screen.findByLabelText('Name')
    await user.type(name, 'taken{Enter}')
    await waitFor(() => expect(name).toBeInvalid())
    expect(name).toHaveAccessibleDescription(/There is a token of this name/)
  })

  it('revokes after asking', async () => {
    const { user } = await renderConsole('/enrollment')
    await user.click(await screen.findByRole('button', { name: 'Revoke Lisbon office' }))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    await waitFor(() =>
      expect(screen.queryByRole('button', { name: 'Revoke Lisbon office' })).toBeNull(),
    )
  })
})
