import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { noServerMail } from '@mock/mail-data'
import { become } from '@mock/rights-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const rowOf = async (name: string) => {
  const button = await screen.findByRole('button', { name: `Actions for ${name}` })
  const row = button.closest('tr')
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

/** An administrator of their organization, without anything for the whole server. */
const asAdministrator = (db: MockDb) => become(db.me!, 'administrator')

const person = (db: MockDb, name: string) => {
  const found = db.people.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not there`)
  return found
}

describe('second factors', () => {
  it('are shown, and taken from who lost them after saying what that means', async () => {
    const { user, db } = await renderConsole('/people')
    const theo = await rowOf('Theo Lindqvist')
    expect(theo.getByText('Second factor')).toBeInTheDocument()
    await choose(user, 'Theo Lindqvist', 'Take second factors away…')
    const confirm = await screen.findByRole('alertdialog', {
      name: 'Take all second factors from Theo Lindqvist?',
    })
    expect(confirm).toHaveTextContent('the password alone signs them in')
    await user.click(within(confirm).getByRole('button', { name: 'Take away' }))
    await waitFor(() => expect(person(db, 'Theo Lindqvist').second_factor).toBe(false))
    await waitFor(() => expect(theo.queryByText('Second factor')).toBeNull())
  })
})

describe('the list of people', () => {
  it('shows who has which roles where, and who is disabled', async () => {
    await renderConsole('/people')
    const ana = await rowOf('Ana Castro')
    expect(ana.getAllByText('Technician · Atlântico Suporte')[0]).toBeInTheDocument()
    expect(ana.getAllByText('Night shift · Atlântico Suporte')[0]).toBeInTheDocument()
    const own = await rowOf('Marina Duarte')
    expect(own.getAllByText('Owner · whole server')[0]).toBeInTheDocument()
    expect(own.getByText('you')).toBeInTheDocument()
    const rui = await rowOf('Rui Tavares')
    expect(rui.getByText('Disabled')).toBeInTheDocument()
    expect(rui.getByText('not signed in')).toBeInTheDocument()
    expect(screen.getByText('6 people')).toBeInTheDocument()
    await screen.findByText('joana@atlantico.example')
    await expectAccessible()
  })

  it('is in the navigation, and in the palette, of who may see people', async () => {
    const { user, address } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'People' }))
    await rowOf('Ana Castro')
    expect(address()).toBe('/people')
  })

  it('says to others whom to ask', async () => {
    await renderConsole('/people', 'technician')
    expect(await screen.findByText(/None of your roles allows seeing people/)).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'People' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull()
  })

  it('recovers from a failure', async () => {
    const { db, user } = await renderConsole('/people', 'failing')
    const [notice] = await screen.findAllByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice!).getByRole('button', { name: 'Try again' }))
    await rowOf('Ana Castro')
  })

  it('proposes to invite somebody while there is nobody else', async () => {
    await renderConsole('/people', 'empty')
    expect(await screen.findByText(/Nobody else has an account yet/)).toBeInTheDocument()
    expect(await screen.findByText('No open invitations.')).toBeInTheDocument()
    await expectAccessible()
  })

  it('offers only what the reader may do', async () => {
    const { user } = await renderConsole('/people', 'usual', asAdministrator)
    expect(await openMenu(user, 'Marina Duarte')).toEqual([
      'Roles…',
      'What may I do…',
      'Connected sign-ins',
    ])
    await user.keyboard('{Escape}')
    expect(await openMenu(user, 'Ana Castro')).toEqual([
      'Roles…',
      'What may they do…',
      'Connected sign-ins',
      'Disable…',
      'Delete…',
    ])
  })

  it('offers nothing to change to who may only look', async () => {
    const { user } = await renderConsole('/people', 'usual', ({ me }) => {
      become(me!, 'viewer')
      me!.organizations[0]!.permissions = ['machine.see', 'account.see']
    })
    expect(await openMenu(user, 'Ana Castro')).toEqual(['What may they do…', 'Connected sign-ins'])
    await user.keyboard('{Escape}')
    expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull()
    expect(screen.queryByRole('heading', { name: 'Invitations' })).toBeNull()
  })
})

describe('roles of somebody', () => {
  it('are given, all of it by keyboard', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Caio Brandt', 'Roles…')
    const roles = await dialog('Roles of Caio Brandt')
    await within(roles).findByRole('option', { name: 'Night shift' })
    await expectAccessible()
    await waitFor(() => expect(within(roles).getByLabelText('Role')).toHaveFocus())
    await user.selectOptions(document.activeElement!, 'Administrator')
    await user.tab()
    await user.selectOptions(
      document.activeElement!,
      'Whole server: every organization, those to come included',
    )
    await user.tab()
    // Past the four limits, which are off.
    await user.tab()
    await user.tab()
    await user.tab()
    await user.tab()
    await user.keyboard('{Enter}')
    await within(roles).findByText('Administrator on the whole server')
    expect(within(roles).getByRole('button', { name: 'Give' })).toHaveFocus()
    await user.selectOptions(within(roles).getByLabelText('Role'), 'Administrator')
    expect(within(roles).getByText('They have this role there already.')).toBeInTheDocument()
    expect(within(roles).getByRole('button', { name: 'Give' })).toHaveAttribute('aria-disabled')
    expect(person(db, 'Caio Brandt').roles.at(-1)).toMatchObject({
      role: 'administrator',
      place: { kind: 'server' },
    })
    // Once for what was just said, once for the dialog.
    await user.keyboard('{Escape}{Escape}')
    const row = await rowOf('Caio Brandt')
    expect(row.getAllByText('Administrator · whole server')[0]).toBeInTheDocument()
  })

  it('are given at a site, with limits', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Caio Brandt', 'Roles…')
    const roles = await dialog('Roles of Caio Brandt')
    await within(roles).findByRole('option', { name: 'Night shift' })
    const field = (name: string) => within(roles).getByLabelText(name)
    const give = within(roles).getByRole('button', { name: 'Give' })
    await user.selectOptions(field('On what of it'), 'Machines at one site')
    expect(give).toHaveAttribute('aria-disabled', 'true')
    await user.selectOptions(await within(roles).findByLabelText('Site'), 'Lisbon')
    await user.click(field('It counts only at some hours of the week'))
    await user.click(field('Friday'))
    await user.clear(field('Time zone'))
    await user.type(field('Time zone'), 'Atlantis')
    await user.click(field('It asks for a fresh proof'))
    await user.click(field('It asks for a reason'))
    await expectAccessible()
    await user.click(give)
    expect(await within(roles).findByText('There is none such, or not any more.')).toBeVisible()
    expect(field('Time zone')).toBeInvalid()
    await user.clear(field('Time zone'))
    await user.type(field('Time zone'), 'America/Recife')
    await user.click(give)
    const sentence =
      'Technician at site Lisbon, Mon–Thu 08:00–18:00 (America/Recife), asks for a fresh proof (15 min), asks for a reason'
    expect(await within(roles).findByText(sentence)).toBeInTheDocument()
    expect(person(db, 'Caio Brandt').roles.at(-1)).toMatchObject({
      place: { kind: 'site' },
      conditions: { expires_at: null, step_up_minutes: 15, reason_required: true },
    })
  })

  it('show their place, their limits, and that they do not count now', async () => {
    await renderConsole('/people')
    const sofia = await rowOf('Sofia Reis')
    const role = 'Technician · Atlântico Suporte, site Lisbon'
    expect(sofia.getAllByText(role)[0]).toBeInTheDocument()
    expect(sofia.getAllByText('Out of hours')[0]).toBeInTheDocument()
    expect(sofia.getAllByText(/weekdays 08:00–18:00.*asks for a fresh proof/)[0]).toBeVisible()
  })

  it('are taken away after saying what that means', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Ana Castro', 'Roles…')
    const take = 'Take away: Technician · Atlântico Suporte'
    await user.click(await screen.findByRole('button', { name: take }))
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('Take “Technician · Atlântico Suporte” from Ana Castro?')
    expect(asked).not.toHaveTextContent('This is your own role')
    await expectAccessible()
    await user.click(within(asked).getByRole('button', { name: 'Take away' }))
    const roles = await dialog('Roles of Ana Castro')
    await waitFor(() => expect(within(roles).queryByRole('button', { name: take })).toBeNull())
    expect(person(db, 'Ana Castro').roles.map(({ role_name: name }) => name)).toEqual([
      'Night shift',
    ])
  })

  it('say through which team they come, which alone gives them up', async () => {
    const { user, address } = await renderConsole('/people')
    await choose(user, 'Theo Lindqvist', 'Roles…')
    const roles = await dialog('Roles of Theo Lindqvist')
    const link = await within(roles).findByRole('link', { name: 'through the team Field support' })
    const item = within(link.closest('li')!)
    expect(item.getByText('Technician in Atlântico Suporte')).toBeInTheDocument()
    expect(item.queryByRole('button')).toBeNull()
    const own = within(within(roles).getByText('Administrator in Atlântico Suporte').closest('li')!)
    expect(own.queryByText(/through the team/)).toBeNull()
    expect(own.getByRole('button')).toHaveAccessibleName(/^Take away/)
    await expectAccessible()
    await user.click(link)
    const people = await dialog('People in Field support')
    await user.click(within(people).getByRole('button', { name: 'Close' }))
    await waitFor(() => expect(address()).toBe('/teams'))
  })

  it('name a team that the reader does not see', async () => {
    const { user } = await renderConsole('/people', 'usual', (db) => {
      asAdministrator(db)
      db.teams[0]!.place = { kind: 'server' }
    })
    await choose(user, 'Theo Lindqvist', 'Roles…')
    const roles = await dialog('Roles of Theo Lindqvist')
    expect(within(roles).getByText(/through the team Field support/)).toBeInTheDocument()
    expect(within(roles).queryByRole('link')).toBeNull()
  })

  it('say why the last owner stays one', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Marina Duarte', 'Roles…')
    await user.click(await screen.findByRole('button', { name: 'Take away: Owner · whole server' }))
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('This is your own role')
    await user.click(within(asked).getByRole('button', { name: 'Take away' }))
    const roles = await dialog('Roles of Marina Duarte')
    const alert = await within(roles).findByRole('alert')
    expect(alert).toHaveTextContent(/The last owner of the server.*Request id/)
    expect(person(db, 'Marina Duarte').roles).toHaveLength(1)
  })

  it('are offered as far as one has them oneself', async () => {
    const { user } = await renderConsole('/people', 'usual', (db) => {
      asAdministrator(db)
      db.me!.organizations[0]!.permissions = db.me!.organizations[0]!.permissions.filter(
        (one) => one !== 'audit.read',
      )
    })
    await choose(user, 'Theo Lindqvist', 'Roles…')
    const roles = await dialog('Roles of Theo Lindqvist')
    await within(roles).findByRole('option', { name: 'Technician' })
    const offered = within(roles)
      .getAllByRole('option')
      .map(({ textContent }) => textContent)
    expect(offered).toEqual([
      'Requester',
      'Viewer',
      'Technician',
      'Night shift',
      'Rollout',
      'Atlântico Suporte',
      'All of the organization',
      'Machines at one site',
      'Machines with tags',
      'One machine',
    ])
    expect(within(roles).getByText(/Only roles whose permissions you have/)).toBeInTheDocument()
    expect(within(roles).queryByRole('button', { name: /^Take away/ })).toBeNull()
  })

  it('shows what the server refuses', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Caio Brandt', 'Roles…')
    const roles = await dialog('Roles of Caio Brandt')
    await within(roles).findByRole('option', { name: 'Night shift' })
    // Somebody took the right away, and this console has not heard of it yet.
    db.me!.organizations[0]!.permissions = []
    await user.click(within(roles).getByRole('button', { name: 'Give' }))
    expect(await within(roles).findByRole('alert')).toHaveTextContent('You may not do this')
    expect(person(db, 'Caio Brandt').roles).toHaveLength(1)
  })
})

describe('an account', () => {
  it('is disabled after a question, and enabled again', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Ana Castro', 'Disable…')
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('Disable the account of Ana Castro?')
    await expectAccessible()
    await user.click(within(asked).getByRole('button', { name: 'Disable' }))
    await waitFor(() => expect(person(db, 'Ana Castro').disabled_at).not.toBeNull())
    expect(await (await rowOf('Ana Castro')).findByText('Disabled')).toBeInTheDocument()
    await choose(user, 'Ana Castro', 'Enable…')
    await user.click(
      within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Enable' }),
    )
    await waitFor(() => expect(person(db, 'Ana Castro').disabled_at).toBeNull())
  })

  it('is deleted, and somebody takes over who waits for it', async () => {
    const { db, user } = await renderConsole('/people', 'usual', (mock) => {
      const { id, name } = person(mock, 'Ana Castro')
      mock.queue[0]!.assigned_to = { id, name }
    })
    const waiting = db.queue[0]!
    await choose(user, 'Ana Castro', 'Delete…')
    const asked = await dialog('Delete the account of Ana Castro?')
    const heirs = within(asked)
      .getAllByRole('option')
      .map(({ textContent }) => textContent)
    expect(heirs).toEqual([
      'Anybody may answer them',
      'Caio Brandt takes over',
      'Marina Duarte takes over',
      'Sofia Reis takes over',
      'Theo Lindqvist takes over',
    ])
    await expectAccessible()
    await user.selectOptions(within(asked).getByRole('combobox'), 'Theo Lindqvist takes over')
    await user.click(within(asked).getByRole('button', { name: 'Delete' }))
    await waitFor(() => expect(screen.queryByText('Ana Castro')).toBeNull())
    expect(waiting.assigned_to?.name).toBe('Theo Lindqvist')
  })

  it('that may not be deleted any more says so in the dialog', async () => {
    const { db, user } = await renderConsole('/people')
    await choose(user, 'Theo Lindqvist', 'Delete…')
    const asked = await dialog('Delete the account of Theo Lindqvist?')
    become(db.me!, 'technician')
    await user.click(within(asked).getByRole('button', { name: 'Delete' }))
    expect(await within(asked).findByRole('alert')).toHaveTextContent('You may not do this')
    expect(person(db, 'Theo Lindqvist')).toBeDefined()
  })
})

describe('an invitation', () => {
  const invite = async (user: User, email: string) => {
    await user.click(await screen.findByRole('button', { name: 'Invite' }))
    const asked = await dialog('Invite somebody')
    await within(asked).findByRole('option', { name: 'Night shift' })
    await waitFor(() => expect(within(asked).getByLabelText('E-mail')).toHaveFocus())
    await user.keyboard(email)
    return asked
  }

  it('gives a link that is shown once', async () => {
    const { db, user, address } = await renderConsole('/people', 'usual', (data) => {
      data.serverMail = noServerMail()
    })
    const asked = await invite(user, 'new@atlantico.example')
    await expectAccessible()
    await user.selectOptions(within(asked).getByLabelText('Role'), 'Viewer')
    await user.keyboard('{Enter}')
    await user.click(within(asked).getByRole('button', { name: 'Make the link' }))
    const done = await dialog('Send this link')
    expect(done).toHaveTextContent('It works once, and for a week.')
    expect(done).toHaveTextContent('Viewer · Atlântico Suporte')
    const { token } = db.accountInvitations[0]!
    expect(done).toHaveTextContent(`/invitation#token=${token}`)
    expect(within(done).getByRole('button', { name: 'Copy the link' })).toBeVisible()
    await expectAccessible()
    await user.click(within(done).getByRole('button', { name: 'Done' }))
    expect(await screen.findByText('new@atlantico.example')).toBeInTheDocument()
    expect(document.body).not.toHaveTextContent(token)
    expect(address()).toBe('/people')
    expect(db.accountInvitations[0]).toMatchObject({
      role: 'viewer',
      place: { kind: 'organization' },
    })
  })

  it('says what is wrong with an address, and that too many are open', async () => {
    const { user } = await renderConsole('/people')
    const asked = await invite(user, 'nobody{Enter}')
    expect(await within(asked).findByText('This is not an e-mail address.')).toBeInTheDocument()
    const field = within(asked).getByLabelText('E-mail')
    expect(field).toBeInvalid()
    await user.clear(field)
    await user.type(field, 'full@atlantico.example{Enter}')
    expect(await within(asked).findByRole('alert')).toHaveTextContent('Take some back first')
  })

  it('is revoked, and found again among those that ended', async () => {
    const { db, user, address } = await renderConsole('/people')
    const label = 'Revoke the invitation of joana@atlantico.example'
    await user.click(await screen.findByRole('button', { name: label }))
    const asked = await screen.findByRole('alertdialog')
    await user.click(within(asked).getByRole('button', { name: 'Revoke' }))
    await waitFor(() => expect(screen.queryByText('joana@atlantico.example')).toBeNull())
    expect(db.accountInvitations[0]?.state).toBe('revoked')
    expect(screen.queryByText('paulo@atlantico.example')).toBeNull()
    await user.click(screen.getByRole('switch', { name: /Show those that ended/ }))
    const row = (await screen.findByText('joana@atlantico.example')).closest('tr')
    expect(row).toHaveTextContent('Revoked')
    expect(screen.queryByRole('button', { name: label })).toBeNull()
    expect(address()).toBe('/people?ended=true')
    await expectAccessible()
  })
})

