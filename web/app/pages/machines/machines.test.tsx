import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { secondSite } from '@mock/db'
import { become, PERMISSIONS } from '@mock/rights-data'
import type { Permission } from '~/api/types'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const rowOf = async (name: string) => {
  const link = await screen.findByRole('link', { name })
  const row = link.closest('tr')
  if (!row) throw new Error(`${name} is not in a row`)
  return within(row)
}

describe('the list of machines', () => {
  it('shows every machine with its state and who is connected to it', async () => {
    await renderConsole('/machines')
    const row = await rowOf('Front desk')
    expect(row.getAllByText('Online')).not.toHaveLength(0)
    expect(row.getByText('Theo Lindqvist')).toBeInTheDocument()
    expect(row.getByRole('link', { name: 'Connect: Front desk' })).toBeInTheDocument()
    expect(screen.getByText('18 machines')).toBeInTheDocument()
    await expectAccessible()
  })

  it('shows a change of presence without a reload', async () => {
    const { db } = await renderConsole('/machines')
    await rowOf('bridge-03')
    const machine = db.machines.find(({ name }) => name === 'bridge-03')!
    machine.presence = { status: 'offline', since: new Date().toISOString() }
    db.publish('machines', `machine:${machine.id}`)
    await waitFor(async () =>
      expect((await rowOf('bridge-03')).queryByRole('link', { name: /Connect/ })).toBeNull(),
    )
    expect(screen.getByRole('radio', { name: 'Offline 5' })).toBeInTheDocument()
  })

  it('reads everything again when the event stream comes back', async () => {
    const { db, breakStreams } = await renderConsole('/machines')
    await rowOf('bridge-03')
    // No notice will ever come for it.
    db.machines.find(({ name }) => name === 'bridge-03')!.name = 'bridge-04'
    breakStreams()
    expect(await screen.findByText('Reconnecting…')).toBeInTheDocument()
    expect(await screen.findByRole('link', { name: 'bridge-04' })).toBeInTheDocument()
    expect(screen.getByText('Live')).toBeInTheDocument()
  })

  it('finds by any fact, keeps the words in the address, and moves by keyboard', async () => {
    const { user, address } = await renderConsole('/machines')
    await rowOf('Goods in')
    await user.keyboard('/')
    await user.keyboard('DOCK trixie')
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Front desk' })).toBeNull())
    expect(address()).toContain('q=DOCK')
    await user.keyboard('{ArrowDown}{ArrowDown}')
    expect(screen.getByRole('link', { name: 'Goods out' })).toHaveFocus()
    await user.keyboard('{ArrowUp}{Enter}')
    expect(await screen.findByRole('heading', { name: 'Goods in', level: 1 })).toBeInTheDocument()
  })

  it('says why a machine cannot be connected to when asked by key', async () => {
    const { user } = await renderConsole('/machines')
    const offline = await screen.findByRole('link', { name: 'lab-oscilloscope' })
    offline.focus()
    await user.keyboard('c')
    expect(await screen.findByText(/You can connect as soon as it is back/)).toBeInTheDocument()
  })

  it('explains how to add the first machine', async () => {
    const { user, address } = await renderConsole('/machines', 'empty')
    await user.click(await screen.findByRole('link', { name: 'Go to Enrollment' }))
    await screen.findByRole('dialog', { name: 'Create an enrollment token' })
    expect(address()).toContain('/enrollment')
  })

  it('shows a failure with its request id, and recovers', async () => {
    const { db, user } = await renderConsole('/machines', 'failing')
    const notice = await screen.findByRole('alert')
    expect(notice).toHaveTextContent(/Request id\s*01JDMOCK/)
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  })
})

