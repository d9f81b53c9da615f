import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { become } from '@mock/rights-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { blankForm, changeOf, isReady, whyNot, wishesOf, withPlace, withReadOnly } from './form'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const rowOf = async (name: string) => {
  const row = (await screen.findAllByText(name))[0]!.closest('tr')
  if (!row) throw new Error(`${name} is not in a row`)
  return within(row)
}

const openMenu = async (user: User, name: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for ${name}` }))
  return (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent)
}

const choose = async (user: User, name: string, item: string) => {
  await openMenu(user, name)
  await user.click(screen.getByRole('menuitem', { name: item }))
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull())
}

const dialog = (name: string) => screen.findByRole('dialog', { name })

const token = (db: MockDb, name: string) => {
  const found = db.apiTokens.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not there`)
  return found
}

const elsewhere = {
  id: '0197c2a0-0000-7000-8000-0000000000e1',
  name: 'Farol do Sul',
  archived_at: null,
  roles: [],
  permissions: ['machine.see' as const],
}

describe('the form of a token', () => {
  const form = {
    ...blankForm,
    name: ' report ',
    scopes: ['machine.see', 'machine.manage'],
  } as const

  it('is sent as it is meant', () => {
    expect(isReady(blankForm)).toBe(false)
    expect(isReady(form)).toBe(true)
    expect(isReady({ ...form, where: 'some' })).toBe(false)
    expect(wishesOf(form, null)).toEqual({
      name: 'report',
      scopes: ['machine.see', 'machine.manage'],
      read_only: false,
      expires_in_seconds: 90 * 86_400,
    })
    expect(wishesOf({ ...form, where: 'some', organizations: ['o'] }, 'a')).toMatchObject({
      account_id: 'a',
      organization_ids: ['o'],
    })
  })

  it('of some sites or tags is for machines alone', () => {
    const place = { ...form, where: 'some' as const, sites: ['s'], tags: 'till, lab' }
    const all = { ...place, scopes: ['machine.see', 'audit.read'] as const }
    expect(withPlace(all).scopes).toEqual(['machine.see'])
    expect(withPlace({ ...all, where: 'all' }).scopes).toEqual(['machine.see', 'audit.read'])
    expect(wishesOf(place, null)).toMatchObject({ site_ids: ['s'], tags: ['till', 'lab'] })
    expect(wishesOf(place, null)).not.toHaveProperty('organization_ids')
    expect(isReady({ ...form, where: 'some', tags: ' , ' })).toBe(false)
    const me = { organizations: [], server_permissions: ['audit.read'] } as never
    expect(whyNot(me, place, 'audit.read')).toBe('notMachines')
  })

  it('leaves only scopes that look to a token that only reads', () => {
    const reading = withReadOnly(form, true)
    expect(changeOf(reading)).toEqual({ name: 'report', scopes: ['machine.see'], read_only: true })
    const me = { organizations: [elsewhere], server_permissions: [] } as never
    expect(whyNot(me, reading, 'machine.manage')).toBe('notReading')
    expect(whyNot(me, blankForm, 'machine.manage')).toBe('notYours')
    expect(whyNot(me, blankForm, 'machine.see')).toBeNull()
  })
})

describe('the own tokens', () => {
  it('are listed with what they may and when they were used', async () => {
    await renderConsole('/api-tokens')
    const report = await rowOf('Nightly report')
    expect(report.getByText('Active')).toBeInTheDocument()
    expect(report.getAllByText('3 scopes')[0]).toBeInTheDocument()
    expect(report.getAllByText('Only reads')[0]).toBeInTheDocument()
    expect(report.getByText('from 198.51.100.7')).toBeInTheDocument()
    const rollout = await rowOf('Rollout script')
    expect(rollout.getByText('Two secrets')).toBeInTheDocument()
    expect(rollout.getByText('Atlântico Suporte')).toBeInTheDocument()
    expect(screen.queryByText('Trial')).toBeNull()
    await expectAccessible()
  })

  it('that ended are shown on demand, and nothing can be done to them', async () => {
    const { user } = await renderConsole('/api-tokens')
    await user.click(await screen.findByLabelText('Show those that ended'))
    const trial = await rowOf('Trial')
    expect(trial.getByText('Revoked')).toBeInTheDocument()
    expect(trial.queryByRole('button')).toBeNull()
  })

  it('are everybody’s, from the navigation on', async () => {
    const { user, address } = await renderConsole('/machines', 'technician')
    await user.click(await screen.findByRole('link', { name: 'API tokens' }))
    await rowOf('Nightly report')
    expect(address()).toBe('/api-tokens')
    expect(screen.queryByRole('link', { name: 'Service accounts' })).toBeNull()
    expect(screen.queryByRole('link', { name: 'Of others' })).toBeNull()
  })

  it('are explained while there are none', async () => {
    await renderConsole('/api-tokens', 'empty')
    expect(await screen.findByRole('heading', { name: 'No API tokens' })).toBeInTheDocument()
    await expectAccessible()
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/api-tokens', 'failing')
    const [notice] = await screen.findAllByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice!).getByRole('button', { name: 'Try again' }))
    await rowOf('Nightly report')
  })
})

