import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const rowOf = async (name: string) => {
  const row = (await screen.findByText(name)).closest('tr')
  if (!row) throw new Error(`${name} is not in a row`)
  return within(row)
}

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const choose = async (user: User, computer: string, item: string) => {
  await user.click(await screen.findByRole('button', { name: `More for ${computer}` }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

const press = (user: User, name: string) =>
  user.click(within(screen.getByRole('dialog')).getByRole('button', { name }))

describe('the people who wait', () => {
  it('are shown with how long they wait and who takes them, and counted in the navigation', async () => {
    await renderConsole('/support')
    const ana = await rowOf('studio-ana')
    expect(ana.getByText('11 min')).toBeInTheDocument()
    expect(ana.getByText('ana · Ubuntu')).toBeInTheDocument()
    expect(ana.getAllByText('whoever is free')).not.toHaveLength(0)
    expect((await rowOf('joao-notebook')).getAllByText('for you')).not.toHaveLength(0)
    const taken = await rowOf('caixa-03')
    expect(taken.getAllByText('taken by Theo Lindqvist')).not.toHaveLength(0)
    expect(taken.queryByRole('button', { name: /Take and connect/ })).toBeNull()
    expect(screen.getByRole('link', { name: 'Support, 2 waiting' })).toBeInTheDocument()
    await expectAccessible()
  })

  it('come and go as it happens', async () => {
    const { db } = await renderConsole('/support')
    await rowOf('studio-ana')
    db.queue.length = 0
    db.publish('support-queue')
    expect(await screen.findByText('Nobody is waiting')).toBeInTheDocument()
    await expectAccessible()
  })

  it('are read again when a session changes', async () => {
    const { db } = await renderConsole('/support')
    const row = await rowOf('studio-ana')
    const id = db.nextId()
    const technician = { id: db.nextId(), name: 'Theo' }
    const session = { ...db.sessions[0]!, id, technician }
    db.queue[0]!.machine.sessions.push(session)
    db.publish('sessions')
    expect(await row.findByText('in a session')).toBeInTheDocument()
  })

  it('are taken by one, and the others hear who it was', async () => {
    const { user, db } = await renderConsole('/support')
    db.queue[0]!.note = 'too late'
    await user.click(await screen.findByRole('button', { name: 'Take and connect: studio-ana' }))
    expect(await screen.findByText('Somebody else has taken this person')).toBeInTheDocument()
    const row = await rowOf('studio-ana')
    expect(await row.findAllByText('taken by Theo Lindqvist')).not.toHaveLength(0)
  })

  it('are taken when their computer is connected', async () => {
    const { db } = await renderConsole('/support')
    const { machine } = db.queue[0]!
    const name = 'Take and connect: studio-ana'
    expect(await screen.findByRole('button', { name })).toBeEnabled()
    machine.presence = { ...machine.presence, status: 'offline' }
    db.publish('support-queue')
    await waitFor(() => expect(screen.getByRole('button', { name })).toBeDisabled())
    machine.presence = { ...machine.presence, status: 'online' }
    db.publish('support-queue')
    await waitFor(() => expect(screen.getByRole('button', { name })).toBeEnabled())
  })

  it('are given back', async () => {
    const { user, db } = await renderConsole('/support')
    await choose(user, 'studio-ana', 'Take without connecting')
    const row = await rowOf('studio-ana')
    expect(await row.findAllByText('taken by you')).not.toHaveLength(0)
    expect(row.getByRole('link', { name: 'Connect: studio-ana' })).toBeInTheDocument()
    await choose(user, 'studio-ana', 'Give back')
    expect(await row.findAllByText('whoever is free')).not.toHaveLength(0)
    expect(db.queue[0]!.taken_by).toBeNull()
  })

  it('are sent away after a word about what that means', async () => {
    const { user, db } = await renderConsole('/support')
    await choose(user, 'studio-ana', 'Send away')
    const dialog = await screen.findByRole('alertdialog', { name: 'Send studio-ana away?' })
    expect(dialog).toHaveTextContent('its record is removed')
    await user.click(within(dialog).getByRole('button', { name: 'Send away' }))
    expect(await screen.findByText('studio-ana was sent away')).toBeInTheDocument()
    expect(db.queue.map(({ machine }) => machine.hostname)).toEqual(['joao-notebook', 'caixa-03'])
  })

  it('are left to whom they wait for, but for managers', async () => {
    const { db } = await renderConsole('/support', 'technician')
    db.queue[1]!.assigned_to = { id: db.nextId(), name: 'Theo Lindqvist' }
    db.publish('support-queue')
    const row = await rowOf('joao-notebook')
    expect(await row.findAllByText('for Theo Lindqvist')).not.toHaveLength(0)
    expect(row.queryByRole('button', { name: /Take and connect/ })).toBeNull()
  })

  it('recover from a failure', async () => {
    const { user, db } = await renderConsole('/support', 'failing')
    await waitFor(() => expect(screen.getAllByRole('alert')).toHaveLength(2))
    const [notice] = screen.getAllByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice!).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('studio-ana')).toBeInTheDocument()
  })
})

describe('a new code', () => {
  it('is shown once and big, with a link and a text in both languages', async () => {
    const { user, address } = await renderConsole('/support')
    await rowOf('studio-ana')
    await user.keyboard('n')
    await user.type(await screen.findByLabelText(/^Note/), 'Bia')
    await user.selectOptions(screen.getByLabelText('Works for'), '1 hour')
    await user.click(screen.getByRole('radio', { name: 'I do' }))
    await expectAccessible()
    await press(user, 'Create code')
    const dialog = await screen.findByRole('dialog', { name: 'Read this code to the person' })
    expect(within(dialog).getByText('K7Q-F2M-9X4')).toBeInTheDocument()
    expect(dialog).toHaveTextContent('https://help.atlantico.example/join#code=K7QF2M9X4')
    expect(dialog).toHaveTextContent('Your support code: K7Q-F2M-9X4')
    await user.click(within(dialog).getByRole('radio', { name: 'Português (Brasil)' }))
    expect(dialog).toHaveTextContent('Seu código de suporte: K7Q-F2M-9X4')
    await expectAccessible()
    await press(user, 'Done')
    await waitFor(() => expect(document.body).not.toHaveTextContent('K7Q-F2M-9X4'))
    const row = await rowOf('Bia')
    expect(row.getByText('Marina Duarte')).toBeInTheDocument()
    expect(address()).toBe('/support')
  })

  it('says which field is wrong', async () => {
    const { user } = await renderConsole('/support?create=true')
    const note = await screen.findByLabelText(/^Note/)
    await waitFor(() => expect(note).toHaveFocus())
    await user.type(note, 'taken')
    await press(user, 'Create code')
    await waitFor(() => expect(note).toBeInvalid())
    expect(note).toHaveAccessibleDescription(/characters that are not allowed/)
  })
})

describe('an open code', () => {
  it('is revoked', async () => {
    const { user, db } = await renderConsole('/support')
    const name = 'Front office of Lima & Filhos'
    await user.click(await screen.findByRole('button', { name: `Revoke the code: ${name}` }))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    await waitFor(() => expect(screen.queryByText(name)).toBeNull())
    expect(db.supportCodes).toHaveLength(1)
  })

  it('of somebody else can be revoked by managers only', async () => {
    await renderConsole('/support', 'technician')
    const row = await rowOf('without a note')
    expect(row.queryByRole('button')).toBeNull()
  })
})
