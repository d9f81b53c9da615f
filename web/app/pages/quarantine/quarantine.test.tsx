import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { become } from '../../../mock-api/rights-data'

const open = async (hostname: string, prepare?: Parameters<typeof renderConsole>[2]) => {
  const rendered = await renderConsole('/quarantine', 'usual', prepare)
  await rendered.user.click(await screen.findByRole('link', { name: hostname }))
  await screen.findByRole('heading', { name: hostname, level: 1 })
  return rendered
}

const entryOf = (db: Awaited<ReturnType<typeof open>>['db'], hostname: string) =>
  db.quarantine.find((entry) => entry.hostname === hostname)!

describe('the queue of quarantine', () => {
  it('says why each one waits, and how many in the navigation', async () => {
    await renderConsole('/quarantine')
    const row = (await screen.findByRole('link', { name: 'LIS-RECEPTION' })).closest('tr')!
    expect(
      within(row).getAllByText('Its token asks for approval of every newcomer.'),
    ).not.toHaveLength(0)
    expect(await within(row).findByText('Lisbon office')).toBeInTheDocument()
    expect(screen.getByRole('link', { name: 'Quarantine, 16 waiting' })).toBeInTheDocument()
    await expectAccessible()
  })

  it('counts exactly, however many pages the list has', async () => {
    const { db } = await renderConsole('/machines')
    await screen.findByRole('link', { name: 'Quarantine, 16 waiting' })
    const first = entryOf(db, 'LIS-RECEPTION')
    for (let more = 0; more < 1200; more++) db.quarantine.push({ ...first, id: db.nextId() })
    db.publish('quarantine')
    expect(
      await screen.findByRole('link', { name: 'Quarantine, 1,216 waiting' }),
    ).toBeInTheDocument()
  })

  it('shows a newcomer and a decision of somebody else without a reload', async () => {
    const { db } = await renderConsole('/quarantine')
    await screen.findByRole('link', { name: 'LIS-RECEPTION' })
    const first = entryOf(db, 'LIS-RECEPTION')
    db.quarantine.unshift({ ...first, id: db.nextId(), hostname: 'LIS-NEW' })
    first.state = 'refused'
    db.publish('quarantine')
    expect(await screen.findByRole('link', { name: 'LIS-NEW' })).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'LIS-RECEPTION' })).toBeNull()
  })

  it('tells of a helpdesk’s agent in its own words', async () => {
    const { user, db } = await renderConsole('/machines')
    await screen.findByText('18 machines')
    const entry = entryOf(db, 'LIS-RECEPTION')
    Object.assign(entry, { door: 'helpdesk', enrollment_token_id: null })
    await user.click(screen.getByRole('link', { name: /^Quarantine/ }))
    await user.click(await screen.findByRole('link', { name: 'LIS-RECEPTION' }))
    expect(
      await screen.findByRole('region', {
        name: 'A person has to agree before it speaks for a machine.',
      }),
    ).toHaveTextContent('Its machine was removed')
    expect(screen.getByText('none: the provisioning secret let it ask')).toBeInTheDocument()
    expect(screen.getByText(/this helpdesk agent speaks for it/)).toBeInTheDocument()
  })

  it('lets clones of an image in together, and warns of those that may be known', async () => {
    const { user, db } = await renderConsole('/quarantine')
    for (const name of ['wh-dock-1b', 'wh-dock-1c', 'lab-oscilloscope']) {
      await user.click(await screen.findByRole('checkbox', { name: `Select ${name}` }))
    }
    expect(screen.getByText('3 selected')).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Let in as new machines' }))
    const dialog = await screen.findByRole('alertdialog', {
      name: 'Let 3 installations in as new machines?',
    })
    expect(dialog).toHaveTextContent('1 of them may be a known machine')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Let in as new machines' }))
    expect(await screen.findByText('3 were let in')).toBeInTheDocument()
    expect(entryOf(db, 'wh-dock-1b').state).toBe('approved_new')
    expect(screen.queryByText(/selected/)).toBeNull()
  })

  it('goes on past one that somebody else decided about', async () => {
    const { user, db } = await renderConsole('/quarantine')
    await screen.findByRole('link', { name: 'LIS-RECEPTION' })
    entryOf(db, 'LIS-MEETING-2').hostname = 'raced'
    db.publish('quarantine')
    await user.click(await screen.findByRole('checkbox', { name: 'Select raced' }))
    await user.click(screen.getByRole('checkbox', { name: 'Select LIS-RECEPTION' }))
    await user.click(screen.getByRole('button', { name: 'Refuse' }))
    const dialog = await screen.findByRole('dialog', { name: 'Refuse 2 installations?' })
    await user.type(within(dialog).getByLabelText(/Reason/), 'not ours{Enter}')
    expect(await screen.findByText('1 was refused')).toBeInTheDocument()
    const failed = screen.getByText(/1 could not be decided about/).closest('li')!
    expect(failed).toHaveTextContent(/The first: .* conflict/)
    expect(entryOf(db, 'LIS-RECEPTION').state).toBe('refused')
  })

  it('stops where somebody says so, and keeps the others selected', async () => {
    const { user, db } = await renderConsole('/quarantine')
    for (const name of ['wh-dock-1', 'wh-dock-1b', 'wh-dock-1c']) {
      await user.click(await screen.findByRole('checkbox', { name: `Select ${name}` }))
    }
    await user.click(screen.getByRole('button', { name: 'Let in as new machines' }))
    const dialog = await screen.findByRole('alertdialog')
    const cancel = within(dialog).getByRole('button', { name: 'Cancel' })
    // While the first one is decided about.
    const forget = db.onPublish(() => {
      forget()
      fireEvent.click(cancel)
    })
    await user.click(within(dialog).getByRole('button', { name: 'Let in as new machines' }))
    expect(await screen.findByText('You stopped: 2 still wait.')).toBeInTheDocument()
    expect(screen.getByText('1 was let in')).toBeInTheDocument()
    expect(entryOf(db, 'wh-dock-1').state).toBe('approved_new')
    expect(entryOf(db, 'wh-dock-1b').state).toBe('waiting')
    expect(entryOf(db, 'wh-dock-1c').state).toBe('waiting')
    expect(await screen.findByText('2 selected')).toBeInTheDocument()
  })

  it('speaks of those that were meant, whatever happens to the list behind', async () => {
    const { user, db } = await renderConsole('/quarantine')
    await user.click(await screen.findByRole('checkbox', { name: 'Select all that are listed' }))
    await user.click(screen.getByRole('button', { name: 'Refuse' }))
    const dialog = await screen.findByRole('dialog', { name: 'Refuse 16 installations?' })
    // Somebody else is faster with one of them.
    entryOf(db, 'sandbox-7f21').state = 'refused'
    db.publish('quarantine')
    await waitFor(() => expect(screen.getByText('15 selected')).toBeInTheDocument())
    expect(dialog).toHaveAccessibleName('Refuse 16 installations?')
    await user.type(within(dialog).getByLabelText(/Reason/), 'not ours{Enter}')
    expect(await screen.findByText('15 were refused')).toBeInTheDocument()
    expect(screen.getByText(/^1 could not be decided about/)).toBeInTheDocument()
    expect(await screen.findByText('Nobody waits')).toBeInTheDocument()
  })

  it('selects all, and none', async () => {
    const { user } = await renderConsole('/quarantine')
    const all = await screen.findByRole('checkbox', { name: 'Select all that are listed' })
    await user.click(all)
    expect(screen.getByText('16 selected')).toBeInTheDocument()
    await user.click(screen.getByRole('checkbox', { name: 'Select bench-a' }))
    expect(all).toBePartiallyChecked()
    await user.click(screen.getByRole('button', { name: 'Clear the selection' }))
    expect(screen.queryByText(/selected/)).toBeNull()
  })

  it('tells what was decided, by whom and what became of it', async () => {
    const { user } = await renderConsole('/quarantine')
    await user.click(await screen.findByRole('link', { name: 'Decided' }))
    const row = (await screen.findByRole('link', { name: 'desk-front' })).closest('tr')!
    expect(row).toHaveTextContent(/New machine.*Marina Duarte/)
    expect(await within(row).findByRole('link', { name: 'Front desk' })).toBeInTheDocument()
    expect(screen.getByRole('columnheader', { name: 'Why it waits' })).toBeInTheDocument()
    expect(screen.queryByRole('columnheader', { name: 'Reason' })).toBeNull()
    const refused = screen.getByRole('link', { name: 'sandbox-11' }).closest('tr')!
    expect(refused).toHaveTextContent('“a test of the antivirus”')
    const settled = screen.getByRole('link', { name: 'bridge-02' }).closest('tr')!
    expect(within(settled).getAllByText('Server')).not.toHaveLength(0)
    const copy = screen.getByRole('link', { name: 'bench-b' }).closest('tr')!
    expect(copy).toHaveTextContent('It has not enrolled itself yet')
    await expectAccessible()
  })

  it('lets technicians look and not decide', async () => {
    const { user, db } = await renderConsole('/sessions')
    become(db.me!, 'technician')
    db.publish('me')
    await user.click(await screen.findByRole('link', { name: /^Quarantine/ }))
    expect(await screen.findByText(/^None of your roles allows deciding/)).toBeInTheDocument()
    expect(screen.queryByRole('checkbox')).toBeNull()
    // The server tells them no tokens.
    const row = screen.getByRole('link', { name: 'LIS-RECEPTION' }).closest('tr')!
    await waitFor(() => expect(row).toHaveTextContent(/–$/))
  })

  it('is calm when nobody waits, and says so when it fails', async () => {
    await renderConsole('/quarantine', 'empty')
    expect(await screen.findByText('Nobody waits')).toBeInTheDocument()
    await expectAccessible()
  })

  it('shows a failure with its request id, and recovers', async () => {
    const { db, user } = await renderConsole('/quarantine', 'failing')
    const notice = await screen.findByRole('alert')
    expect(notice).toHaveTextContent(/Request id\s*01JDMOCK/)
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('link', { name: 'bench-a' })).toBeInTheDocument()
  })
})

