/** What the viewer page says in every situation, against a machine that is a fake. */
import { act, screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { BRUNO, END_USER } from '@mock/company'
import type { ViewerScenario } from '@mock/db'
import { answer, MACHINE_KEY, OTHER_KEY, settleRights, takeBack } from '@mock/live-sessions'
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
    ['nobody_to_ask', 'Nobody is there who could agree', 'ask an owner to change the access rules'],
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
