import { screen, waitFor } from '@testing-library/react'
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
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /E-mail or password is wrong.*Request id/,
    )
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