describe('one that waits', () => {
  it('is compared with the machine whose key it holds, and can become only that or a new one', async () => {
    await open('bench-a')
    const card = await screen.findByRole('article', {
      name: 'It holds the key of Support bench A',
    })
    expect(within(card).getAllByText('agrees')).toHaveLength(4)
    expect(screen.getByText('Usual cause')).toBeInTheDocument()
    expect(screen.getByText(/enrolls itself anew .* within two minutes/)).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'This is another known machine…' })).toBeNull()
    await expectAccessible()
  })

  it('is let in as a new machine', async () => {
    const { user, db, address } = await open('LIS-RECEPTION')
    await user.click(screen.getByRole('button', { name: 'New machine' }))
    await waitFor(() => expect(address()).toBe('/quarantine'))
    expect(await screen.findByText('LIS-RECEPTION is let in as a new machine')).toBeInTheDocument()
    expect(db.machines.some(({ name }) => name === 'LIS-RECEPTION')).toBe(true)
  })

  it('is asked about once more where it may be a known or a blocked machine', async () => {
    const { user, db } = await open('rx-dock')
    await user.click(screen.getByRole('button', { name: 'New machine' }))
    const dialog = await screen.findByRole('alertdialog', {
      name: 'Let rx-dock in as a new machine?',
    })
    expect(dialog).toHaveTextContent('It may be a known machine.')
    expect(dialog).toHaveTextContent('It may be Reception tablet dock, which is blocked.')
    expect(entryOf(db, 'rx-dock').state).toBe('waiting')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'New machine' }))
    await waitFor(() => expect(entryOf(db, 'rx-dock').state).toBe('approved_new'))
  })

  it('is not offered machines of another organization', async () => {
    const { user, db } = await open('LIS-RECEPTION')
    db.machines.find(({ name }) => name === 'Payroll')!.organization_id = 'another'
    db.publish('machines')
    await user.click(screen.getByRole('button', { name: 'This is another known machine…' }))
    const picker = await screen.findByRole('dialog', { name: 'Which machine is it?' })
    await user.type(within(picker).getByLabelText('Search machines'), 'pay')
    expect(await within(picker).findByText('No machine matches.')).toBeInTheDocument()
  })

  it('becomes a known machine after saying what that does', async () => {
    const { user, db, address } = await open('PAY-01-copy')
    await user.click(await screen.findByRole('button', { name: 'This is Payroll' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Is PAY-01-copy Payroll?' })
    expect(dialog).toHaveTextContent('Payroll is online now. Its present connection ends')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'This is Payroll' }))
    await waitFor(() => expect(address()).toBe('/quarantine'))
    expect(entryOf(db, 'PAY-01-copy').state).toBe('approved_same')
  })

  it('becomes no machine that the person does not manage', async () => {
    await open('bench-a', (db) => {
      const { id } = db.machines.find(({ name }) => name === 'Support bench A')!
      db.machinePermissions[id] = ['machine.see']
    })
    expect(await screen.findByRole('article', { name: /^It holds the key/ })).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'New machine' })).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: /^This is/ })).toBeNull()
  })

  it('becomes a machine that is searched for', async () => {
    const { user, db } = await open('LIS-RECEPTION')
    await user.click(screen.getByRole('button', { name: 'This is another known machine…' }))
    const picker = await screen.findByRole('dialog', { name: 'Which machine is it?' })
    await user.type(within(picker).getByLabelText('Search machines'), 'tablet dock')
    await expectAccessible()
    await user.click(within(picker).getByRole('button', { name: /Reception tablet dock/ }))
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog).toHaveTextContent('stays outside until it is unblocked')
    await user.click(within(dialog).getByRole('button', { name: /^This is/ }))
    await waitFor(() => expect(entryOf(db, 'LIS-RECEPTION').state).toBe('approved_same'))
  })

  it('is refused with a reason; what is wrong with the reason stands at it', async () => {
    const { user, db } = await open('sandbox-7f21')
    await user.click(screen.getByRole('button', { name: 'Refuse' }))
    const dialog = await screen.findByRole('dialog', { name: 'Refuse sandbox-7f21?' })
    const reason = within(dialog).getByLabelText(/Reason/)
    await user.type(reason, 'too long{Enter}')
    await waitFor(() => expect(reason).toBeInvalid())
    await user.clear(reason)
    await user.type(reason, 'an antivirus{Enter}')
    await waitFor(() => expect(entryOf(db, 'sandbox-7f21').state).toBe('refused'))
  })

  it('shows the decision of somebody else as it happens', async () => {
    const { db } = await open('LIS-RECEPTION')
    Object.assign(entryOf(db, 'LIS-RECEPTION'), {
      state: 'refused',
      decided_by: 'Theo Lindqvist',
      decided_at: new Date().toISOString(),
    })
    db.publish('quarantine')
    expect(await screen.findByText(/^Theo Lindqvist decided on/)).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'New machine' })).toBeNull()
  })

  it('says so when there is no such entry', async () => {
    await renderConsole('/quarantine/0197c2a8-0000-7000-8000-000000000999')
    expect(await screen.findByRole('alert')).toHaveTextContent('Not found')
  })
})
