import { act, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { MockDb } from '@mock/db'
import { BRUNO } from '@mock/company'
import { revoke } from '@mock/guest-data'
import { answer, endSession, MACHINE_KEY, OTHER_KEY } from '@mock/live-sessions'
import { forgetSecret, takeSecrets } from '~/fragment'
import { guestVisit, KEY_PLACE } from '~/session/guest'
import { MachineKeys } from '~/session/pins'
import { wordsOf } from '~/session/words'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

beforeEach(() => {
  // What one test calls its guest is remembered in this page.
  localStorage.setItem('farol.guestName', '')
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
  return () => {
    guestVisit.leave()
    forgetSecret('guest')
  }
})

/** Opens the link that somebody was given. */
function follow(secret: string): void {
  globalThis.history.replaceState(null, '', `/guest#${secret}`)
  takeSecrets()
}

/** Nobody with an account is signed in. */
const open = (prepare?: (db: MockDb) => void) => renderConsole('/guest', 'signed-out', prepare)

const nameField = () => screen.findByRole('textbox', { name: 'Your name' })

const live = () =>
  vi.waitFor(
    () => expect(screen.getByTestId('viewer')).toHaveAttribute('data-phase', 'live'),
    10_000,
  )

async function join(secret = 'watch', prepare?: (db: MockDb) => void) {
  follow(secret)
  const rendered = await open(prepare)
  await rendered.user.type(await nameField(), 'Rui Prado')
  await rendered.user.click(screen.getByRole('button', { name: 'Join' }))
  return { ...rendered, session: () => rendered.db.sessions[0]! }
}

async function joined(secret?: string) {
  const rendered = await join(secret)
  await live()
  return rendered
}

/** Nothing leads from here into the console. */
function expectNoWayIn(): void {
  expect(screen.queryByRole('navigation')).toBeNull()
  expect(screen.queryByRole('link')).toBeNull()
}

describe('the page for guests', () => {
  it('needs no account, takes the secret out of the address, and says who invites to what', async () => {
    follow('watch')
    expect(location.hash).toBe('')
    const { address, db } = await open()
    await nameField()
    const machine = db.sessions.find(({ id }) => id === db.invitations[0]!.session_id)!.machine_name
    const main = screen.getByRole('main')
    expect(main).toHaveTextContent(
      `Theo Lindqvist of Atlântico Suporte invites you to watch the computer ${machine}`,
    )
    expect(main).toHaveTextContent(/See the screen.*sees your name and that you are a guest/)
    expect(main).not.toHaveTextContent(/mouse and keyboard/)
    expect(address()).toBe('/guest')
    expect(document.title).toBe('You are invited · Farol')
    expectNoWayIn()
    await expectAccessible()
  })

  it('says that mouse and keyboard are given, too', async () => {
    follow('control')
    await open()
    await nameField()
    expect(screen.getByRole('main')).toHaveTextContent(/Use mouse and keyboard, when/)
  })

  it('looks at the invitation first', async () => {
    follow('watch')
    const shown = open()
    expect(await screen.findByText('Looking at the invitation…')).toBeInTheDocument()
    await shown
    await nameField()
  })

  it.each(['wrong', 'secret-12', 'secret-20', 'secret-80'])(
    'says one and the same of a link that does not work: %s',
    async (secret) => {
      follow(secret)
      await open()
      const notice = await screen.findByText('This invitation does not work')
      expect(notice.parentElement).toHaveTextContent(/Ask whoever invited you for a new one/)
      expect(screen.queryByRole('textbox')).toBeNull()
      expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull()
      await expectAccessible()
    },
  )

  it('says how long to wait after too many wrong ones', async () => {
    follow('busy')
    await open()
    expect(await screen.findByText('Too many attempts')).toBeInTheDocument()
    expect(screen.getByText('Try again in 1 min.')).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument()
  })

  it('says what is missing when it is opened without a link', async () => {
    await open()
    expect(await screen.findByText('Open the link that you were sent')).toBeInTheDocument()
    await expectAccessible()
    act(() => follow('watch'))
    expect(await nameField()).toBeInTheDocument()
  })

  it('wants a name, and remembers it in this browser', async () => {
    localStorage.setItem('farol.guestName', 'Rui')
    follow('watch')
    const { user, db } = await open()
    const field = await nameField()
    expect(field).toHaveValue('Rui')
    expect(field).toHaveAttribute('maxlength', '64')
    await user.clear(field)
    await user.type(field, '   {Enter}')
    expect(await screen.findByText('Say who you are first.')).toBeInTheDocument()
    expect(field).toBeInvalid()
    await expectAccessible()
    await user.type(field, 'Lia Sá {Enter}')
    await live()
    expect(db.sessions[0]?.technician.name).toBe('Lia Sá')
    expect(localStorage.getItem('farol.guestName')).toBe('Lia Sá')
  })

  it('lets nobody in while the machine is away, and takes another attempt', async () => {
    const away = (db: MockDb, status: 'online' | 'offline') => {
      for (const machine of db.machines) machine.presence.status = status
    }
    const { user, db } = await join('watch', (db) => away(db, 'offline'))
    expect(await screen.findByText('The computer is offline')).toBeInTheDocument()
    expect(await nameField()).toHaveValue('Rui Prado')
    await expectAccessible()
    away(db, 'online')
    await user.click(screen.getByRole('button', { name: 'Join' }))
    await live()
  })

  it('notices that the invitation was used meanwhile', async () => {
    follow('watch')
    const { user, db } = await open()
    await user.type(await nameField(), 'Rui')
    db.invitations = []
    await user.click(screen.getByRole('button', { name: 'Join' }))
    expect(await screen.findByText('This invitation does not work')).toBeInTheDocument()
    expect(screen.queryByRole('textbox')).toBeNull()
  })

  it('says all of it in Portuguese, too', async () => {
    follow('control')
    const { user } = await open()
    await nameField()
    await user.click(screen.getByRole('radio', { name: 'Português (Brasil)' }))
    expect(
      await screen.findByRole('heading', { name: 'Você recebeu um convite' }),
    ).toBeInTheDocument()
    expect(screen.getByRole('main')).toHaveTextContent(
      /Marina Duarte, de Atlântico Suporte, convida você/,
    )
    expect(screen.getByRole('button', { name: 'Entrar' })).toBeInTheDocument()
  })
})

describe('a guest’s viewer', () => {
  it('has what a guest needs, and nothing that a guest cannot use', async () => {
    const { user } = await joined()
    const bar = screen.getByRole('toolbar', { name: 'Session toolbar' })
    const buttons = within(bar)
      .getAllByRole('button')
      .map((button) => button.getAttribute('aria-label'))
    expect(buttons).toEqual([
      'Words of this machine',
      'View',
      'Full screen',
      'Statistics',
      'Who is connected',
      'Laser pointer (hold L)',
      'Chat',
      'Keep the toolbar open',
      'Leave the session',
    ])
    expectNoWayIn()
    await expectAccessible()
    await user.click(within(bar).getByRole('button', { name: 'Who is connected' }))
    const panel = await screen.findByRole('dialog')
    expect(within(panel).getByText('Rui Prado').closest('li')).toHaveTextContent(/\(you\).*Guest/)
    expect(within(panel).getByText('Marina Duarte').closest('li')).toHaveTextContent('Drives')
    expect(within(panel).queryByRole('button', { name: 'Invite someone' })).toBeNull()
    await expectAccessible()
  })

  it('says the words of the machine, and nothing of what this browser would keep', async () => {
    const { user } = await joined()
    await user.click(screen.getByRole('button', { name: 'Words of this machine' }))
    const panel = await screen.findByRole('dialog')
    for (const word of (await wordsOf(MACHINE_KEY)).split('-'))
      expect(within(panel).getByText(word)).toBeInTheDocument()
    expect(panel).not.toHaveTextContent(/This browser/)
  })

  it('lets a guest who may control ask to drive, and drive', async () => {
    const { user, workers } = await joined('control')
    expect(screen.getByRole('button', { name: 'Send keys' })).toBeInTheDocument()
    await user.click(await screen.findByRole('button', { name: 'Ask to drive' }))
    act(() => workers.at(-1)!.company!.youDrive())
    expect(await screen.findByText('You drive now')).toBeInTheDocument()
    expect(screen.getByTestId('picture')).toHaveAttribute('data-captures-keyboard')
  })

  it('says of the guest in the chat that they are one', async () => {
    const { user, workers } = await joined()
    act(() => workers.at(-1)!.company!.says(BRUNO, 'Look here'))
    await user.click(await screen.findByRole('button', { name: /Marina Duarte.*1 new/ }))
    const field = screen.getByRole('textbox', { name: 'Say something to everybody here' })
    await user.type(field, 'I see{Enter}')
    const log = await screen.findByRole('log')
    expect(log).toHaveTextContent(/Marina Duarte.*Look here.*Rui Prado \(guest\) \(you\).*I see/)
    expect(log).not.toHaveTextContent(/Marina Duarte \(guest\)/)
  })

  it('waits for the person at the machine, and asks nothing of the console', async () => {
    const { session, db } = await join('watch', (db) => {
      db.viewer = 'asks'
    })
    expect(await screen.findByText('Waiting for a yes')).toBeInTheDocument()
    expectNoWayIn()
    await expectAccessible()
    act(() => answer(db, session().id, 'refused'))
    expect(await screen.findByText('The person at the computer said no')).toBeInTheDocument()
    expectNoWayIn()
  })

  it('says so while the machine is away, and can leave', async () => {
    const { user, db, workers, session } = await joined()
    db.viewer = 'interrupted'
    act(() => workers.at(-1)?.lose())
    const said = await screen.findByRole('region', { name: 'The session is interrupted' })
    expect(said).toHaveTextContent('Waiting for the machine')
    await user.click(within(said).getByRole('button', { name: 'Leave the session' }))
    expect(await screen.findByText('You left the session')).toBeInTheDocument()
    await waitFor(() => expect(session().state).toBe('ended'))
  })

  it('stops at another machine key, about which a guest cannot decide', async () => {
    const pin = { key: OTHER_KEY, since: new Date(0).toISOString() }
    vi.spyOn(MachineKeys.prototype, 'check').mockReturnValue({ kind: 'changed', pin })
    const { user } = await join()
    expect(await screen.findByText(/tell the person who invited you/)).toBeInTheDocument()
    expect(screen.queryByRole('checkbox')).toBeNull()
    expectNoWayIn()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Leave the session' }))
    expect(await screen.findByText('You left the session')).toBeInTheDocument()
  })

  it('says that the host has left', async () => {
    const { db, session } = await joined()
    act(() =>
      endSession(db, session().guest_of!, { reason: 'technician_ended', by: null, detail: null }),
    )
    expect(
      await screen.findByText('The person who invited you has left the session'),
    ).toBeInTheDocument()
    expect(screen.getByText(/ask the person who invited you for a new link/)).toBeInTheDocument()
    expect(screen.queryByRole('button')).toBeNull()
    expectNoWayIn()
    await expectAccessible()
  })

  it('says that the invitation was revoked', async () => {
    const { db, session } = await joined()
    const invitation = db.invitations.find(({ guest }) => guest?.session_id === session().id)!
    act(() => revoke(db, invitation.session_id, invitation.id))
    expect(await screen.findByText('Your invitation was revoked')).toBeInTheDocument()
    await expectAccessible()
  })

  it('leaves', async () => {
    const { user, session } = await joined()
    await user.click(screen.getByRole('button', { name: 'Leave the session' }))
    expect(await screen.findByText('You left the session')).toBeInTheDocument()
    await waitFor(() => expect(session().state).toBe('ended'))
    expectNoWayIn()
  })

  it('comes back into the session when the page is loaded anew', async () => {
    const known = { key: 'kept', machineName: 'Front desk', access: 'view' }
    sessionStorage.setItem(KEY_PLACE, JSON.stringify(known))
    let id = ''
    const prepare = (db: MockDb) => {
      id = db.invitations[0]!.session_id
      const session = db.sessions.find((one) => one.id === id)!
      session.guest_of = 'host'
      db.guestKeys = { kept: id }
    }
    sessionStorage.setItem(
      'farol.guestSession',
      JSON.stringify({ guest: '0197c2a3-0000-7000-8000-000000000899' }),
    )
    const { db } = await open(prepare)
    await live()
    expect(db.sessions.find((one) => one.id === id)?.resumes).toBe(3)
  })

  it('goes on when its own link is opened once more', async () => {
    await joined()
    act(() => follow('watch'))
    expect(await screen.findByText('Looking at the invitation…')).toBeInTheDocument()
    await live()
    expect(screen.queryByText('This invitation does not work')).toBeNull()
  })
})
