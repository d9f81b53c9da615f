import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

describe('the shell', () => {
  it('goes to a machine through the command palette', async () => {
    const { user } = await renderConsole('/sessions')
    await screen.findByRole('heading', { name: 'Sessions' })
    await user.keyboard('{Control>}k{/Control}')
    const palette = await screen.findByRole('dialog', { name: 'Command palette' })
    await within(palette).findByText('Payroll')
    await expectAccessible()
    await user.keyboard('payroll{Enter}')
    expect(await screen.findByRole('heading', { name: 'Payroll', level: 1 })).toBeInTheDocument()
  })

  it('offers technicians no page and action that the server refuses them', async () => {
    const { user } = await renderConsole('/machines', 'technician')
    await screen.findByText('18 machines')
    await user.keyboard('{Control>}k{/Control}')
    const palette = await screen.findByRole('dialog', { name: 'Command palette' })
    expect(within(palette).getByText('Quarantine')).toBeInTheDocument()
    for (const name of ['Enrollment', 'Audit', 'Settings', 'Create an enrollment token'])
      expect(within(palette).queryByText(name)).toBeNull()
  })

  it('goes to pages by two keys, but not while somebody types', async () => {
    const { user, address } = await renderConsole('/machines')
    await screen.findByText('18 machines')
    await user.keyboard('ga')
    await screen.findByRole('heading', { name: 'Audit' })
    await user.click(await screen.findByRole('searchbox'))
    await user.keyboard('gm')
    expect(address()).toBe('/audit')
  })

  it('switches single keys off', async () => {
    const { user, address } = await renderConsole('/machines')
    await screen.findByText('18 machines')
    await user.keyboard('?')
    await user.click(await screen.findByRole('switch', { name: 'Single-key shortcuts' }))
    await user.keyboard('{Escape}ga')
    expect(address()).toBe('/machines')
  })

  it('changes the language at once and keeps it in the account', async () => {
    const { user, db } = await renderConsole('/machines')
    await user.click(await screen.findByRole('button', { name: /Account/ }))
    await user.click(await screen.findByRole('menuitemradio', { name: 'Português (Brasil)' }))
    await user.keyboard('{Escape}')
    expect(await screen.findByRole('heading', { name: 'Máquinas' })).toBeInTheDocument()
    expect(document.documentElement.lang).toBe('pt-BR')
    await waitFor(() => expect(db.me?.account.locale).toBe('pt-BR'))
  })

  it('changes the theme', async () => {
    const { user } = await renderConsole('/machines')
    await user.click(await screen.findByRole('button', { name: /Account/ }))
    await user.click(await screen.findByRole('menuitemradio', { name: 'Dark' }))
    expect(document.documentElement.dataset['theme']).toBe('dark')
  })

  it('names its buttons by what can be seen on them', async () => {
    await renderConsole('/machines')
    await screen.findByText('18 machines')
    expect(screen.getByRole('button', { name: 'MD Account: Marina Duarte' })).toHaveTextContent(
      /^MD /,
    )
    const palette = screen.getByRole('button', { name: /^Machine, page or action/ })
    expect(palette).toHaveAccessibleName(palette.textContent)
    expect(palette).toHaveTextContent(/(Ctrl |⌘)K$/)
    // Announced when it changes: around the button, not inside it.
    const state = await screen.findByRole('button', { name: 'Live' })
    expect(state.closest('[role="status"]')).toContainElement(state)
  })

  it('says that an address names nothing', async () => {
    await renderConsole('/nowhere')
    expect(await screen.findByText('There is nothing here')).toBeInTheDocument()
  })
})
