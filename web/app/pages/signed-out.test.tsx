import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

/** Arrives like a person who opened a one-time link. */
function arriveWith(fragment: string): void {
  globalThis.history.replaceState(null, '', `/x#${fragment}`)
  takeSecrets()
}

describe('sign-in', () => {
  const fill = async (
    user: Awaited<ReturnType<typeof renderConsole>>['user'],
    email: string,
    password: string,
  ) => {
    await user.type(screen.getByLabelText('E-mail'), email)
    await user.type(screen.getByLabelText('Password'), `${password}{Enter}`)
  }

  it('comes before everything else and leads back to where one wanted to go', async () => {
    const { user, address } = await renderConsole('/enrollment', 'signed-out')
    await screen.findByRole('heading', { name: 'Sign in' })
    expect(address()).toContain('next=')
    await expectAccessible()
    await fill(user, 'marina@atlantico.example', 'right')
    await screen.findByRole('heading', { name: 'Enrollment' })
    expect(address()).toBe('/enrollment')
  })

  it.each(['https://example.org', '//example.org', String.raw`/\example.org`])(
    'never leads to another site: %s',
    async (next) => {
      const path = `/sign-in?next=${encodeURIComponent(next)}`
      const { user, address } = await renderConsole(path, 'signed-out')
      await fill(user, 'marina@atlantico.example', 'right')
      await waitFor(() => expect(address()).toBe('/machines'))
    },
  )

  it('says that the password is wrong, with the request id', async () => {
    const { user } = await renderConsole('/sign-in', 'signed-out')
    await fill(user, 'marina@atlantico.example', 'wrong')
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent(
      /^E-mail or password is wrongCheck both, and whether Caps Lock is on\.Request id/,
    )
    expect(within(alert).getAllByText(/wrong/)).toHaveLength(1)
  })

  it('says how long to wait after too many attempts', async () => {
    const { user } = await renderConsole('/sign-in', 'signed-out')
    await fill(user, 'throttled@atlantico.example', 'x')
    expect(await screen.findByRole('alert')).toHaveTextContent('Try again in 42 s.')
  })

  it('uses a one-time link at once and takes it out of the address', async () => {
    arriveWith('link=once')
    expect(location.hash).toBe('')
    const { address } = await renderConsole('/sign-in', 'signed-out')
    await waitFor(() => expect(address()).toBe('/machines'))
  })

  it('explains a link that was used, and offers the password', async () => {
    arriveWith('link=used')
    await renderConsole('/sign-in', 'signed-out')
    expect(await screen.findByRole('alert')).toHaveTextContent('This link does not work')
    expect(screen.getByLabelText('Password')).toBeInTheDocument()
  })

  it('takes people there when their login ends under an open page', async () => {
    const { db, address } = await renderConsole('/machines')
    await screen.findByText('18 machines')
    db.signedIn = false
    db.publish('machines')
    await screen.findByRole('heading', { name: 'Sign in' })
    expect(address()).toBe('/sign-in?next=%2Fmachines')
  })

  it('is where signing out leads', async () => {
    const { db, user } = await renderConsole('/machines')
    await user.click(await screen.findByRole('button', { name: /Account: Marina/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
    await screen.findByRole('heading', { name: 'Sign in' })
    expect(db.signedIn).toBe(false)
  })
})

describe('set-up', () => {
  it('needs the link', async () => {
    await renderConsole('/setup', 'fresh')
    expect(await screen.findByText('Open the link from the server')).toBeInTheDocument()
    expect(screen.getByRole('link', { name: 'Go to sign-in' })).toHaveAttribute('href', '/sign-in')
  })

  type User = Awaited<ReturnType<typeof renderConsole>>['user']

  /** Fills the form in and sends it. */
  const send = async (user: User, password = 'lantern gravel otter quince') => {
    await user.type(await screen.findByLabelText('Your name'), 'Marina')
    await user.type(screen.getByLabelText('E-mail'), 'marina@atlantico.example')
    await user.type(screen.getByLabelText('Organization'), 'Atlântico')
    await user.type(screen.getByLabelText('Password'), `${password}{Enter}`)
  }

  it('tells people who are signed in at once that it is over', async () => {
    arriveWith('token=once')
    await renderConsole('/setup')
    expect(await screen.findByText('Farol is set up already')).toBeInTheDocument()
    expect(screen.queryByLabelText('Your name')).not.toBeInTheDocument()
    const onward = screen.getByRole('link', { name: 'Go to the machines' })
    expect(onward).toHaveAttribute('href', '/machines')
    await expectAccessible()
  })

  it('shows the way to sign-in in place of the form when an account exists', async () => {
    arriveWith('token=once')
    const { user, address } = await renderConsole('/setup', 'signed-out')
    await send(user)
    expect(await screen.findByText('Farol is set up already')).toBeInTheDocument()
    expect(screen.queryByLabelText('Your name')).not.toBeInTheDocument()
    expect(screen.getByRole('link', { name: 'Go to sign-in' })).toHaveFocus()
    await expectAccessible()
    await user.keyboard('{Enter}')
    await screen.findByRole('heading', { name: 'Sign in' })
    expect(address()).toBe('/sign-in')
  })

  it('explains a link that does not work, and keeps what was typed for the next one', async () => {
    arriveWith('token=used')
    const { user, address } = await renderConsole('/setup', 'fresh')
    await send(user)
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent(/This link does not work.*farol sign-in-link.*Request id/)
    expect(within(alert).getByRole('link', { name: 'Go to sign-in' })).toHaveFocus()
    expect(screen.queryByLabelText('Your name')).not.toBeInTheDocument()
    await expectAccessible()
    act(() => arriveWith('token=once'))
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    expect(screen.getByLabelText('Your name')).toHaveValue('Marina')
    await user.click(screen.getByRole('button', { name: 'Create the account' }))
    await waitFor(() => expect(address()).toBe('/machines'))
  })

  it('keeps the form and what was typed when the answer can be corrected', async () => {
    arriveWith('token=once')
    const { user } = await renderConsole('/setup', 'fresh')
    await send(user, 'a')
    expect(await screen.findByText('This password is too easy to guess.')).toBeInTheDocument()
    expect(screen.getByLabelText('Your name')).toHaveValue('Marina')
    expect(screen.getByLabelText('Password')).toHaveValue('a')
  })

  it('creates the owner, judging the password as it is typed', async () => {
    arriveWith('token=once')
    const { user, db, address } = await renderConsole('/setup', 'fresh')
    await user.type(await screen.findByLabelText('Your name'), 'Marina')
    await user.type(screen.getByLabelText('E-mail'), 'marina@atlantico.example')
    await user.type(screen.getByLabelText('Organization'), 'Atlântico')
    const password = screen.getByLabelText('Password')
    await user.type(password, 'a')
    expect(await screen.findByText('Guessed at once')).toBeInTheDocument()
    await expectAccessible()
    await user.type(password, '{Enter}')
    expect(await screen.findByText('This password is too easy to guess.')).toBeInTheDocument()
    await user.clear(password)
    await user.type(password, 'lantern gravel otter quince')
    expect(await screen.findByText('Very hard to guess')).toBeInTheDocument()
    await user.type(password, '{Enter}')
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(db.me?.account.name).toBe('Marina')
  })
})