describe('the page of a machine', () => {
  const open = async () => {
    const rendered = await renderConsole('/machines')
    await rendered.user.click(await screen.findByRole('link', { name: 'Payroll' }))
    await screen.findByRole('heading', { name: 'Payroll', level: 1 })
    return rendered
  }
  const choose = async (user: Awaited<ReturnType<typeof open>>['user'], item: string) => {
    await user.click(screen.getByRole('button', { name: 'Actions' }))
    await user.click(await screen.findByRole('menuitem', { name: item }))
  }

  it('shows facts and history', async () => {
    await open()
    expect(screen.getByText('c.nunes')).toBeInTheDocument()
    expect(screen.getByText('There is a picture')).toBeInTheDocument()
    expect(await screen.findByRole('table')).toBeInTheDocument()
    await expectAccessible()
  })

  it('renames', async () => {
    const { user } = await open()
    await choose(user, 'Rename')
    const name = await screen.findByRole('textbox', { name: 'Name' })
    await user.clear(name)
    await user.type(name, 'Payroll 2{Enter}')
    expect(await screen.findByRole('heading', { name: 'Payroll 2', level: 1 })).toBeInTheDocument()
  })

  it('shows what somebody else chose before replacing it', async () => {
    const { user } = await open()
    await choose(user, 'Rename')
    const name = await screen.findByRole('textbox', { name: 'Name' })
    await user.clear(name)
    await user.type(name, 'conflict{Enter}')
    expect(await screen.findByText(/It is called “Somebody’s choice” now/)).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Mine{Enter}')
    expect(await screen.findByRole('heading', { name: 'Mine', level: 1 })).toBeInTheDocument()
  })

  it('says what removing deletes, then removes', async () => {
    const { user, db, address } = await open()
    await choose(user, 'Remove machine')
    const dialog = await screen.findByRole('alertdialog', { name: 'Remove Payroll?' })
    expect(
      await within(dialog).findByText('its connection: the agent is told to stop'),
    ).toBeVisible()
    expect(dialog).toHaveTextContent('what is known of its hardware and installations')
    expect(dialog).not.toHaveTextContent(/merge|helpdesk/)
    expect(dialog).toHaveTextContent(/What stays4 past sessionsall audit entries/)
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Remove machine' }))
    await waitFor(() => expect(address()).toBe('/machines'))
    expect(db.machines.some(({ name }) => name === 'Payroll')).toBe(false)
  })

  it('says before removing which merges stay for ever and what the helpdesk loses', async () => {
    const { user } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'Front desk' }))
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    await choose(user, 'Remove machine')
    const dialog = await screen.findByRole('alertdialog', { name: 'Remove Front desk?' })
    await within(dialog).findByText(/^the merges of 2 records, which cannot be taken back/)
    expect(dialog).toHaveTextContent('the tokens of its helpdesk agent')
  })

  it('offers technicians nothing that the server refuses them', async () => {
    await renderConsole('/machines', 'technician')
    const link = await screen.findByRole('link', { name: 'Payroll' })
    expect(screen.queryByRole('link', { name: 'Add a machine' })).toBeNull()
    for (const name of ['Enrollment', 'Audit', 'Settings'])
      expect(screen.queryByRole('link', { name })).toBeNull()
    link.click()
    await screen.findByRole('heading', { name: 'Payroll', level: 1 })
    expect(screen.getByRole('link', { name: 'Connect: Payroll' })).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Actions' })).toBeNull()
  })

  it('tells an unknown machine apart from a failure', async () => {
    await renderConsole('/machines/0197c2a1-0000-7000-8000-000000000999')
    expect(await screen.findByRole('alert')).toHaveTextContent('Not found')
  })
})

describe('the ways into a session', () => {
  it('are those that roles allow, in the list, by key and in the palette', async () => {
    const { user, address } = await renderConsole('/machines', 'usual', ({ me }) =>
      become(me!, 'viewer'),
    )
    const row = await rowOf('Front desk')
    expect(row.getByRole('link', { name: 'Watch: Front desk' })).toBeInTheDocument()
    expect(row.queryByRole('link', { name: /Connect/ })).toBeNull()
    await user.keyboard('{Control>}k{/Control}')
    const palette = await screen.findByRole('dialog', { name: 'Command palette' })
    await within(palette).findByText('Watch Front desk')
    expect(within(palette).queryByText(/^Connect to/)).toBeNull()
    await user.keyboard('{Escape}')
    screen.getByRole('link', { name: 'Front desk' }).focus()
    await user.keyboard('c')
    await waitFor(() => expect(address()).toContain('rights=view'))
  })

  it('are those of the machine: where a role counts for one site, not on the machine beside', async () => {
    const { db, user } = await renderConsole('/machines', 'technician', (mock) => {
      for (const machine of mock.machines) {
        if (machine.name === 'Payroll') machine.site_id = secondSite.id
        else mock.machinePermissions[machine.id] = ['machine.see']
      }
    })
    expect((await rowOf('Payroll')).getByRole('link', { name: 'Connect: Payroll' })).toBeVisible()
    const beside = await rowOf('Front desk')
    expect(beside.queryByRole('link', { name: /: Front desk/ })).toBeNull()
    await user.keyboard('{Control>}k{/Control}')
    const palette = await screen.findByRole('dialog', { name: 'Command palette' })
    await within(palette).findByText('Connect to Payroll')
    expect(within(palette).queryByText(/^(Connect to|Watch) Front desk/)).toBeNull()
    await user.keyboard('{Escape}')
    await user.click(screen.getByRole('link', { name: 'Front desk' }))
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    const main = within(screen.getByRole('main'))
    expect(main.getByText(/None of your roles allows you to see this/)).toBeInTheDocument()
    expect(await screen.findByRole('region', { name: 'Before you connect' })).toHaveTextContent(
      'View, Control, Clipboard: not allowed (your roles)',
    )
    // The role is given for this one, too.
    db.machinePermissions = {}
    db.publish('me')
    expect(await main.findByRole('link', { name: 'Connect: Front desk' })).toBeInTheDocument()
  })

  it('are none without seeing screens, which the page says', async () => {
    const { user } = await renderConsole('/machines', 'usual', ({ me }) => {
      for (const one of me!.organizations) one.permissions = ['machine.see', 'session.see']
    })
    const row = await rowOf('Front desk')
    expect(row.queryByRole('link', { name: /: Front desk/ })).toBeNull()
    screen.getByRole('link', { name: 'Front desk' }).focus()
    await user.keyboard('c')
    expect(await screen.findByText(/None of your roles allows you to see/)).toBeInTheDocument()
    await user.keyboard('{Enter}')
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    const main = within(screen.getByRole('main'))
    expect(main.getByText(/None of your roles allows you to see this/)).toBeInTheDocument()
    expect(main.queryByRole('link', { name: /: Front desk/ })).toBeNull()
    const line = await screen.findByRole('region', { name: 'Before you connect' })
    expect(line).toHaveTextContent('View, Control, Clipboard: not allowed (your roles)')
    await expectAccessible()
  })
})

