import { act, screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

/** Arrives like a person whose helpdesk agent opened their browser. */
function arriveWith(secret: string): void {
  globalThis.history.replaceState(null, '', `/this-machine#link=${secret}`)
  takeSecrets()
}

/** Nobody with an account is signed in. */
const open = () => renderConsole('/this-machine', 'signed-out')

describe('the page for the person at a machine', () => {
  it('signs in by the link, takes it out of the address, and shows that machine', async () => {
    arriveWith('once')
    expect(location.hash).toBe('')
    const { db } = await open()
    const machine = db.machines[0]
    if (!machine) throw new Error('the scenario has no machine')
    const card = await screen.findByRole('article', { name: machine.name })
    expect(card).toHaveTextContent(machine.hostname)
    expect(card).toHaveTextContent(machine.os.name)
    expect(card).toHaveTextContent(/Online/)
    expect(screen.getByText(/You see this one machine here and nothing else/)).toBeInTheDocument()
    expect(document.title).toBe('This machine · Farol')
    // Nothing leads from here into the console.
    expect(screen.queryByRole('navigation')).not.toBeInTheDocument()
    expect(screen.queryByRole('link')).not.toBeInTheDocument()
    await expectAccessible()
  })

  it('says to the person at an offline machine what to look at, and asks again when they come back', async () => {
    arriveWith('once')
    const { db } = await open()
    await screen.findByRole('article')
    expect(screen.queryByText(/Is the agent running/)).not.toBeInTheDocument()
    const machine = db.machines[0]
    if (machine) machine.presence = { status: 'offline', since: new Date().toISOString() }
    act(() => {
      globalThis.dispatchEvent(new Event('visibilitychange'))
    })
    expect(await screen.findByText(/Is the agent running/)).toBeInTheDocument()
    expect(screen.getByRole('article')).toHaveTextContent(/Offline/)
  })

  it('says that one is signed out, and signs in again by the next link', async () => {
    arriveWith('first')
    const { user } = await open()
    await user.click(await screen.findByRole('button', { name: 'Sign out' }))
    expect(await screen.findByText('You are signed out')).toBeInTheDocument()
    expect(screen.queryByRole('article')).not.toBeInTheDocument()
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    await expectAccessible()
    act(() => arriveWith('first'))
    expect(await screen.findByText('This link does not work any more')).toBeInTheDocument()
    act(() => arriveWith('second'))
    expect(await screen.findByRole('article')).toBeInTheDocument()
    expect(screen.queryByText('This link does not work any more')).not.toBeInTheDocument()
  })

  it('speaks to end users, not to technicians, when there is no login', async () => {
    await open()
    expect(await screen.findByText('You are not signed in here')).toBeInTheDocument()
    expect(screen.getByText(/its address alone is not enough/)).toBeInTheDocument()
    // Asking again would not help.
    expect(screen.queryByRole('button', { name: 'Try again' })).not.toBeInTheDocument()
    await expectAccessible()
  })

  it.each([
    ['wrong', /This link does not work any more.*It works once, and for two minutes/],
    ['blocked', /Your support team has blocked this machine/],
  ])('explains what is wrong with the link: %s', async (secret, words) => {
    arriveWith(secret)
    await open()
    await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(words))
    expect(screen.getByRole('status')).toHaveTextContent(/Request id/)
    expect(document.body).not.toHaveTextContent('farol sign-in-link')
    expect(screen.queryByRole('article')).not.toBeInTheDocument()
  })

  it('keeps the machine in view when the agent’s link is opened a second time', async () => {
    arriveWith('once')
    await open()
    await screen.findByRole('article')
    act(() => arriveWith('once'))
    await waitFor(() => expect(screen.queryByText('One moment…')).not.toBeInTheDocument())
    expect(screen.getByRole('article')).toBeInTheDocument()
    expect(screen.queryByText('This link does not work any more')).not.toBeInTheDocument()
  })

  it('says all of it in Portuguese, too', async () => {
    arriveWith('once')
    const { user } = await open()
    await screen.findByRole('article')
    await user.click(screen.getByRole('radio', { name: 'Português (Brasil)' }))
    expect(await screen.findByRole('heading', { name: 'Esta máquina' })).toBeInTheDocument()
    expect(screen.getByText(/você vê só esta máquina e nada mais/)).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Sair' }))
    expect(await screen.findByText('Você saiu')).toBeInTheDocument()
  })
})
