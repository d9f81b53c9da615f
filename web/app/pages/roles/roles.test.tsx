import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { become, PERMISSIONS } from '@mock/rights-data'
import { toggled } from '~/components/permissions'
import { en } from '~/i18n/en'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { copyOf } from './form'
import { allowsOf } from './words'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const rowOf = async (role: string) => {
  const row = (await screen.findByRole('button', { name: role })).closest('tr')
  if (!row) throw new Error(`${role} is not in a row`)
  return within(row)
}

const choose = async (user: User, role: string, item: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for the role ${role}` }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

const box = (name: string) => screen.getByRole('checkbox', { name })

const press = (user: User, name: string) =>
  user.click(within(screen.getByRole('dialog')).getByRole('button', { name }))

describe('a role as words', () => {
  it('says of which groups it allows how much', () => {
    expect(allowsOf(en, { permissions: [] })).toBe('Nothing')
    expect(allowsOf(en, { permissions: PERMISSIONS.owner })).toBe('Everything')
    expect(allowsOf(en, { permissions: ['machine.see', 'support.answer'] })).toBe(
      'Machines (1 of 4), Support',
    )
  })

  it('is copied without what the person may not do', () => {
    const role = { description: 'd', permissions: PERMISSIONS.technician }
    expect(copyOf(role, 'n', ['machine.see']).permissions).toEqual(['machine.see'])
  })

  it('keeps its permissions in the order in which they are read', () => {
    expect(toggled(['server.manage'], 'machine.see', true)).toEqual([
      'machine.see',
      'server.manage',
    ])
    expect(toggled(['server.manage'], 'server.manage', false)).toEqual([])
  })
})

describe('the roles', () => {
  it('are listed with what each allows and how many have it', async () => {
    await renderConsole('/roles')
    const viewer = await rowOf('Viewer')
    expect(viewer.getByText('Built in')).toBeInTheDocument()
    expect(viewer.getByText('3 of 21')).toBeInTheDocument()
    const night = await rowOf('Night shift')
    expect(night.getByText(/Watches screens and answers the phone/)).toBeInTheDocument()
    expect(night.getByRole('cell', { name: '2' })).toBeInTheDocument()
    expect(night.queryByText('Built in')).toBeNull()
    expect(screen.getByText('7 roles')).toBeInTheDocument()
    await expectAccessible()
  })

  it('show all that they allow and do not allow', async () => {
    const { user } = await renderConsole('/roles')
    const open = await screen.findByRole('button', { name: 'Viewer' })
    open.focus()
    await user.keyboard('{Enter}')
    const dialog = await screen.findByRole('dialog', { name: 'What Viewer allows' })
    const screens = within(dialog).getByRole('region', { name: 'Screen and sessions' })
    const lineOf = (name: string) => within(screens).getByText(name).closest('li')
    expect(lineOf('See the screen')).toHaveTextContent(/Allowed$/)
    expect(lineOf('Control the screen')).toHaveTextContent(/Not allowed$/)
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(21)
    await expectAccessible()
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/roles', 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    await rowOf('Owner')
  })

  it('are for those who see people', async () => {
    await renderConsole('/roles', 'technician')
    expect(await screen.findByText(/None of your roles allows you to see roles/)).toBeVisible()
    expect(screen.queryByRole('link', { name: 'Roles' })).toBeNull()
  })

  it('are only read by those who do not manage them for the whole server', async () => {
    await renderConsole('/roles', 'usual', ({ me }) => become(me!, 'administrator'))
    await rowOf('Night shift')
    expect(screen.queryByRole('button', { name: 'New role' })).toBeNull()
    expect(screen.queryByRole('button', { name: /Actions for the role/ })).toBeNull()
  })
})

describe('a role', () => {
  it('is made by keyboard with what was chosen', async () => {
    const { db, user } = await renderConsole('/roles')
    const create = await screen.findByRole('button', { name: 'New role' })
    create.focus()
    await user.keyboard('{Enter}')
    await waitFor(() => expect(screen.getByLabelText('Name')).toHaveFocus())
    await user.keyboard('Auditor')
    await user.tab()
    await user.keyboard('Reads')
    await user.tab()
    await user.keyboard(' ')
    expect(box('See machines')).toBeChecked()
    await user.click(box('Read the audit'))
    await expectAccessible()
    await press(user, 'Create role')
    await rowOf('Auditor')
    expect(db.roles.at(-1)).toMatchObject({
      name: 'Auditor',
      description: 'Reads',
      permissions: ['machine.see', 'audit.read'],
    })
  })

  it('cannot be called as another one', async () => {
    const { user } = await renderConsole('/roles')
    await user.click(await screen.findByRole('button', { name: 'New role' }))
    await user.type(await screen.findByLabelText('Name'), 'night shift')
    await press(user, 'Create role')
    await waitFor(() => expect(screen.getByLabelText('Name')).toBeInvalid())
    expect(screen.getByLabelText('Name')).toHaveAccessibleDescription(
      'Another one is called that already.',
    )
  })

  it('gives nothing that the person may not do, and says so', async () => {
    const own = PERMISSIONS.owner.filter((one) => one !== 'server.manage')
    const { user } = await renderConsole('/roles', 'usual', ({ me }) => {
      me!.server_permissions = own
    })
    await choose(user, 'Owner', 'Duplicate')
    expect(await screen.findByLabelText('Name')).toHaveValue('Owner (copy)')
    expect(box('Manage roles')).toBeChecked()
    expect(box('Manage the server')).toBeDisabled()
    expect(box('Manage the server')).not.toBeChecked()
    expect(box('Manage the server')).toHaveAccessibleDescription(/so you cannot give it/)
  })

  it('that allows more than the person may do is not theirs to change', async () => {
    const { user } = await renderConsole('/roles', 'usual', ({ me }) => {
      me!.server_permissions = ['role.manage', 'machine.see']
    })
    await user.click(await screen.findByRole('button', { name: 'Actions for the role Rollout' }))
    await screen.findByRole('menuitem', { name: 'Duplicate' })
    expect(screen.queryByRole('menuitem', { name: 'Edit' })).toBeNull()
    await user.click(screen.getByRole('menuitem', { name: 'Show what it allows' }))
    expect(await screen.findByText(/Only somebody who may do all of this/)).toBeInTheDocument()
  })

  it('is duplicated, a built-in one too, but that one is not edited or deleted', async () => {
    const { db, user } = await renderConsole('/roles')
    await user.click(await screen.findByRole('button', { name: 'Actions for the role Viewer' }))
    await screen.findByRole('menuitem', { name: 'Duplicate' })
    for (const name of ['Edit', 'Delete'])
      expect(screen.queryByRole('menuitem', { name })).toBeNull()
    await user.click(screen.getByRole('menuitem', { name: 'Duplicate' }))
    await screen.findByRole('dialog', { name: 'Create a role' })
    await press(user, 'Create role')
    await rowOf('Viewer (copy)')
    expect(db.roles.at(-1)?.permissions).toEqual(PERMISSIONS.viewer)
  })

  it('is changed, and who has it is said before', async () => {
    const { db, user } = await renderConsole('/roles')
    await choose(user, 'Night shift', 'Edit')
    const dialog = await screen.findByRole('dialog', { name: 'Change the role' })
    expect(dialog).toHaveTextContent('2 people have it')
    await user.click(box('Control the screen'))
    await expectAccessible()
    await press(user, 'Save')
    expect(await screen.findByText('The role Night shift was changed')).toBeInTheDocument()
    const role = db.roles.find(({ name }) => name === 'Night shift')
    expect(role?.permissions).toContain('screen.control')
  })

  it('that somebody else changed first is shown before it is replaced', async () => {
    const { db, user } = await renderConsole('/roles')
    await choose(user, 'Rollout', 'Edit')
    const name = await screen.findByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'conflict')
    await press(user, 'Save')
    expect(await screen.findByText('Changed by somebody else meanwhile')).toBeInTheDocument()
    expect(screen.getByText(/It is called “Rollout” now and allows: Machines/)).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Rollouts')
    await press(user, 'Save')
    await waitFor(() => expect(db.roles.at(-1)?.name).toBe('Rollouts'))
  })

  it('is deleted when nobody has it; otherwise it says who does', async () => {
    const { db, user } = await renderConsole('/roles')
    await choose(user, 'Night shift', 'Delete')
    const question = await screen.findByRole('alertdialog')
    await expectAccessible()
    await user.click(within(question).getByRole('button', { name: 'Delete' }))
    expect(await within(question).findByText('The role is in use')).toBeInTheDocument()
    expect(within(question).getByText(/2 accounts have it/)).toBeInTheDocument()
    await user.click(within(question).getByRole('button', { name: 'Cancel' }))
    await choose(user, 'Rollout', 'Delete')
    await user.click(
      within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Delete' }),
    )
    expect(await screen.findByText('The role Rollout was deleted')).toBeInTheDocument()
    await waitFor(() => expect(db.roles).toHaveLength(6))
  })
})
