import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { become } from '../../../mock-api/rights-data'

const page = (index: number, tab = '') =>
  `/machines/0197c2a1-4c10-7b3e-9f21-${String(index).padStart(12, '0')}${tab}`
const FRONT_DESK = 8
const METER_GATEWAY = 13
const SUPPORT_BENCH_B = 17

const choose = async (user: Awaited<ReturnType<typeof renderConsole>>['user'], item: string) => {
  await user.click(await screen.findByRole('button', { name: 'Actions' }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

describe('who a machine is', () => {
  it('shows evidence, keys, installation and merged records', async () => {
    const { user } = await renderConsole(page(FRONT_DESK))
    await user.click(await screen.findByRole('link', { name: 'Identity' }))
    expect(await screen.findByRole('heading', { name: 'Machine keys' })).toBeInTheDocument()
    expect(screen.getByText('Current')).toBeInTheDocument()
    expect(screen.getByText(/stays: 30 days have passed/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('asks for a new key and says that it is pending', async () => {
    const { user } = await renderConsole(page(FRONT_DESK, '?tab=identity'))
    await user.click(await screen.findByRole('button', { name: 'New key' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'New key for Front desk?' })
    await user.click(within(dialog).getByRole('button', { name: 'New key' }))
    expect(await screen.findByText(/^A new key was asked for on/)).toBeInTheDocument()
  })

  it('takes a merge back', async () => {
    const { user, db } = await renderConsole(page(FRONT_DESK, '?tab=identity'))
    await user.click(
      await screen.findByRole('button', { name: 'Take the merge of Front desk (old disk) back' }),
    )
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Take back' }))
    await waitFor(() => expect(screen.queryByText('Front desk (old disk)')).toBeNull())
    expect(db.machines.some(({ name }) => name === 'Front desk (old disk)')).toBe(true)
  })

  it('lists what was merged by way of another record, and takes that back', async () => {
    const { user, db } = await renderConsole(page(FRONT_DESK, '?tab=identity'))
    await screen.findByText('Front desk (old disk)')
    const [record] = db.merges
    const older = { ...record!, id: db.nextId(), merged_into: record!.id, name: 'desk-2019' }
    db.merges.push({ ...older, machine: { ...record!.machine, id: older.id, name: older.name } })
    db.publish(`machine:${record!.merged_into}`)
    const row = (await screen.findByText('desk-2019')).closest('li')!
    expect(row).toHaveTextContent('merged into Front desk (old disk) on')
    await user.click(
      screen.getByRole('button', { name: 'Take the merge of Front desk (old disk) back' }),
    )
    let dialog = await screen.findByRole('alertdialog')
    expect(dialog).toHaveTextContent('What was merged into that record goes with it: desk-2019.')
    await user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
    await user.click(screen.getByRole('button', { name: 'Take the merge of desk-2019 back' }))
    dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Take back' }))
    await waitFor(() => expect(screen.queryByText('desk-2019')).toBeNull())
    expect(screen.getByText('Front desk (old disk)')).toBeInTheDocument()
    expect(db.machines.some(({ name }) => name === 'desk-2019')).toBe(true)
  })

  it('is well-formed without evidence', async () => {
    await renderConsole(page(METER_GATEWAY, '?tab=identity'))
    expect(
      await screen.findByText('Its agent tells nothing that identifies it.'),
    ).toBeInTheDocument()
    await expectAccessible()
  })

  it('shows the helpdesk’s side, and withdraws its tokens', async () => {
    const { user, db } = await renderConsole(page(FRONT_DESK, '?tab=identity'))
    const section = await screen.findByRole('region', { name: 'Helpdesk agent' })
    expect(await within(section).findByText('reception@atlantico.example')).toBeInTheDocument()
    expect(within(section).getByText('Collaborator')).toBeInTheDocument()
    expect(within(section).getByText('3 entries')).toBeInTheDocument()
    expect(within(section).getByText('Works')).toBeInTheDocument()
    expect(section).toHaveTextContent('the agent registered again')
    await expectAccessible()
    await user.click(within(section).getByRole('button', { name: 'Withdraw tokens' }))
    const dialog = await screen.findByRole('alertdialog', {
      name: 'Withdraw the tokens of Front desk?',
    })
    await user.click(within(dialog).getByRole('button', { name: 'Withdraw tokens' }))
    await waitFor(() => expect(section).toHaveTextContent('it was withdrawn'))
    expect(within(section).queryByText('Works')).toBeNull()
    expect(within(section).queryByRole('button', { name: 'Withdraw tokens' })).toBeNull()
    const machine = db.machines[FRONT_DESK]!
    expect(db.helpdesk[machine.id]?.tokens.every((token) => token.revoked_at)).toBe(true)
  })

  it('has no helpdesk’s side where only our agent speaks', async () => {
    await renderConsole(page(SUPPORT_BENCH_B, '?tab=identity'))
    await screen.findByRole('heading', { name: 'Machine keys' })
    expect(screen.queryByRole('region', { name: 'Helpdesk agent' })).toBeNull()
  })

  it('merges with a machine that is searched for, and shows where to take it back', async () => {
    const { user, address } = await renderConsole(page(FRONT_DESK))
    await choose(user, 'Merge with another machine…')
    const picker = await screen.findByRole('dialog', { name: 'Which record is Front desk, too?' })
    await user.type(within(picker).getByLabelText('Search machines'), 'oscillo')
    await user.click(within(picker).getByRole('button', { name: /lab-oscilloscope/ }))
    const dialog = await screen.findByRole('dialog', { name: 'Merge two records of one machine' })
    await user.click(within(dialog).getByRole('radio', { name: 'Front desk' }))
    await user.click(within(dialog).getByRole('button', { name: 'Merge' }))
    expect(
      await screen.findByRole('button', { name: 'Take the merge of lab-oscilloscope back' }),
    ).toBeInTheDocument()
    expect(address()).toContain('tab=identity')
  })
})

describe('blocking', () => {
  it('blocks with a reason, and everything says so', async () => {
    const { user } = await renderConsole(page(SUPPORT_BENCH_B))
    await choose(user, 'Block')
    const dialog = await screen.findByRole('dialog', { name: 'Block Support bench B?' })
    await expectAccessible()
    await user.type(within(dialog).getByLabelText(/Reason/), 'lost on a train{Enter}')
    expect(await screen.findByText('lost on a train')).toBeInTheDocument()
    expect(screen.getByText(/^Blocked by Marina Duarte on/)).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Connect: Support bench B' })).toHaveAttribute(
      'title',
      'The machine is blocked. Unblock it to connect.',
    )
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Unblock' }))
    expect(await screen.findByText(/comes back by itself within five minutes/)).toBeInTheDocument()
    await waitFor(() => expect(screen.queryByText(/^Blocked by/)).toBeNull())
  })

  it('marks blocked machines in the list and finds them', async () => {
    const { user } = await renderConsole('/machines')
    await user.click(await screen.findByRole('radio', { name: 'Blocked 1' }))
    const row = (await screen.findByRole('link', { name: 'Reception tablet dock' })).closest('tr')!
    expect(within(row).getByText('Blocked')).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'Payroll' })).toBeNull()
  })

  it('is for owners', async () => {
    const { user, db } = await renderConsole('/machines')
    await screen.findByText('18 machines')
    become(db.me!, 'technician')
    db.publish('me')
    await user.click(await screen.findByRole('link', { name: 'Reception tablet dock' }))
    expect(await screen.findByText(/^Blocked by/)).toBeInTheDocument()
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Unblock' })).toBeNull())
  })
})