describe('making a token', () => {
  it('shows it once, with a command to try', async () => {
    const { db, user } = await renderConsole('/api-tokens')
    await user.click(await screen.findByRole('button', { name: 'New token' }))
    const form = await dialog('Make an API token')
    await waitFor(() => expect(within(form).getByLabelText('What it is for')).toHaveFocus())
    const submit = within(form).getByRole('button', { name: 'Make token' })
    expect(submit).toBeDisabled()
    await user.keyboard('Backup')
    await user.selectOptions(within(form).getByLabelText('Valid for'), '30 days')
    await user.click(within(form).getByLabelText('See machines'))
    await expectAccessible()
    await user.click(submit)
    const ready = await dialog('The token is ready')
    expect(within(ready).getByText(/^farol_pat_/)).toBeInTheDocument()
    expect(
      within(ready).getByText(/curl -H "Authorization: Bearer \$FAROL_API_TOKEN"/),
    ).toBeVisible()
    await expectAccessible()
    await user.click(within(ready).getByRole('button', { name: 'Done' }))
    await rowOf('Backup')
    expect(token(db, 'Backup')).toMatchObject({ scopes: ['machine.see'], organization_ids: null })
    expect(screen.queryByText(/^farol_pat_/)).toBeNull()
  })

  it('offers what the reader may, and to a reading token only what looks', async () => {
    const { user } = await renderConsole('/api-tokens?create=true', 'technician')
    const form = await dialog('Make an API token')
    const box = (name: string) => within(form).getByLabelText(name)
    expect(box('See machines')).toBeEnabled()
    expect(box('Manage machines')).toBeDisabled()
    await user.click(box('See the screen'))
    await user.click(box('It only reads'))
    expect(box('See the screen')).toBeDisabled()
    expect(box('See the screen')).not.toBeChecked()
  })

  it('can be for some organizations alone', async () => {
    const { db, user } = await renderConsole('/api-tokens?create=true', 'usual', ({ me }) => {
      me!.organizations.push(elsewhere)
    })
    const form = await dialog('Make an API token')
    await user.type(within(form).getByLabelText('What it is for'), 'South')
    await user.click(within(form).getByLabelText('See machines'))
    await user.click(within(form).getByLabelText('Only in some places'))
    expect(within(form).getByRole('button', { name: 'Make token' })).toBeDisabled()
    await user.click(within(form).getByLabelText('Farol do Sul'))
    await user.click(within(form).getByRole('button', { name: 'Make token' }))
    await dialog('The token is ready')
    expect(token(db, 'South').organization_ids).toEqual([elsewhere.id])
  })

  it('can be for the machines of a site that carry tags', async () => {
    const { db, user } = await renderConsole('/api-tokens?create=true')
    const form = await dialog('Make an API token')
    const box = (name: string) => within(form).getByLabelText(name)
    await user.type(box('What it is for'), 'Tills')
    await user.click(box('See machines'))
    await user.click(box('Read the audit'))
    await user.click(box('Only in some places'))
    await user.click(await within(form).findByLabelText('Lisbon'))
    expect(box('Read the audit')).toBeDisabled()
    await user.type(box('Tags'), 'till')
    await expectAccessible()
    await user.click(within(form).getByRole('button', { name: 'Make token' }))
    const ready = await dialog('The token is ready')
    expect(token(db, 'Tills')).toMatchObject({
      organization_ids: null,
      tags: ['till'],
      scopes: ['machine.see'],
    })
    await user.click(within(ready).getByRole('button', { name: 'Done' }))
    expect((await rowOf('Tills')).getByText('Lisbon · tags till')).toBeInTheDocument()
  })

  it('says why it failed', async () => {
    const { user } = await renderConsole('/api-tokens?create=true')
    const form = await dialog('Make an API token')
    await user.type(within(form).getByLabelText('What it is for'), 'full')
    await user.click(within(form).getByLabelText('See machines'))
    await user.click(within(form).getByRole('button', { name: 'Make token' }))
    expect(await within(form).findByText(/at most 50 API tokens/)).toBeInTheDocument()
  })
})

