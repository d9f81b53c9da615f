import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { forgetSecret, takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

/** Arrives like a person who opened the link of an invitation. */
function arriveWith(token: string): void {
  globalThis.history.replaceState(null, '', `/invitation#token=${token}`)
  takeSecrets()
}

const GOOD = 'lantern gravel otter quince'

describe('an invitation', () => {
  it('makes an account, judges its password, and signs it in', async () => {
    arriveWith('once')
    expect(location.hash).toBe('')
    const { db, user, address } = await renderConsole('/invitation', 'signed-out')
    expect(
      await screen.findByText('Marina Duarte invites you as “Technician” into Atlântico Suporte.'),
    ).toBeInTheDocument()
    expect(screen.getByLabelText('You sign in as')).toHaveValue('joana@atlantico.example')
    await expectAccessible()
    await user.type(screen.getByLabelText('Your name'), 'Joana Reis')
    const password = screen.getByLabelText('New password')
    await user.type(password, 'a')
    expect(await screen.findByText('Guessed at once')).toBeInTheDocument()
    await user.type(password, '{Enter}')
    expect(await screen.findByText('This password is too easy to guess.')).toBeInTheDocument()
    expect(screen.getByLabelText('Your name')).toHaveValue('Joana Reis')
    await user.clear(password)
    await user.type(password, `${GOOD}{Enter}`)
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(db.me?.account).toMatchObject({ name: 'Joana Reis', locale: 'en' })
    expect(await screen.findByRole('button', { name: /Account: Joana Reis/ })).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'Enrollment' })).toBeNull()
  })

  it('keeps the language that was chosen', async () => {
    arriveWith('once')
    const { db, user, address } = await renderConsole('/invitation', 'signed-out')
    await user.selectOptions(
      await screen.findByLabelText('Language of the console'),
      'Português (Brasil)',
    )
    await user.type(screen.getByLabelText('Seu nome'), 'Joana')
    await user.type(screen.getByLabelText('Nova senha'), `${GOOD}{Enter}`)
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(db.me?.account.locale).toBe('pt-BR')
  })

  it('asks who has an account for its password alone', async () => {
    arriveWith('member')
    const { db, user, address } = await renderConsole('/invitation', 'signed-out')
    expect(await screen.findByText(/There is an account with this e-mail/)).toBeInTheDocument()
    expect(screen.getByText(/invites you as “Night shift”/)).toBeInTheDocument()
    expect(screen.queryByLabelText('Your name')).toBeNull()
    await expectAccessible()
    const password = screen.getByLabelText('Password')
    await user.type(password, 'wrong{Enter}')
    expect(await screen.findByText('This is not the password of that account.')).toBeVisible()
    expect(password).toBeInvalid()
    await user.clear(password)
    await user.type(password, 'right{Enter}')
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(db.me?.account.name).toBe('Caio Brandt')
  })

  it('says that a link does not work, and takes the next one that is opened', async () => {
    arriveWith('used')
    await renderConsole('/invitation', 'signed-out')
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent(/This invitation does not work.*Ask whoever invited you/)
    expect(alert).toHaveTextContent('Request id')
    await expectAccessible()
    act(() => arriveWith('once'))
    expect(await screen.findByLabelText('Your name')).toBeInTheDocument()
  })

  it('says so, too, when it was taken back meanwhile', async () => {
    arriveWith('once')
    const { db, user } = await renderConsole('/invitation', 'signed-out')
    await user.type(await screen.findByLabelText('Your name'), 'Joana')
    db.accountInvitations[0]!.state = 'revoked'
    await user.type(screen.getByLabelText('New password'), `${GOOD}{Enter}`)
    expect(await screen.findByRole('alert')).toHaveTextContent('This invitation does not work')
    expect(screen.queryByLabelText('Your name')).toBeNull()
  })

  it('can be tried again after too many attempts', async () => {
    arriveWith('throttled')
    const { user } = await renderConsole('/invitation', 'signed-out')
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('Try again in 42 s.')
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('alert')).toBeInTheDocument()
  })

  it('needs the link', async () => {
    forgetSecret('token')
    await renderConsole('/invitation', 'signed-out')
    expect(await screen.findByText('Open the link that you were sent')).toBeInTheDocument()
    await expectAccessible()
  })

  it('says so to who is signed in with another account, and forgets what they had read', async () => {
    arriveWith('once')
    const { user } = await renderConsole('/invitation')
    expect(await screen.findByText(/You are signed in as Marina Duarte/)).toBeInTheDocument()
    expect(screen.getByText(/signs you in as joana@atlantico.example/)).toBeInTheDocument()
    await user.type(screen.getByLabelText('Your name'), 'Joana Reis')
    await user.type(screen.getByLabelText('New password'), `${GOOD}{Enter}`)
    expect(await screen.findByRole('button', { name: /Account: Joana Reis/ })).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'People' })).toBeNull()
  })

  it('says that it is for the account that is signed in', async () => {
    arriveWith('member')
    await renderConsole('/invitation', 'usual', ({ me }) => {
      Object.assign(me!.account, { name: 'Caio Brandt', email: 'Caio@atlantico.example' })
    })
    expect(await screen.findByText('The invitation is for this account.')).toBeInTheDocument()
  })
})
