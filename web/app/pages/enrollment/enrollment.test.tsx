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

const choose = async (user: User, name: string, item: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for ${name}` }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

/** Browsers also do this at Enter; the test environment does not know buttons outside their form. */
const press = (user: User, name: string) =>
  user.click(within(screen.getByRole('dialog')).getByRole('button', { name }))

describe('the list of enrollment tokens', () => {
  it('shows what each allows and what came of it', async () => {
    await renderConsole('/enrollment')
    const row = await rowOf('Lisbon office')
    for (const text of ['Active', '2 waiting', 'When in doubt', 'Sales · laptop', 'leased'])
      expect(row.getByText(text)).toBeInTheDocument()
    expect(await row.findByText('Lisbon')).toBeInTheDocument()
    expect(row.getByText('2001:db8:4::/48')).toBeInTheDocument()
    expect(row.getAllByText('3 of 25')).not.toHaveLength(0)
    expect((await rowOf('Payroll replacement')).getByText('Used up')).toBeInTheDocument()
    expect((await rowOf('First machines')).getByText('Expired')).toBeInTheDocument()
    expect((await rowOf('Warehouse image')).getAllByText('12, no limit')).not.toHaveLength(0)
    await expectAccessible()
  })

  it('shows those that work or those that have ended, and keeps that in the address', async () => {
    const { user, address } = await renderConsole('/enrollment')
    await rowOf('Lisbon office')
    await user.click(screen.getByRole('radio', { name: 'Ended' }))
    await waitFor(() => expect(screen.queryByText('Lisbon office')).toBeNull())
    expect(await screen.findByText('Contractor laptops')).toBeInTheDocument()
    expect(address()).toContain('show=ended')
    await user.click(screen.getByRole('radio', { name: 'Active' }))
    expect(await screen.findByText('Lisbon office')).toBeInTheDocument()
    expect(screen.queryByText('Contractor laptops')).toBeNull()
  })

  it('explains itself when there is none, and recovers from a failure', async () => {
    const { db, user } = await renderConsole('/enrollment', 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    db.tokens.length = 0
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('No enrollment tokens')).toBeInTheDocument()
    expect(screen.queryByRole('alert')).toBeNull()
  })
})

describe('a new token', () => {
  it('is shown once, with the commands that use it', async () => {
    const { user, address } = await renderConsole('/enrollment')
    await user.click(await screen.findByRole('button', { name: 'Create token' }))
    await user.type(await screen.findByLabelText('Name'), 'Porto')
    await press(user, 'Create token')
    const dialog = await screen.findByRole('dialog', { name: 'The token is ready' })
    expect(dialog).toHaveTextContent(
      /FAROL_TOKEN='farol_enr_\S+' farol-agent enroll --server 'http/,
    )
    expect(dialog).toHaveTextContent(/farol-agent enroll --server 'http\S+' --token-file -/)
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(document.body).not.toHaveTextContent('farol_enr_'))
    expect(await screen.findByText('Porto')).toBeInTheDocument()
    expect(address()).toBe('/enrollment')
  })

  it('allows what was chosen, all of it by keyboard', async () => {
    const { user, db } = await renderConsole('/enrollment?create=true')
    const name = await screen.findByLabelText('Name')
    await waitFor(() => expect(name).toHaveFocus())
    await screen.findByRole('option', { name: 'Lisbon' })
    await user.keyboard('Branch')
    await user.tab()
    await user.selectOptions(document.activeElement!, '7 days')
    await user.tab()
    await user.keyboard('{Control>}a{/Control}{Backspace}')
    await user.tab()
    expect(screen.getByRole('radio', { name: 'When in doubt' })).toHaveFocus()
    await user.keyboard('{ArrowDown}')
    expect(screen.getByRole('radio', { name: 'Always' })).toBeChecked()
    await expectAccessible()
    await user.tab()
    await user.selectOptions(document.activeElement!, 'Lisbon')
    for (const text of ['Sales', 'kiosk', 'Lab, front desk', '10.4.0.0/16']) {
      await user.tab()
      await user.keyboard(text)
    }
    await press(user, 'Create token')
    await screen.findByRole('dialog', { name: 'The token is ready' })
    expect(db.tokens[0]).toMatchObject({
      name: 'Branch',
      site_id: '0197c2a0-0000-7000-8000-000000000003',
      labels: { department: 'Sales', device_type: 'kiosk', tags: ['Lab', 'front desk'] },
      approval: 'first',
      networks: ['10.4.0.0/16'],
      max_uses: null,
    })
  })

  it('is not made before it can be said where its machines go', async () => {
    const { db, user } = await renderConsole('/enrollment?create=true', 'failing')
    const dialog = await screen.findByRole('dialog', { name: 'Create an enrollment token' })
    const notice = await within(dialog).findByRole('alert')
    await user.type(within(dialog).getByLabelText('Name'), 'Porto{Enter}')
    expect(within(dialog).getByRole('button', { name: 'Create token' })).toBeDisabled()
    expect(db.tokens.some(({ name }) => name === 'Porto')).toBe(false)
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    expect(await within(dialog).findByRole('option', { name: 'Lisbon' })).toBeInTheDocument()
    expect(within(dialog).getByRole('button', { name: 'Create token' })).toBeEnabled()
  })

  it('shows what is wrong with a field at the field', async () => {
    const { user } = await renderConsole('/enrollment?create=true')
    const name = await screen.findByLabelText('Name')
    await user.type(name, 'taken')
    const networks = screen.getByLabelText(/Only from these networks/)
    await user.type(networks, 'nowhere')
    await press(user, 'Create token')
    await waitFor(() => expect(name).toBeInvalid())
    expect(name).toHaveAccessibleDescription(/Another one is called that already/)
    expect(networks).toHaveAccessibleDescription(/not an address or a network/)
  })
})

describe('an existing token', () => {
  it('is changed, and only where something else was chosen', async () => {
    const { user, db } = await renderConsole('/enrollment')
    await choose(user, 'Lisbon office', 'Edit')
    const dialog = await screen.findByRole('dialog', { name: 'Edit Lisbon office' })
    expect(within(dialog).getByLabelText('Valid for')).toHaveDisplayValue(/As it is/)
    await expectAccessible()
    const uses = within(dialog).getByLabelText('Machines it may enroll')
    await user.clear(uses)
    await user.type(uses, '40')
    await press(user, 'Save')
    expect(await screen.findByText('Lisbon office was changed')).toBeInTheDocument()
    const token = db.tokens.find(({ name }) => name === 'Lisbon office')
    expect(token).toMatchObject({ max_uses: 40, networks: ['10.4.0.0/16', '2001:db8:4::/48'] })
    await waitFor(async () =>
      expect((await rowOf('Lisbon office')).getAllByText('3 of 40')).not.toHaveLength(0),
    )
  })

  it('keeps what somebody else changed meanwhile', async () => {
    const { user, db } = await renderConsole('/enrollment')
    await choose(user, 'Lisbon office', 'Edit')
    const name = await screen.findByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'conflict')
    await press(user, 'Save')
    expect(await screen.findByText(/Somebody else changed this token/)).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Mine')
    await press(user, 'Save')
    expect(await screen.findByText('Mine was changed')).toBeInTheDocument()
    expect(db.tokens.find((token) => token.name === 'Mine')?.max_uses).toBe(77)
  })

  it('is revoked after asking, and cannot be changed then', async () => {
    const { user } = await renderConsole('/enrollment')
    await choose(user, 'Lisbon office', 'Revoke')
    const dialog = await screen.findByRole('alertdialog')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    await waitFor(async () =>
      expect((await rowOf('Lisbon office')).getByText('Revoked')).toBeInTheDocument(),
    )
    await user.click(screen.getByRole('button', { name: 'Actions for Lisbon office' }))
    expect(await screen.findByRole('menuitem', { name: 'Enrolled machines' })).toBeInTheDocument()
    expect(screen.queryByRole('menuitem', { name: 'Edit' })).toBeNull()
    expect(screen.queryByRole('menuitem', { name: 'Revoke' })).toBeNull()
  })

  it('tells who came with it and what became of them', async () => {
    const { user } = await renderConsole('/enrollment')
    const [uses] = await screen.findAllByRole('button', {
      name: '3 of 25: machines enrolled with Lisbon office',
    })
    await user.click(uses!)
    const dialog = await screen.findByRole('dialog', {
      name: 'Machines enrolled with Lisbon office',
    })
    expect(dialog).toHaveTextContent('2 installations asked with this token and wait')
    expect(await within(dialog).findByText('removed')).toBeInTheDocument()
    expect(within(dialog).getByText('merged into')).toBeInTheDocument()
    expect(within(dialog).getAllByRole('link')).toHaveLength(2)
    await expectAccessible()
    await user.keyboard('{Escape}')
    await choose(user, 'Support bench', 'Enrolled machines')
    expect(await screen.findByText('No machine was enrolled with it yet.')).toBeInTheDocument()
  })

  it('is for owners', async () => {
    await renderConsole('/enrollment?create=true', 'technician')
    expect(
      await screen.findByText(/^None of your roles allows seeing and making enrollment tokens/),
    ).toBeInTheDocument()
    expect(screen.queryByRole('dialog')).toBeNull()
    expect(screen.queryByRole('button', { name: 'Create token' })).toBeNull()
  })
})
