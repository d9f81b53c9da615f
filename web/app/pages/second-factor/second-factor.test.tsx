// Passkeys are bound to a name.
// @vitest-environment-options {"url": "http://localhost/"}
import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { expectAccessible } from '~/testing/axe'
import { installPasskeys } from '~/testing/passkeys'
import { renderConsole } from '~/testing/render-console'

const missing =
  (overdue: boolean) =>
  ({ me }: MockDb): void => {
    me!.second_factor_missing = { due_at: '2026-03-01T09:00:00Z', overdue }
  }

describe('a second factor that is asked for', () => {
  it('is the one step before everything else, and then the page that was wanted opens', async () => {
    const { user, address } = await renderConsole('/machines', 'usual', missing(true))
    await screen.findByRole('heading', { name: 'Set up a second factor to go on', level: 1 })
    expect(screen.queryByRole('navigation')).toBeNull()
    expect(screen.getByText('Signed in as marina@atlantico.example')).toBeInTheDocument()
    await expectAccessible()
    const app = await screen.findByRole('region', { name: 'Authenticator app' })
    await user.click(within(app).getByRole('button', { name: 'Add an app' }))
    await user.type(await screen.findByLabelText('Code that the app shows'), '123456')
    // The recovery codes are seen before the page goes.
    await user.click(await screen.findByRole('button', { name: 'I have kept them' }))
    await screen.findByRole('heading', { name: 'Machines', level: 1 })
    expect(address()).toBe('/machines')
  })

  it('can be a passkey', async () => {
    installPasskeys()
    const { user } = await renderConsole('/machines', 'usual', missing(true))
    await user.click(await screen.findByRole('button', { name: 'Add a passkey' }))
    const dialog = await screen.findByRole('dialog', { name: 'Add a passkey' })
    await user.type(within(dialog).getByLabelText('Name'), 'Laptop{Enter}')
    await user.click(await screen.findByRole('button', { name: 'I have kept them' }))
    await screen.findByRole('heading', { name: 'Machines', level: 1 })
  })

  it('can be left by signing out', async () => {
    const { user, address } = await renderConsole('/machines', 'usual', missing(true))
    await user.click(await screen.findByRole('button', { name: 'Sign out' }))
    await waitFor(() => expect(address()).toBe('/sign-in'))
  })

  it('comes over an open page when the rules change', async () => {
    const { db } = await renderConsole('/machines')
    await screen.findByRole('heading', { name: 'Machines', level: 1 })
    missing(true)(db)
    db.publish('me')
    await screen.findByRole('heading', { name: 'Set up a second factor to go on', level: 1 })
  })

  it('is told of as long as there is time', async () => {
    await renderConsole('/machines', 'usual', missing(false))
    await screen.findByRole('heading', { name: 'Machines', level: 1 })
    expect(screen.getByText('Your account needs a second factor')).toBeInTheDocument()
    expect(screen.getByRole('link', { name: 'Add one' })).toHaveAttribute('href', '/account')
  })
})
