import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { forgetLandedProblem } from '~/components/landed-problem'
import { takeSecrets } from '~/fragment'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const rowOf = async (name: string) => {
  const cell = await screen.findByText(name)
  const row = cell.closest('tr')
  if (!row) throw new Error(`${name} stands in no row`)
  return row
}

/** The settings of a provider with one group, `support`. */
async function openGroups() {
  const { user, db } = await renderConsole('/single-sign-on')
  await user.click(await screen.findByRole('button', { name: 'Actions for Atlântico ID' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Settings' }))
  const dialog = await screen.findByRole('dialog', { name: 'Settings of Atlântico ID' })
  const add = within(dialog).getByRole('button', { name: 'Add a group' })
  await waitFor(() => expect(add).toBeEnabled())
  const row = (index: number) => within(within(dialog).getAllByRole('listitem')[index]!)
  const name = (index: number, value: string) =>
    fireEvent.change(row(index).getByLabelText('Group'), { target: { value } })
  const save = () => user.click(within(dialog).getByRole('button', { name: 'Save' }))
  return { user, db, dialog, add, row, name, save }
}

describe('identity providers', () => {
  it('are listed with what becomes of new people', async () => {
    await renderConsole('/single-sign-on')
    const row = await rowOf('Atlântico ID')
    expect(row).toHaveTextContent('https://id.atlantico.example/realms/staff')
    expect(row).toHaveTextContent('14 people')
    expect(row).toHaveTextContent('Get an account, 12 of 50')
    expect(await rowOf('Partners')).toHaveTextContent('Off')
    await expectAccessible()
  })

  it('are made, and then say what has to be registered and what the issuer answers', async () => {
    const { user, db } = await renderConsole('/single-sign-on', 'empty')
    await screen.findByText('No identity provider yet')
    await user.click(screen.getByRole('button', { name: 'New provider' }))
    const dialog = await screen.findByRole('dialog', { name: 'New identity provider' })
    const fill = (label: string | RegExp, value: string) =>
      fireEvent.change(within(dialog).getByLabelText(label), { target: { value } })
    fill('Name', 'Example')
    fill('Issuer', 'http://id.example.org')
    fill('Client ID', 'farol')
    fill('Client secret', 'hush')
    await user.click(within(dialog).getByLabelText('Whoever is new gets an account'))
    fill(/At most so many accounts/, '20')
    fill(/Claim with the groups/, 'groups')
    await user.click(within(dialog).getByRole('button', { name: 'Add a group' }))
    fill('Group', 'support')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Create' }))
    // The first try names the field that is wrong, and keeps the rest.
    const issuer = within(dialog).getByLabelText('Issuer')
    await waitFor(() => expect(issuer).toBeInvalid())
    fill('Issuer', 'https://id.example.org')
    await user.click(within(dialog).getByRole('button', { name: 'Create' }))

    const check = await screen.findByRole('dialog', { name: 'Check of Example' })
    expect(within(check).getByText(/\/api\/oidc\/callback$/)).toBeInTheDocument()
    await within(check).findByText('The issuer answers as it should')
    const [made] = db.identityProviders
    expect(made).toMatchObject({
      name: 'Example',
      has_client_secret: true,
      scopes: ['profile', 'email'],
      creates_accounts: true,
      accounts_max: 20,
      groups_claim: 'groups',
      mappings: [{ group: 'support', role: 'technician', place: { kind: 'organization' } }],
    })
  })

  it('are changed without their secret, which stays', async () => {
    const { user, db } = await renderConsole('/single-sign-on')
    await user.click(await screen.findByRole('button', { name: 'Actions for Atlântico ID' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Settings' }))
    const dialog = await screen.findByRole('dialog', { name: 'Settings of Atlântico ID' })
    expect(within(dialog).getByLabelText('Issuer')).toHaveAttribute('readonly')
    expect(within(dialog).getByLabelText('Client secret')).toHaveValue('')
    await user.click(within(dialog).getByRole('button', { name: 'Remove the group support' }))
    const name = within(dialog).getByLabelText('Name')
    fireEvent.change(name, { target: { value: 'conflict' } })
    await user.click(within(dialog).getByRole('button', { name: 'Save' }))
    await within(dialog).findByText('Somebody else changed it meanwhile')
    fireEvent.change(name, { target: { value: 'Staff' } })
    await user.click(within(dialog).getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(dialog).not.toBeInTheDocument())
    expect(db.identityProviders[0]).toMatchObject({
      name: 'Staff',
      has_client_secret: true,
      mappings: [],
    })
  })

  it('show what is wrong with a group at its row, and begin with the first', async () => {
    const { user, row, name, add, save, dialog } = await openGroups()
    await user.click(add)
    await user.click(add)
    name(1, ' ')
    name(2, 'night')
    // What a group gives ends with the group, and has no end of its own.
    expect(row(2).queryByLabelText('It ends by itself')).toBeNull()
    await user.click(row(2).getByLabelText('It counts only at some hours of the week'))
    fireEvent.change(row(2).getByLabelText('Time zone'), { target: { value: 'Nowhere' } })
    await save()
    await waitFor(() => expect(row(1).getByLabelText('Group')).toBeInvalid())
    expect(row(1).getByLabelText('Group')).toHaveFocus()
    expect(row(2).getByLabelText('Time zone')).toBeInvalid()
    expect(row(2).getByLabelText('Time zone')).toHaveAccessibleDescription(/./)
    expect(row(0).getByLabelText('Group')).toBeValid()
    expect(row(2).getByLabelText('Group')).toBeValid()
    expect(within(dialog).queryByRole('alert')).toBeNull()
    await expectAccessible()

    // What was said about a row stays with it, and goes with it.
    await user.click(row(1).getByRole('button', { name: /^Remove the group/ }))
    expect(row(1).getByLabelText('Time zone')).toBeInvalid()
    await user.click(row(1).getByRole('button', { name: 'Remove the group night' }))
    await user.click(add)
    await user.click(row(1).getByLabelText('It counts only at some hours of the week'))
    expect(row(1).getByLabelText('Time zone')).toBeValid()
  })

  it('show which role and which place of a group is not there any more', async () => {
    const { db, user, row, name, add, save, dialog } = await openGroups()
    await user.click(add)
    name(1, 'branches')
    await user.selectOptions(row(1).getByLabelText('On what of it'), 'Machines at one site')
    await user.selectOptions(await row(1).findByLabelText('Site'), 'Lisbon')
    const { sites, roles } = db
    db.sites = []
    await save()
    await waitFor(() => expect(row(1).getByLabelText('Site')).toBeInvalid())
    expect(row(1).getByLabelText('Site')).toHaveFocus()
    Object.assign(db, { sites, roles: [] })
    await save()
    await waitFor(() => expect(row(0).getByLabelText('Role')).toBeInvalid())
    expect(row(0).getByLabelText('Role')).toHaveFocus()
    expect(row(1).getByLabelText('Site')).toBeValid()
    db.roles = roles
    await save()
    await waitFor(() => expect(dialog).not.toBeInTheDocument())
    expect(db.identityProviders[0]).toMatchObject({
      mappings: [{ group: 'support' }, { group: 'branches', place: { kind: 'site' } }],
    })
  })

  it('say precisely what is wrong with them', async () => {
    const { user } = await renderConsole('/single-sign-on', 'usual', (db) => {
      db.identityProviders[0]!.issuer = 'https://silent.example'
    })
    await user.click(await screen.findByRole('button', { name: 'Actions for Atlântico ID' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Check' }))
    const check = await screen.findByRole('dialog', { name: 'Check of Atlântico ID' })
    await within(check).findByText('The issuer cannot be reached')
    expect(check).toHaveTextContent('cannot be reached from this server: refused.')
  })

  it('are deleted after it was said what goes with them', async () => {
    const { user, db } = await renderConsole('/single-sign-on')
    await user.click(await screen.findByRole('button', { name: 'Actions for Atlântico ID' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Delete' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Delete Atlântico ID?' })
    expect(dialog).toHaveTextContent('14 people are disconnected')
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }))
    await waitFor(() => expect(db.identityProviders).toHaveLength(1))
  })

  it('are for who looks after the server, and say when they cannot be read', async () => {
    await renderConsole('/single-sign-on', 'technician')
    await screen.findByText('Only who looks after the whole server sets up identity providers.')
    expect(screen.queryByRole('link', { name: 'Single sign-on' })).not.toBeInTheDocument()
  })

  it('can be asked for again when the list fails', async () => {
    const { user, db } = await renderConsole('/single-sign-on', 'failing')
    const again = await screen.findByRole('button', { name: 'Try again' })
    db.scenario = 'usual'
    await user.click(again)
    await rowOf('Atlântico ID')
  })
})

describe('signing in with a provider', () => {
  it('is offered for each that is on, and comes back to where one wanted to go', async () => {
    await renderConsole('/sign-in?next=%2Fpeople', 'signed-out')
    const link = await screen.findByRole('link', { name: 'Sign in with Atlântico ID' })
    expect(link).toHaveAttribute(
      'href',
      '/api/identity-providers/0197c2b0-0000-7000-8000-000000000001/start?return_to=%2Fpeople',
    )
    expect(screen.queryByRole('link', { name: 'Sign in with Partners' })).not.toBeInTheDocument()
    await expectAccessible()
  })

  it('says what went wrong there, with the id that the server’s log has', async () => {
    await renderConsole('/sign-in', 'signed-out')
    act(() => {
      location.hash = '#problem=nonce_mismatch&request=0197c2ff'
      takeSecrets()
    })
    await screen.findByText('The answer belongs to another sign-in')
    expect(screen.getByText('0197c2ff')).toBeInTheDocument()
    expect(location.hash).toBe('')
    await expectAccessible()
    act(forgetLandedProblem)
  })
})

describe('connected sign-ins', () => {
  it('are listed, disconnected, and offered again', async () => {
    const { user, db } = await renderConsole('/connections')
    await screen.findByText('as marina@atlantico.example')
    expect(screen.queryByRole('link', { name: /^Connect with/ })).not.toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Disconnect from Atlântico ID' }))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }))
    await waitFor(() => expect(db.identities).toHaveLength(0))
    const link = await screen.findByRole('link', { name: 'Connect with Atlântico ID' })
    expect(link.getAttribute('href')).toMatch(/return_to=%2Fconnections&connect=true$/)
  })

  it('are made by who just proved who they are', async () => {
    const { user } = await renderConsole('/connections', 'usual', (db) => {
      db.identities.length = 0
      db.protection.factors.fresh_until = '2026-01-05T09:00:00Z'
    })
    await user.click(await screen.findByRole('link', { name: 'Connect with Atlântico ID' }))
    expect(await screen.findByRole('dialog', { name: 'Is it you?' })).toBeInTheDocument()
  })

  it('keep the only way in', async () => {
    const { user, db } = await renderConsole('/connections', 'usual', (prepared) => {
      prepared.identities[0]!.subject = 'only'
    })
    await user.click(await screen.findByRole('button', { name: 'Disconnect from Atlântico ID' }))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }))
    await screen.findByText('This is your only way in')
    expect(db.identities).toHaveLength(1)
  })

  it('of others are seen among the people', async () => {
    const { user } = await renderConsole('/people')
    await user.click(await screen.findByRole('button', { name: /^Actions for Marina Duarte/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Connected sign-ins' }))
    const dialog = await screen.findByRole('dialog', {
      name: 'Connected sign-ins of Marina Duarte',
    })
    await within(dialog).findByText('as marina@atlantico.example')
  })
})