describe('what can be done with a machine', () => {
  const actions = async (permissions: Permission[]) => {
    const { user } = await renderConsole('/machines', 'usual', (db) => {
      const { id } = db.machines.find(({ name }) => name === 'Front desk')!
      db.machinePermissions[id] = permissions
    })
    await user.click(await screen.findByRole('link', { name: 'Front desk' }))
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    const button = screen.queryByRole('button', { name: 'Actions' })
    if (!button) return null
    await user.click(button)
    return (await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent)
  }

  it('is what roles allow on it, not in the rest of its organization', async () => {
    expect(await actions(['machine.see', 'machine.manage'])).toEqual([
      'Rename',
      'Move to another site',
      'Merge with another machine…',
      'Block',
    ])
  })

  it('can be to remove it alone', async () => {
    expect(await actions(['machine.see', 'machine.remove'])).toEqual(['Remove machine'])
  })

  it('can be nothing', async () => {
    expect(await actions(['machine.see', 'screen.view'])).toBeNull()
  })
})

describe('the site of a machine', () => {
  const open = async (prepare?: Parameters<typeof renderConsole>[2]) => {
    const rendered = await renderConsole('/machines', 'usual', prepare)
    await rendered.user.click(await screen.findByRole('link', { name: 'Front desk' }))
    await screen.findByRole('heading', { name: 'Front desk', level: 1 })
    return rendered
  }
  const move = async (user: Awaited<ReturnType<typeof open>>['user']) => {
    await user.click(await screen.findByRole('button', { name: 'Actions' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Move to another site' }))
    const dialog = await screen.findByRole('dialog', { name: 'Move Front desk to another site' })
    return within(dialog)
  }
  const fact = () => within(screen.getByRole('region', { name: 'Facts' }))

  it('is among its facts, and another one is chosen', async () => {
    const { db, user } = await open()
    expect(await fact().findByText('Main')).toBeInTheDocument()
    const dialog = await move(user)
    expect(dialog.getByRole('button', { name: 'Move' })).toBeDisabled()
    await dialog.findByRole('option', { name: 'Lisbon' })
    await user.selectOptions(dialog.getByLabelText('Site'), 'Lisbon')
    await expectAccessible()
    await user.click(dialog.getByRole('button', { name: 'Move' }))
    expect(await screen.findByText('Front desk stands at Lisbon now')).toBeInTheDocument()
    expect(await fact().findByText('Lisbon')).toBeInTheDocument()
    expect(db.machines.find(({ name }) => name === 'Front desk')?.site_id).toBe(secondSite.id)
  })

  it('that somebody else changed first is shown', async () => {
    const { user } = await open(({ sites }) =>
      sites.push({ ...secondSite, id: 'site-3', name: 'conflict' }),
    )
    const dialog = await move(user)
    await dialog.findByRole('option', { name: 'conflict' })
    await user.selectOptions(dialog.getByLabelText('Site'), 'conflict')
    await user.click(dialog.getByRole('button', { name: 'Move' }))
    expect(await dialog.findByText('Changed by somebody else meanwhile')).toBeInTheDocument()
    expect(dialog.getByText(/It stands at “Lisbon” now/)).toBeInTheDocument()
  })

  it('is one of its own organization, and without another one it says so', async () => {
    const { user } = await open((db) => {
      db.sites = [db.sites[0]!, { ...secondSite, organization_id: 'org-2' }]
      db.me!.organizations.push({
        ...{ id: 'org-2', name: 'Baía Norte', archived_at: null, roles: [] },
        permissions: PERMISSIONS.owner,
      })
    })
    const dialog = await move(user)
    expect(await dialog.findByText(/has no other site yet/)).toBeInTheDocument()
    expect(dialog.queryByRole('option', { name: 'Lisbon' })).toBeNull()
  })

  it('is changed only by those who manage machines', async () => {
    await open(({ me }) => become(me!, 'technician'))
    expect(screen.queryByRole('button', { name: 'Actions' })).toBeNull()
  })
})