describe('a token that is there', () => {
  it('is changed, also after somebody else was faster', async () => {
    const { db, user } = await renderConsole('/api-tokens')
    await choose(user, 'Nightly report', 'Edit…')
    const form = await dialog('Edit Nightly report')
    const name = within(form).getByLabelText('What it is for')
    await user.clear(name)
    await user.type(name, 'conflict')
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    expect(await within(form).findByText(/Somebody else changed this token/)).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Report')
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    await rowOf('Report')
    expect(token(db, 'Report').read_only).toBe(true)
  })

  it('gets another secret, with an overlap', async () => {
    const { db, user } = await renderConsole('/api-tokens')
    await choose(user, 'Nightly report', 'New secret…')
    const form = await dialog('Give Nightly report a new secret?')
    await expectAccessible()
    await user.selectOptions(within(form).getByLabelText(/The present secret works/), '7 days')
    await user.click(within(form).getByRole('button', { name: 'Make new secret' }))
    const ready = await dialog('The new secret is ready')
    expect(within(ready).getByText(/^farol_pat_/)).toBeInTheDocument()
    await user.click(within(ready).getByRole('button', { name: 'Done' }))
    expect((await rowOf('Nightly report')).getByText('Two secrets')).toBeInTheDocument()
    const until = new Date(token(db, 'Nightly report').previous_until ?? 0).getTime()
    expect(until).toBeGreaterThan(Date.now() + 6 * 86_400_000)
  })

  it('is revoked after saying what that means', async () => {
    const { db, user } = await renderConsole('/api-tokens')
    await choose(user, 'Nightly report', 'Revoke…')
    const asked = await screen.findByRole('alertdialog', { name: 'Revoke Nightly report?' })
    await user.click(within(asked).getByRole('button', { name: 'Revoke' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(token(db, 'Nightly report').state).toBe('revoked')
  })
})

describe('tokens of others', () => {
  it('are seen and revoked by who manages people', async () => {
    const { user } = await renderConsole('/api-tokens?tab=others')
    const laptop = await rowOf('Ana’s laptop')
    expect(laptop.getByText('Ana Castro')).toBeInTheDocument()
    expect((await rowOf('Inventory')).getByText('Program')).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'New token' })).toBeNull()
    await expectAccessible()
    expect(await openMenu(user, 'Ana’s laptop')).toEqual(['Revoke…'])
  })
})

describe('service accounts', () => {
  it('are listed with their roles and tokens', async () => {
    const { user } = await renderConsole('/api-tokens')
    await user.click(await screen.findByRole('link', { name: 'Service accounts' }))
    const register = await rowOf('Asset register')
    expect(register.getByText('Viewer · Atlântico Suporte')).toBeInTheDocument()
    expect(register.getByText('1 token')).toBeInTheDocument()
    expect((await rowOf('Old monitoring')).getByText('Disabled')).toBeInTheDocument()
    await expectAccessible()
  })

  it('are made with a role, and get a token', async () => {
    const { db, user } = await renderConsole('/api-tokens?tab=service')
    await user.click(await screen.findByRole('button', { name: 'New service account' }))
    const form = await dialog('Make a service account')
    await user.type(within(form).getByLabelText('Name'), 'Deploy')
    await within(form).findByRole('option', { name: 'Viewer' })
    await user.selectOptions(within(form).getByLabelText('Role'), 'Viewer')
    await expectAccessible()
    await user.click(within(form).getByRole('button', { name: 'Make service account' }))
    await rowOf('Deploy')
    await choose(user, 'Deploy', 'New token…')
    const making = await dialog('Make an API token for Deploy')
    await user.type(within(making).getByLabelText('What it is for'), 'CI')
    await user.click(within(making).getByLabelText('See machines'))
    await user.click(within(making).getByRole('button', { name: 'Make token' }))
    const ready = await dialog('The token is ready')
    expect(within(ready).getByText(/^farol_svc_/)).toBeInTheDocument()
    expect(token(db, 'CI').account_name).toBe('Deploy')
  })

  it('are edited', async () => {
    const { db, user } = await renderConsole('/api-tokens?tab=service')
    await choose(user, 'Asset register', 'Edit…')
    const form = await dialog('Edit Asset register')
    const name = within(form).getByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'Register')
    await user.click(within(form).getByRole('button', { name: 'Save' }))
    await rowOf('Register')
    expect(db.serviceAccounts[0]?.name).toBe('Register')
  })

  it('are disabled, enabled and deleted, each after saying what that means', async () => {
    const { db, user } = await renderConsole('/api-tokens?tab=service')
    for (const [item, title, button] of [
      ['Disable…', 'Disable Asset register?', 'Disable'],
      ['Enable…', 'Enable Asset register?', 'Enable'],
      ['Delete…', 'Delete Asset register?', 'Delete'],
    ] as const) {
      await choose(user, 'Asset register', item)
      const asked = await screen.findByRole('alertdialog', { name: title })
      await user.click(within(asked).getByRole('button', { name: button }))
      await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    }
    await waitFor(() => expect(db.serviceAccounts).toHaveLength(1))
  })

  it('show their tokens and roles', async () => {
    const { user } = await renderConsole('/api-tokens?tab=service')
    await choose(user, 'Asset register', 'Tokens…')
    const tokens = await dialog('API tokens of Asset register')
    await within(tokens).findByText('Inventory')
    await user.keyboard('{Escape}')
    await choose(user, 'Asset register', 'Roles…')
    await dialog('Roles of Asset register')
  })

  it('are only looked at by who may no more', async () => {
    await renderConsole('/api-tokens?tab=service', 'usual', ({ me }) => {
      become(me!, 'viewer')
      me!.organizations[0]!.permissions = ['machine.see', 'account.see']
    })
    await rowOf('Asset register')
    expect(screen.queryByRole('button', { name: 'New service account' })).toBeNull()
    expect(screen.queryByRole('button', { name: /^Actions for/ })).toBeNull()
  })
})
