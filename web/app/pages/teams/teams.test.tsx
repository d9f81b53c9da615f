import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { ownerMe } from '@mock/db'
import { become } from '@mock/rights-data'
import { SERVER } from '~/components/assignment-form'
import { placesToGive } from '~/pages/people/form'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { meWithin, outside } from './form'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const organizationId = ownerMe.organizations[0]!.id

const rowOf = async (team: string) => {
  const row = (await screen.findByRole('button', { name: team })).closest('tr')
  if (!row) throw new Error(`${team} is not in a row`)
  return within(row)
}

const openMenu = async (user: User, team: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for the team ${team}` }))
  return (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent)
}

const choose = async (user: User, team: string, item: string) => {
  await openMenu(user, team)
  await user.click(screen.getByRole('menuitem', { name: item }))
}

const dialog = (name: string) => screen.findByRole('dialog', { name })

const teamOf = (db: MockDb, name: string) => {
  const team = db.teams.find((one) => one.name === name)
  if (!team) throw new Error(`there is no team ${name}`)
  return team
}

describe('whom one may put into a team', () => {
  const person = (id: string, name: string, email: string) =>
    ({ id, name, email }) as Parameters<typeof outside>[0][number]
  const people = [
    person('1', 'Rúi Tavares', 'rui@a.example'),
    person('2', 'Ana Castro', 'ana@b.example'),
  ]

  it('is found by name or address, with or without accents', () => {
    const found = (words: string) => outside(people, [], words).map(({ id }) => id)
    expect(found('')).toEqual(['1', '2'])
    expect(found('rui')).toEqual(['1'])
    expect(found('CASTRO b.example')).toEqual(['2'])
    expect(found('ana rui')).toEqual([])
  })

  it('is nobody who is in it', () => {
    expect(outside(people, [{ account_id: '1' }], '').map(({ id }) => id)).toEqual(['2'])
  })
})

describe('where a team is given roles', () => {
  it('is its organization alone, if it has one', () => {
    const place = { kind: 'organization' as const, organization_id: organizationId }
    expect(placesToGive(meWithin(ownerMe, place))).toEqual([organizationId])
    expect(placesToGive(meWithin(ownerMe, { kind: 'server' }))).toEqual([organizationId, SERVER])
    const elsewhere = { kind: 'organization' as const, organization_id: 'x' }
    expect(placesToGive(meWithin(ownerMe, elsewhere))).toEqual([])
  })
})

describe('the teams', () => {
  it('are listed with whose they are, how many are in each and what it may do', async () => {
    await renderConsole('/teams')
    const field = await rowOf('Field support')
    expect(field.getByText('Atlântico Suporte')).toBeInTheDocument()
    expect(field.getByText('Drives out to the branches.')).toBeInTheDocument()
    expect(field.getByRole('cell', { name: '2' })).toBeInTheDocument()
    expect(field.getAllByText('Technician · Atlântico Suporte')).not.toHaveLength(0)
    const onCall = await rowOf('On call')
    expect(onCall.getByText('whole server')).toBeInTheDocument()
    expect(onCall.getAllByText('no role')).not.toHaveLength(0)
    expect(screen.getByText('2 teams')).toBeInTheDocument()
    await expectAccessible()
  })

  it('say what they are for while there are none', async () => {
    const { user } = await renderConsole('/teams', 'empty')
    expect(await screen.findByRole('heading', { name: 'No teams yet' })).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'New team' }))
    await dialog('Make a team')
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/teams', 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    await rowOf('Field support')
  })

  it('are for those who see people', async () => {
    await renderConsole('/teams', 'technician')
    expect(await screen.findByText(/None of your roles allows you to see teams/)).toBeVisible()
    expect(screen.queryByRole('link', { name: 'Teams' })).toBeNull()
  })

  it('of the whole server are nothing to who manages one organization', async () => {
    await renderConsole('/teams', 'usual', ({ me }) => become(me!, 'administrator'))
    await rowOf('Field support')
    expect(screen.queryByRole('button', { name: 'On call' })).toBeNull()
  })

  it('are only looked at by who manages nobody', async () => {
    const { user } = await renderConsole('/teams', 'usual', ({ me }) => {
      become(me!, 'viewer')
      me!.organizations[0]!.permissions = ['machine.see', 'account.see']
    })
    expect(await openMenu(user, 'Field support')).toEqual(['People…'])
    await user.click(screen.getByRole('menuitem', { name: 'People…' }))
    const people = await dialog('People in Field support')
    expect(await within(people).findByText('Theo Lindqvist')).toBeInTheDocument()
    expect(within(people).getByText(/Only somebody who may give all/)).toBeInTheDocument()
    expect(within(people).queryByRole('button', { name: /out of the team/ })).toBeNull()
  })
})

describe('a team', () => {
  it('is made by keyboard', async () => {
    const { db, user } = await renderConsole('/teams')
    const create = await screen.findByRole('button', { name: 'New team' })
    create.focus()
    await user.keyboard('{Enter}')
    await waitFor(() => expect(screen.getByLabelText('Name')).toHaveFocus())
    await user.keyboard('Night')
    await user.tab()
    await user.keyboard('From ten to six')
    await user.tab()
    await user.selectOptions(document.activeElement!, 'Whole server')
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Make team' }))
    await rowOf('Night')
    expect(teamOf(db, 'Night')).toMatchObject({
      note: 'From ten to six',
      place: { kind: 'server' },
    })
  })

  it('has a name of its own', async () => {
    const { user } = await renderConsole('/teams')
    await user.click(await screen.findByRole('button', { name: 'New team' }))
    await user.type(screen.getByLabelText('Name'), 'field SUPPORT')
    await user.click(screen.getByRole('button', { name: 'Make team' }))
    expect(await screen.findByText('Another one is called that already.')).toBeInTheDocument()
  })

  it('is not renamed over somebody’s head', async () => {
    const { db, user } = await renderConsole('/teams')
    await choose(user, 'On call', 'Edit…')
    const name = within(await dialog('Change the team')).getByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'conflict')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText(/It is called “Somebody’s choice” now/)).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Standby')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await rowOf('Standby')
    expect(teamOf(db, 'Standby')).toBeDefined()
  })

  it('is deleted after saying what that means', async () => {
    const { db, user } = await renderConsole('/teams')
    await choose(user, 'Field support', 'Delete…')
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('Its 2 people lose what it may do')
    await expectAccessible()
    await user.click(within(asked).getByRole('button', { name: 'Delete' }))
    await waitFor(() => expect(screen.queryByText('Field support')).toBeNull())
    expect(db.teams).toHaveLength(1)
  })

  it('is given roles in its organization alone', async () => {
    const { db, user } = await renderConsole('/teams')
    await choose(user, 'Field support', 'Roles…')
    const roles = await dialog('Roles of Field support')
    await within(roles).findByRole('option', { name: 'Night shift' })
    expect(within(roles).queryByRole('option', { name: /Whole server/ })).toBeNull()
    await user.selectOptions(within(roles).getByLabelText('Role'), 'Viewer')
    await user.click(within(roles).getByRole('button', { name: 'Give' }))
    await waitFor(() =>
      expect(teamOf(db, 'Field support').roles.map(({ role }) => role)).toEqual([
        'technician',
        'viewer',
      ]),
    )
  })
})

describe('the people of a team', () => {
  it('are put in by searching, and have what it has', async () => {
    const { db, user } = await renderConsole('/teams')
    await user.click(await screen.findByRole('button', { name: 'Field support' }))
    const people = await dialog('People in Field support')
    expect(await within(people).findByText('Theo Lindqvist')).toBeInTheDocument()
    expect(within(people).getByText('Disabled')).toBeInTheDocument()
    await within(people).findByRole('button', { name: 'Put Caio Brandt into the team' })
    expect(within(people).queryByRole('button', { name: /Put Theo Lindqvist/ })).toBeNull()
    await expectAccessible()
    await user.type(within(people).getByLabelText('Search people'), 'caio')
    await user.click(within(people).getByRole('button', { name: 'Put Caio Brandt into the team' }))
    await within(people).findByRole('button', { name: 'Take Caio Brandt out of the team' })
    expect(within(people).getByLabelText('Search people')).toHaveFocus()
    expect(teamOf(db, 'Field support').members).toHaveLength(3)
  })

  it('are taken out after saying what that means', async () => {
    const { db, user } = await renderConsole('/teams')
    await choose(user, 'Field support', 'People…')
    const takeOut = 'Take Theo Lindqvist out of the team'
    await user.click(await screen.findByRole('button', { name: takeOut }))
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('Sessions that they have by it end.')
    await expectAccessible()
    await user.click(within(asked).getByRole('button', { name: 'Take out' }))
    const people = await dialog('People in Field support')
    await waitFor(() => expect(within(people).queryByRole('button', { name: takeOut })).toBeNull())
    expect(teamOf(db, 'Field support').members).toHaveLength(1)
  })

  it('shows what the server refuses', async () => {
    const { db, user } = await renderConsole('/teams')
    await choose(user, 'Field support', 'People…')
    const people = await dialog('People in Field support')
    const add = await within(people).findByRole('button', { name: /^Put Caio Brandt/ })
    // Somebody took the right away, and this console has not heard of it yet.
    db.me!.organizations[0]!.permissions = ['account.see']
    await user.click(add)
    expect(await within(people).findByRole('alert')).toHaveTextContent('You may not do this')
    expect(teamOf(db, 'Field support').members).toHaveLength(2)
  })

  it('are shown with the team by which they have a role, and keep it there', async () => {
    const { user } = await renderConsole('/people')
    const [badge] = await screen.findAllByText(
      'Technician · Atlântico Suporte (team Field support)',
    )
    expect(badge).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Actions for Theo Lindqvist' }))
    await user.click(await screen.findByRole('menuitem', { name: 'What may they do…' }))
    const effective = await dialog('What may Theo Lindqvist do?')
    const reasons = await within(effective).findAllByText(
      /Technician in Atlântico Suporte \(team Field support\)/,
    )
    expect(reasons).not.toHaveLength(0)
    await user.keyboard('{Escape}')
    await user.click(screen.getByRole('button', { name: 'Actions for Theo Lindqvist' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Roles…' }))
    const roles = await dialog('Roles of Theo Lindqvist')
    expect(within(roles).queryByRole('button', { name: /team Field support/ })).toBeNull()
  })
})