describe('what somebody may do', () => {
  const lineOf = (name: string) => {
    const line = screen.getByText(name).closest('li')
    if (!line) throw new Error(`${name} is not in a list`)
    return line
  }

  it('is said of every permission, with the roles that say so', async () => {
    const { user } = await renderConsole('/people')
    await choose(user, 'Ana Castro', 'What may they do…')
    await dialog('What may Ana Castro do?')
    await screen.findByText('Answer support')
    expect(lineOf('Answer support')).toHaveTextContent(
      /^Yes.*because: Technician in Atlântico Suporte, Night shift in Atlântico Suporte$/,
    )
    expect(lineOf('Read the audit')).toHaveTextContent(/^No.*none of their roles allows it$/)
    expect(screen.getByText('9 of 21 allowed')).toBeInTheDocument()
    await expectAccessible()
  })

  it('on a machine follows its access rules', async () => {
    const { user } = await renderConsole('/people')
    await choose(user, 'Ana Castro', 'What may they do…')
    await user.click(await screen.findByRole('button', { name: 'Choose a machine' }))
    const picker = await dialog('On which machine?')
    await user.type(within(picker).getByRole('textbox'), 'payroll')
    await user.click(await within(picker).findByRole('button', { name: /Payroll/ }))
    await dialog('What may Ana Castro do?')
    await screen.findByText('Transfer files')
    expect(lineOf('Transfer files')).toHaveTextContent(
      /^No.*access rule: not allowed \(rule for this machine\)$/,
    )
    expect(lineOf('Control the screen')).toHaveTextContent(
      /^Yes.*because: Technician in Atlântico Suporte.*asks the person \(rule for this machine\)$/,
    )
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Not about a machine' }))
    await waitFor(() => expect(lineOf('Transfer files')).toHaveTextContent(/^Yes/))
  })

  it('is nothing while the account is disabled', async () => {
    const { user } = await renderConsole('/people')
    await choose(user, 'Rui Tavares', 'What may they do…')
    await screen.findByText(/whatever its roles allow, it may do nothing/)
    expect(lineOf('See machines')).toHaveTextContent(/^No.*the account is disabled$/)
    expect(screen.getByText('0 of 21 allowed')).toBeInTheDocument()
  })
})

describe('people without a second factor', () => {
  it('are counted, and shown alone', async () => {
    const { db, user, address } = await renderConsole('/people')
    const lacking = db.people.filter((one) => !one.second_factor && !one.disabled_at)
    const label = `Only without a second factor (${lacking.length})`
    await user.click(await screen.findByRole('switch', { name: label }))
    await waitFor(() => expect(address()).toBe('/people?without=true'))
    const shown = screen.getAllByRole('button', { name: /^Actions for / })
    const names = shown.map((button) => button.getAttribute('aria-label'))
    for (const { name } of lacking) expect(names).toContain(`Actions for ${name}`)
    for (const { name } of db.people.filter((one) => one.second_factor))
      expect(names).not.toContain(`Actions for ${name}`)
  })
})
