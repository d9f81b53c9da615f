// Passkeys are bound to a name.
// @vitest-environment-options {"url": "http://localhost/"}
import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { credential, installPasskeys, refusal } from '~/testing/passkeys'
import { renderConsole } from '~/testing/render-console'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

async function givePassword(user: User): Promise<void> {
  await user.type(screen.getByLabelText('E-mail'), 'careful@atlantico.example')
  await user.type(screen.getByLabelText('Password'), 'right{Enter}')
  await screen.findByRole('heading', { name: 'One more step' })
}

const codeField = () => screen.getByLabelText('Code of the authenticator app')

describe('the second step of a sign-in', () => {
  it('takes a code as soon as it is whole, blanks or not, and leads where one wanted to go', async () => {
    const { user, address } = await renderConsole('/sessions', 'signed-out')
    await screen.findByRole('heading', { name: 'Sign in' })
    await givePassword(user)
    expect(codeField()).toHaveFocus()
    expect(codeField()).toHaveAttribute('autocomplete', 'one-time-code')
    expect(codeField()).toHaveAttribute('inputmode', 'numeric')
    await expectAccessible()
    await user.keyboard('123')
    expect(address()).toContain('/sign-in')
    await user.keyboard(' 456')
    await waitFor(() => expect(address()).toBe('/sessions'))
  })

  it('says that a code is wrong, and takes the next one', async () => {
    const { user, address } = await renderConsole('/sign-in', 'signed-out')
    await givePassword(user)
    await user.type(codeField(), '000000')
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /^This code is not right.*Request id/,
    )
    await waitFor(() => expect(codeField()).toHaveValue(''))
    expect(codeField()).toHaveFocus()
    await expectAccessible()
    await user.keyboard('654321')
    await waitFor(() => expect(address()).toBe('/machines'))
  })

  it('takes a recovery code instead', async () => {
    const { user, address } = await renderConsole('/sign-in', 'signed-out')
    await givePassword(user)
    await user.click(screen.getByRole('button', { name: 'Use a recovery code' }))
    const field = screen.getByLabelText('Recovery code')
    expect(field).toHaveFocus()
    await user.keyboard('used{Enter}')
    expect(await screen.findByRole('alert')).toHaveTextContent('This recovery code was used before')
    await expectAccessible()
    await user.clear(field)
    await user.type(field, 'k7qm-2f01-x9hd-w40t{Enter}')
    await waitFor(() => expect(address()).toBe('/machines'))
  })

  it('offers a passkey where they work', async () => {
    const fake = installPasskeys()
    const { user, address } = await renderConsole('/sign-in', 'signed-out')
    await givePassword(user)
    await user.click(screen.getByRole('button', { name: 'Use a passkey' }))
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(fake.get).toHaveBeenCalledOnce()
  })

  it('leads back to the password, and keeps the e-mail', async () => {
    const { user } = await renderConsole('/sign-in', 'signed-out')
    await givePassword(user)
    expect(screen.queryByRole('button', { name: 'Use a passkey' })).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Back to the password' }))
    expect(screen.getByLabelText('E-mail')).toHaveValue('careful@atlantico.example')
    expect(screen.getByLabelText('Password')).toHaveValue('')
  })

  it('begins again, and says why, when it took too long', async () => {
    const { user } = await renderConsole('/sign-in', 'signed-out')
    await givePassword(user)
    await user.type(codeField(), '111111')
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeInTheDocument()
    expect(screen.getByRole('alert')).toHaveTextContent('This took too long')
  })

  it('comes after the password of an invitation, too', async () => {
    globalThis.history.replaceState(null, '', '/invitation#token=member')
    takeSecrets()
    const { user, address } = await renderConsole('/invitation', 'signed-out', ({ people }) => {
      const caio = people.find(({ name }) => name === 'Caio Brandt')
      if (caio) caio.second_factor = true
    })
    await user.type(await screen.findByLabelText('Password'), 'right{Enter}')
    await user.type(await screen.findByLabelText('Code of the authenticator app'), '123456')
    await waitFor(() => expect(address()).toBe('/machines'))
  })
})

describe('signing in with a passkey', () => {
  it('is not offered where it does not work', async () => {
    await renderConsole('/sign-in', 'signed-out')
    expect(screen.queryByRole('button', { name: 'Sign in with a passkey' })).toBeNull()
  })

  it('needs nothing else', async () => {
    const fake = installPasskeys()
    const { user, address } = await renderConsole('/sign-in', 'signed-out')
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Sign in with a passkey' }))
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(fake.get).toHaveBeenCalledOnce()
  })

  it('says that none was given, or that the server does not know it', async () => {
    const fake = installPasskeys()
    fake.get.mockRejectedValueOnce(refusal()).mockResolvedValueOnce(credential('strange'))
    const { user } = await renderConsole('/sign-in', 'signed-out')
    const button = screen.getByRole('button', { name: 'Sign in with a passkey' })
    await user.click(button)
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('No passkey was used')
    expect(within(alert).queryByText(/Request id/)).toBeNull()
    await user.click(button)
    await waitFor(() =>
      expect(screen.getByRole('alert')).toHaveTextContent('This server does not know the passkey'),
    )
    await expectAccessible()
  })
})
