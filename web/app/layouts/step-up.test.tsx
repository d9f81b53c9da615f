// Passkeys are bound to a name.
// @vitest-environment-options {"url": "http://localhost/"}
import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { expectAccessible } from '~/testing/axe'
import { installPasskeys, refusal } from '~/testing/passkeys'
import { renderConsole } from '~/testing/render-console'

/** A login that proved itself long ago, of an account with an app. */
const old = ({ protection }: MockDb): void => {
  protection.proven = false
  protection.factors.totp_since = '2026-01-05T09:00:00Z'
  protection.factors.recovery_codes_left = 8
}

/** Asks for the removal of the app, which asks for a proof. */
async function removeApp(prepare: (db: MockDb) => void) {
  const console = await renderConsole('/account', 'usual', prepare)
  await console.user.click(await screen.findByRole('button', { name: 'Remove' }))
  const confirm = await screen.findByRole('alertdialog', {
    name: 'Remove the authenticator app?',
  })
  await console.user.click(within(confirm).getByRole('button', { name: 'Remove' }))
  const dialog = await screen.findByRole('dialog', { name: 'Is it you?' })
  return { ...console, dialog }
}

describe('proving again who one is', () => {
  it('asks for what the account has, and goes on by itself with what was wanted', async () => {
    const { user, db, dialog } = await removeApp(old)
    const field = await within(dialog).findByLabelText('Code of the authenticator app')
    expect(field).toHaveFocus()
    await expectAccessible()
    await user.keyboard('123456')
    expect(await screen.findByText('The authenticator app was removed')).toBeInTheDocument()
    expect(db.protection.factors.totp_since).toBeNull()
    expect(screen.queryByRole('dialog')).toBeNull()
    expect(screen.queryByRole('alertdialog')).toBeNull()
  })

  it('says that the proof is wrong, and waits for the next one', async () => {
    const { user, db, dialog } = await removeApp(old)
    await user.type(await within(dialog).findByLabelText('Code of the authenticator app'), '000000')
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('This code is not right')
    expect(db.protection.factors.totp_since).not.toBeNull()
    await user.click(within(dialog).getByRole('button', { name: 'Use a recovery code' }))
    await user.type(within(dialog).getByLabelText('Recovery code'), 'k7qm-2f01{Enter}')
    await waitFor(() => expect(db.protection.factors.totp_since).toBeNull())
  })

  it('leaves everything as it was when somebody gives up, and says what was refused', async () => {
    const { user, db, dialog } = await removeApp(old)
    await within(dialog).findByLabelText('Code of the authenticator app')
    await user.keyboard('{Escape}')
    expect(await screen.findByText('Prove first that it is you')).toBeInTheDocument()
    expect(db.protection.factors.totp_since).not.toBeNull()
    expect(db.protection.proven).toBe(false)
  })

  it('asks for a passkey, and anew when none was given', async () => {
    const fake = installPasskeys()
    fake.get.mockRejectedValueOnce(refusal())
    const { user, db, dialog } = await removeApp((mock) => {
      old(mock)
      const created_at = '2026-01-05T09:00:00Z'
      const one = { id: '1', name: 'Laptop', synced: false, created_at, last_used_at: null }
      mock.protection.factors.passkeys.push(one)
    })
    await user.click(await within(dialog).findByRole('button', { name: 'Use a passkey' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('No passkey was used')
    await user.click(within(dialog).getByRole('button', { name: 'Use a passkey' }))
    await waitFor(() => expect(db.protection.factors.totp_since).toBeNull())
    expect(fake.get).toHaveBeenCalledTimes(2)
  })

  it('asks for the password where there is no second factor, in the middle of a form', async () => {
    const { user, db } = await renderConsole('/account', 'usual', ({ protection }) => {
      protection.proven = false
    })
    const password = await screen.findByLabelText('New password')
    await user.type(password, 'lantern gravel otter quince{Enter}')
    const dialog = await screen.findByRole('dialog', { name: 'Is it you?' })
    const field = await within(dialog).findByLabelText('Password')
    await user.type(field, 'wrong{Enter}')
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(/password is wrong/)
    await user.clear(field)
    await user.type(field, 'right{Enter}')
    expect(
      await screen.findByText('Your password was changed; your other logins ended'),
    ).toBeInTheDocument()
    expect(db.protection.logins).toHaveLength(1)
  })
})
