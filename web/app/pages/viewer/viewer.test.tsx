/** What the viewer page says in every situation, against a machine that is a fake. */
import { act, screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { BRUNO, END_USER, GUEST } from '@mock/company'
import type { ViewerScenario } from '@mock/db'
import { accept } from '@mock/guest-data'
import { answer, MACHINE_KEY, OTHER_KEY, settleRights, takeBack } from '@mock/live-sessions'
import { PERMISSIONS } from '@mock/rights-data'
import type { Permission } from '~/api/types'
import { activeSessions } from '~/session'
import { MachineKeys } from '~/session/pins'
import { wordsOf } from '~/session/words'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const MACHINE = '0197c2a1-4c10-7b3e-9f21-000000000008'

beforeEach(() => {
  // jsdom has canvases that cannot draw, and says so on the console.
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
  return () => activeSessions.closeAll()
})

async function connect(viewer: ViewerScenario = 'usual', link = 'Connect: Front desk') {
  const rendered = await renderConsole(`/machines/${MACHINE}`)
  rendered.db.viewer = viewer
  await rendered.user.click(await screen.findByRole('link', { name: link }))
  return { ...rendered, id: () => rendered.db.sessions[0]!.id }
}

const live = () =>
  vi.waitFor(
    () => expect(screen.getByTestId('viewer')).toHaveAttribute('data-phase', 'live'),
    10_000,
  )

describe('the viewer', () => {
  it('shows the picture and what may be done, and ends the session', async () => {
    const { user, db } = await connect()
    await live()
    await user.click(
      await screen.findByRole('button', { name: 'What you may do: View, Control, Clipboard' }),
    )
    const panel = await screen.findByRole('dialog')
    expect(within(panel).getAllByText('Allowed')).toHaveLength(3)
    await expectAccessible()
    await user.keyboard('{Escape}')
    await user.click(screen.getByRole('button', { name: 'End session' }))
    expect(await screen.findByText('You ended it.')).toBeInTheDocument()
    expect(db.sessions[0]?.state).toBe('ended')
  })

  it('saves the figures of the last minutes, by keyboard, too', async () => {
    const { user } = await connect()
    await live()
    const saved: Blob[] = []
    // jsdom has no addresses for what is in memory.
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => {
        saved.push(blob)
        return '#saved'
      },
      revokeObjectURL: () => undefined,
    })
    await user.click(screen.getByRole('button', { name: 'Statistics' }))
    const button = await screen.findByRole('button', { name: 'Save for later' })
    const keyboard = screen.getByLabelText(/^Keyboard of/)
    const order = button.compareDocumentPosition(keyboard)
    expect(order & Node.DOCUMENT_POSITION_FOLLOWING, 'before what takes the Tab key').not.toBe(0)
    await expectAccessible()
    button.focus()
    await user.keyboard('{Enter}')
    await vi.waitFor(() => expect(saved).toHaveLength(1))
    const file: unknown = JSON.parse(await saved[0]!.text())
    expect(file).toMatchObject({
      ...{ format: 'farol-why-slow', rows: [], agent_version: expect.any(String) as unknown },
      settings: { quality: 'auto', scale: 'fit', one_monitor: false, view_only: false },
    })
    expect(JSON.stringify(file)).not.toContain('Front desk')
  })

  it('shows one monitor of two, by menu and by keys, and says when it is gone', async () => {
    const { user, workers } = await connect('monitors')
    await live()
    await user.click(screen.getByRole('button', { name: 'View' }))
    const all = await screen.findByRole('menuitemradio', { name: 'All monitors' })
    expect(all).toBeChecked()
    expect(screen.getByText(/Ctrl \+ Alt \+ Shift \+ N/)).toHaveTextContent('Next monitor')
    const second = screen.getByRole('menuitemradio', { name: 'HDMI-1 · 560 × 800' })
    await user.click(second)
    await vi.waitFor(() => expect(second).toBeChecked())
    await user.keyboard('{Escape}')
    expect(await screen.findByText('Monitor HDMI-1')).toHaveRole('status')
    await expectAccessible()
    const canvas = screen.getByLabelText<HTMLCanvasElement>(/^Screen of/)
    expect([canvas.width, canvas.height]).toEqual([560, 800])

    // Round: all, the first, the second again.
    const next = '{Control>}{Alt>}{Shift>}[KeyN]{/Shift}{/Alt}{/Control}'
    for (const said of ['All monitors', 'Monitor DP-1', 'Monitor HDMI-1']) {
      await user.keyboard(next)
      expect(await screen.findByText(said)).toHaveRole('status')
    }
    act(() => workers.at(-1)!.unplug('HDMI-1'))
    const gone = 'The monitor HDMI-1 is not there any more. You see all monitors until it is back.'
    expect(screen.getByText(gone)).toHaveRole('status')
    expect(canvas.width).toBe(1280)
    await user.click(screen.getByRole('button', { name: 'Close this notice' }))
    expect(screen.queryByText(/not there any more/)).not.toBeInTheDocument()
  })

  it('names the words of the machine, made of its key', async () => {
    const { user } = await connect()
    await live()
    await user.click(screen.getByRole('button', { name: 'Words of this machine' }))
    const panel = await screen.findByRole('dialog')
    for (const word of (await wordsOf(MACHINE_KEY)).split('-'))
      expect(within(panel).getByText(word)).toBeInTheDocument()
    expect(panel).toHaveTextContent('the server cannot read it')
  })

  it('says who is asked and for what, and can take the question back', async () => {
    const { user, db } = await connect('asks')
    expect(await screen.findByText('Asking reception at Front desk …')).toBeInTheDocument()
    expect(screen.getByText('You asked for:')).toHaveTextContent(/View.*Control.*Clipboard/)
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Cancel the request' }))
    expect(await screen.findByText('There is no session')).toBeInTheDocument()
    expect(db.sessions[0]?.state).toBe('ended')
  })

  it('goes on by itself after a yes', async () => {
    const { db, id } = await connect('asks')
    await screen.findByText('Asking reception at Front desk …')
    act(() => answer(db, id(), 'allowed'))
    await live()
  })

  it.each([
    ['refused', 'Refused at the machine', 'By reception.'],
    ['timed_out', 'Nobody answered at the machine', 'Call them, then ask again.'],
    [
      'nobody_to_ask',
      'Nobody is there who could agree',
      'ask somebody who manages the access rules to change them',
    ],
  ] as const)('says what a %s means and what can be done', async (outcome, title, detail) => {
    const { db, id } = await connect('asks')
    await screen.findByText('Asking reception at Front desk …')
    act(() => answer(db, id(), outcome))
    expect(await screen.findByText(title)).toBeInTheDocument()
    expect(screen.getByText(new RegExp(detail.replaceAll('.', '\\.')))).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Connect again' })).toBeInTheDocument()
    await expectAccessible()
  })

  it('keeps the last picture while the machine is away, says so, and keeps what is typed', async () => {
    const { db, user, workers } = await connect()
    await live()
    db.viewer = 'interrupted'
    act(() => workers.at(-1)?.lose())
    expect(await screen.findByText('Waiting for the machine')).toBeInTheDocument()
    expect(screen.getByText(/What you type is kept and sent once/)).toBeInTheDocument()
    await expectAccessible()
    screen.getByLabelText(/^Keyboard of Front desk/).focus()
    await user.keyboard('ab')
    expect(await screen.findByText(/actions wait to be sent/)).toBeInTheDocument()
    db.viewer = 'usual'
    await live()
    expect(db.sessions[0]?.resumes).toBe(1)
  })

  it('asks for control and says what became of it', async () => {
    const { db, id, user } = await connect('usual', 'View only: Front desk')
    await live()
    await user.click(screen.getByRole('button', { name: 'What you may do: View' }))
    await user.click(await screen.findByRole('button', { name: 'Ask for control' }))
    expect(await screen.findByText('Waiting for an answer')).toBeInTheDocument()
    await user.keyboard('{Escape}')
    act(() => settleRights(db, id(), false))
    expect(await screen.findByText('Not agreed to at the machine: Control.')).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Close this notice' }))
    expect(screen.queryByText(/Not agreed to/)).toBeNull()
  })

  it('says calmly that something was taken back', async () => {
    const { db, id } = await connect()
    await live()
    act(() => takeBack(db, id(), 'control'))
    expect(await screen.findByText(/Taken back at the machine: Control/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('stops at another machine key until somebody has compared the words', async () => {
    new MachineKeys().check(MACHINE, OTHER_KEY, new Date(0))
    const { user } = await connect()
    expect(await screen.findByText('This machine’s key changed')).toBeInTheDocument()
    for (const key of [MACHINE_KEY, OTHER_KEY])
      for (const word of (await wordsOf(key)).split('-'))
        expect(screen.getByText(word)).toBeInTheDocument()
    await expectAccessible()
    const trust = screen.getByRole('button', { name: 'Trust the new key and connect' })
    expect(trust).toBeDisabled()
    await user.click(screen.getByRole('checkbox', { name: /I compared the words/ }))
    await user.click(trust)
    await live()
  })

  it('leaves a machine with another key without having sent anything', async () => {
    new MachineKeys().check(MACHINE, OTHER_KEY, new Date(0))
    const { user, address, db } = await connect()
    await user.click(await screen.findByRole('link', { name: 'Leave' }))
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    expect(address()).toBe(`/machines/${MACHINE}`)
    expect(db.sessions[0]?.state).toBe('ended')
  })

  it('offers to look only where nobody may control, and names the rule', async () => {
    const { user } = await connect('forbidden')
    expect(await screen.findByText(/The rule for the site Main/)).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Connect to look only' }))
    await live()
  })

  it.each([
    ['locked', 'The screen is locked'],
    ['no_display', 'The machine has no display running'],
  ] as const)('names a screen that is %s', async (viewer, title) => {
    await connect(viewer)
    expect(await screen.findByText(new RegExp(title))).toBeInTheDocument()
  })
})

describe('the viewer, with others in the session', () => {
  it('is without any of it while nobody else is there', async () => {
    const { user } = await connect()
    await live()
    expect(screen.queryByRole('button', { name: 'Chat' })).toBeNull()
    expect(screen.queryByRole('button', { name: /Laser pointer/ })).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Who is connected' }))
    expect(within(await screen.findByRole('dialog')).queryByText('Watches')).toBeNull()
  })

  it('says who would like to drive, and hands over', async () => {
    const { user, workers } = await connect('together')
    await live()
    const company = () => workers.at(-1)!.company!
    expect(screen.getByTestId('picture')).toHaveAttribute('data-captures-keyboard')
    act(() => company().asks(BRUNO))
    expect(await screen.findByText('Bruno Tavares would like to drive')).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Not now' }))
    expect(screen.queryByText(/would like to drive/)).toBeNull()
    act(() => company().asks(BRUNO))
    await user.click(await screen.findByRole('button', { name: 'Hand over' }))
    expect(await screen.findByText('Bruno Tavares drives now')).toBeInTheDocument()
    expect(screen.getByTestId('picture')).not.toHaveAttribute('data-captures-keyboard')
    await user.click(screen.getByRole('button', { name: 'Close this notice' }))
    expect(await screen.findByText(/Bruno Tavares drives, you watch/)).toBeInTheDocument()
  })

  it('lists everybody, and hands over from there', async () => {
    const { user } = await connect('together')
    await live()
    await user.click(screen.getByRole('button', { name: 'Who is connected' }))
    const panel = await screen.findByRole('dialog')
    expect(within(panel).getByText('Drives')).toBeInTheDocument()
    expect(within(panel).getByText('At the machine')).toBeInTheDocument()
    expect(within(panel).getByText('Interrupted')).toBeInTheDocument()
    await expectAccessible()
    await user.click(within(panel).getByRole('button', { name: 'Hand over to Bruno Tavares' }))
    expect(await within(panel).findByRole('button', { name: 'Ask to drive' })).toBeInTheDocument()
  })

  it('asks to drive, waits, is refused, and drives in the end', async () => {
    const { user, workers } = await connect('watching')
    await live()
    const company = () => workers.at(-1)!.company!
    await user.click(await screen.findByRole('button', { name: 'Ask to drive' }))
    expect(await screen.findByText(/wait for an answer/)).toBeInTheDocument()
    await expectAccessible()
    act(() => company().refuses())
    expect(await screen.findByText('Bruno Tavares says: not now')).toBeInTheDocument()
    act(() => company().youDrive())
    expect(await screen.findByText('You drive now')).toBeInTheDocument()
  })

  it('points with the laser while L is held', async () => {
    const { user } = await connect('watching')
    await live()
    const laser = () => screen.getByRole('button', { name: /Laser pointer/ })
    screen.getByLabelText(/^Keyboard of/).focus()
    await user.keyboard('{l>}')
    expect(laser()).toHaveAttribute('aria-pressed', 'true')
    await user.keyboard('{/l}')
    expect(laser()).toHaveAttribute('aria-pressed', 'false')
    await user.click(laser())
    expect(laser()).toHaveAttribute('aria-pressed', 'true')
  })

  it('shows what was said where it is seen, and talks', async () => {
    const { user, workers } = await connect('watching')
    await live()
    act(() => workers.at(-1)!.company!.says(BRUNO, 'Look at the <b>printer</b>'))
    await user.click(await screen.findByRole('button', { name: /Bruno Tavares.*1 new/ }))
    const log = await screen.findByRole('log')
    expect(within(log).getByText('Look at the <b>printer</b>')).toBeInTheDocument()
    const field = screen.getByRole('textbox', { name: 'Say something to everybody here' })
    expect(field).toHaveFocus()
    await user.type(field, 'Llama found it{Enter}')
    expect(await within(log).findByText('Llama found it')).toBeInTheDocument()
    expect(field).toHaveValue('')
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Close the chat' }))
    expect(screen.queryByRole('log')).toBeNull()
  })

  it('talks with who sits at the machine when nobody else is there', async () => {
    const { user, workers } = await connect('together')
    await live()
    act(() => workers.at(-1)!.company!.leave())
    await user.click(await screen.findByRole('button', { name: 'Chat' }))
    const log = await screen.findByRole('log')
    await user.type(
      screen.getByRole('textbox', { name: 'Say something to everybody here' }),
      'May I restart?{Enter}',
    )
    expect(await within(log).findByText('May I restart?')).toBeInTheDocument()
    act(() => workers.at(-1)!.company!.says(END_USER, 'Yes, please'))
    expect(await within(log).findByText('Yes, please')).toBeInTheDocument()
    expect(within(log).getByText('reception (at the machine)')).toBeInTheDocument()
    await expectAccessible()
  })
})

describe('the viewer, with guests', () => {
  async function inviting(viewer: ViewerScenario = 'usual', link?: string) {
    const rendered = await connect(viewer, link)
    await live()
    await rendered.user.click(screen.getByRole('button', { name: 'Who is connected' }))
    await rendered.user.click(await screen.findByRole('button', { name: 'Invite someone' }))
    const dialog = await screen.findByRole('dialog', { name: 'Invite someone to this session' })
    return { ...rendered, dialog: within(dialog) }
  }

  it('makes a link that lets one person watch for an hour, unless told otherwise', async () => {
    const { db, dialog, user, id } = await inviting()
    expect(dialog.getByRole('radio', { name: 'Watch only' })).toBeChecked()
    expect(dialog.getByRole('combobox', { name: 'The link works for' })).toHaveValue('60')
    expect(
      within(dialog.getByRole('combobox'))
        .getAllByRole('option')
        .map((option) => option.textContent),
    ).toEqual(['15 minutes', '1 hour', '8 hours'])
    expect(await dialog.findByText('Nobody was invited.')).toBeInTheDocument()
    await expectAccessible()
    await user.click(dialog.getByRole('button', { name: 'Create the link' }))
    const field = await dialog.findByRole('textbox', { name: 'Link for the guest' })
    const made = db.invitations[0]!
    expect(field).toHaveValue(`http://127.0.0.1/guest#${made.secret}`)
    expect(field).toHaveAttribute('readonly')
    expect(field).toHaveFocus()
    expect(field).toHaveAccessibleDescription(
      /Whoever has this link gets in, once\. Give it only to the person you mean\./,
    )
    expect(made).toMatchObject({ session_id: id(), rights: ['view'], state: 'open' })
    expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBeCloseTo(3_600_000, -3)
    await expectAccessible()
    await user.click(dialog.getByRole('button', { name: 'Copy the link' }))
    expect(await navigator.clipboard.readText()).toBe(`http://127.0.0.1/guest#${made.secret}`)
  })

  it('gives mouse and keyboard, too, and another time, when it is chosen', async () => {
    const { db, dialog, user } = await inviting()
    await user.click(dialog.getByRole('radio', { name: 'Use mouse and keyboard, too' }))
    await user.selectOptions(dialog.getByRole('combobox'), '8 hours')
    await user.click(dialog.getByRole('button', { name: 'Create the link' }))
    await dialog.findByRole('textbox', { name: 'Link for the guest' })
    const made = db.invitations[0]!
    expect(made.rights).toEqual(['view', 'control'])
    expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBeCloseTo(28_800_000, -3)
    await user.click(dialog.getByRole('button', { name: 'Invite somebody else' }))
    expect(dialog.queryByRole('textbox')).toBeNull()
    expect(dialog.getByRole('radio', { name: 'Watch only' })).toBeChecked()
  })

  it('gives no more than the session has', async () => {
    const { dialog } = await inviting('usual', 'View only: Front desk')
    expect(dialog.queryByRole('radio')).toBeNull()
    expect(dialog.getByText(/The guest will only watch/)).toBeInTheDocument()
  })

  it('says so when too many are open', async () => {
    const { db, dialog, user, id } = await inviting()
    const [known] = db.invitations
    db.invitations = Array.from({ length: 10 }, (_, at) => ({
      ...known!,
      id: `i${at}`,
      session_id: id(),
    }))
    await user.click(dialog.getByRole('button', { name: 'Create the link' }))
    expect(await dialog.findByText('Too many invitations are open')).toBeInTheDocument()
    expect(dialog.queryByRole('textbox')).toBeNull()
  })

  it('shows what became of an invitation, and revokes it', async () => {
    const { db, dialog, user } = await inviting()
    await user.click(dialog.getByRole('button', { name: 'Create the link' }))
    const made = () => db.invitations[0]!
    expect(await dialog.findByText(/works for another (59 min|1 h 00 min)/)).toBeInTheDocument()
    await user.click(await dialog.findByRole('button', { name: /^Revoke the invitation of / }))
    expect(await dialog.findByText('Revoked')).toBeInTheDocument()
    expect(screen.queryByRole('alertdialog')).toBeNull()
    expect(made().state).toBe('revoked')
    expect(dialog.queryByRole('button', { name: /^Revoke/ })).toBeNull()
  })

  it('asks before it sends a guest away', async () => {
    const { db, dialog, user, id } = await inviting()
    await user.click(dialog.getByRole('button', { name: 'Create the link' }))
    await dialog.findByText('Open')
    const { secret } = db.invitations[0]!
    act(() => void accept(db, secret, 'Rui Prado'))
    expect(await dialog.findByText(/^by Rui Prado, /)).toBeInTheDocument()
    expect(dialog.getByText('Accepted')).toBeInTheDocument()
    await expectAccessible()
    await user.click(dialog.getByRole('button', { name: 'Revoke the invitation of Rui Prado' }))
    const question = await screen.findByRole('alertdialog')
    expect(question).toHaveTextContent(/it ends for them at once\. Everybody else stays\./)
    await expectAccessible()
    await user.click(within(question).getByRole('button', { name: 'Revoke' }))
    expect(await dialog.findByText('Revoked')).toBeInTheDocument()
    expect(dialog.getByText(/^Accepted by Rui Prado, /)).toBeInTheDocument()
    expect(db.sessions[0]).toMatchObject({
      guest_of: db.sessions[1]?.id,
      end: { reason: 'invitation_revoked' },
    })
    expect(db.sessions[1]?.state).toBe('active')
    expect(id()).toBe(db.sessions[0]?.id)
  })

  it('invites nobody while the machine is away, and says so', async () => {
    const { db, user, workers } = await connect()
    await live()
    db.viewer = 'interrupted'
    act(() => workers.at(-1)?.lose())
    await screen.findByText('Waiting for the machine')
    await user.click(screen.getByRole('button', { name: 'Who is connected' }))
    const button = await screen.findByRole('button', { name: 'Invite someone' })
    expect(button).toHaveAttribute('aria-disabled', 'true')
    expect(button).toHaveAccessibleDescription(/While the session is connected/)
    await user.click(button)
    expect(screen.queryByText('Invite someone to this session')).toBeNull()
  })

  it('gives the keyboard back to where one came from', async () => {
    const { user } = await inviting()
    await user.keyboard('{Escape}')
    expect(screen.queryByText('Invite someone to this session')).toBeNull()
    expect(await screen.findByRole('button', { name: 'Invite someone' })).toHaveFocus()
    await user.keyboard('{Escape}')
    expect(screen.queryByRole('dialog')).toBeNull()
    expect(screen.getByLabelText(/^Keyboard of/)).toHaveFocus()
  })

  it('marks who is a guest: among the people, where they ask, and in what they say', async () => {
    const { user, workers } = await connect('guest')
    await live()
    const company = () => workers.at(-1)!.company!
    expect(document.querySelector(`[data-pointer="${GUEST}"]`)).toHaveTextContent(
      'Rui Prado · guest',
    )
    act(() => company().asks(GUEST))
    expect(await screen.findByText('Rui Prado (guest) would like to drive')).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Not now' }))
    await user.click(screen.getByRole('button', { name: 'Who is connected' }))
    const panel = await screen.findByRole('dialog')
    expect(within(panel).getByText('Rui Prado').closest('li')).toHaveTextContent(/GuestWatches/)
    await expectAccessible()
    await user.keyboard('{Escape}')
    act(() => company().says(GUEST, 'Is it the blue one?'))
    await user.click(await screen.findByRole('button', { name: /Rui Prado \(guest\).*1 new/ }))
    const log = await screen.findByRole('log')
    act(() => company().leaves(GUEST))
    expect(log).toHaveTextContent(/Rui Prado \(guest\).*Is it the blue one\?/)
  })
})

describe('somebody whose roles do not allow everything', () => {
  const as = (permissions: Permission[], path = `/machines/${MACHINE}`) =>
    renderConsole(path, 'technician', ({ me }) => {
      for (const organization of me!.organizations) organization.permissions = permissions
    })

  it('watches, and is offered no control', async () => {
    const { user, db } = await as(PERMISSIONS.viewer)
    expect(screen.queryByRole('link', { name: /^(Connect|View only):/ })).toBeNull()
    await user.click(await screen.findByRole('link', { name: 'Watch: Front desk' }))
    await live()
    expect(db.sessions[0]?.rights).toEqual(['view'])
    await user.click(await screen.findByRole('button', { name: 'What you may do: View' }))
    const panel = await screen.findByRole('dialog')
    expect(within(panel).getAllByText('Not in your roles')).toHaveLength(2)
    expect(within(panel).queryByRole('button')).toBeNull()
    await expectAccessible()
    await user.keyboard('{Escape}')
    for (const name of ['Send keys', 'Clipboard', 'View only'])
      expect(screen.queryByRole('button', { name })).toBeNull()
  })

  it('watches by an address that asks for control, too', async () => {
    const { db } = await as(PERMISSIONS.viewer, `/machines/${MACHINE}/session?rights=control`)
    await live()
    expect(db.sessions[0]?.rights).toEqual(['view'])
  })

  it('watches where a role to control counts for other machines alone', async () => {
    const path = `/machines/${MACHINE}/session?rights=control`
    const { db } = await renderConsole(path, 'technician', (mock) => {
      mock.machinePermissions[MACHINE] = PERMISSIONS.viewer
    })
    await live()
    expect(db.sessions[0]?.rights).toEqual(['view'])
  })

  it('does not ask for the clipboard, and has none', async () => {
    const { user, db } = await as(['machine.see', 'screen.view', 'screen.control'])
    await user.click(await screen.findByRole('link', { name: 'Connect: Front desk' }))
    await live()
    expect(db.sessions[0]?.rights).toEqual(['view', 'control'])
    expect(screen.getByRole('button', { name: 'Send keys' })).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Clipboard' })).toBeNull()
  })

  it('is told why there is no way in', async () => {
    const { db } = await as(['machine.see'], `/machines/${MACHINE}/session`)
    const before = db.sessions.length
    expect(await screen.findByRole('heading', { name: 'You may not do this' })).toBeVisible()
    expect(screen.getByText(/None of your roles allows you to see this machine’s/)).toBeVisible()
    expect(db.sessions).toHaveLength(before)
    await expectAccessible()
  })
})
