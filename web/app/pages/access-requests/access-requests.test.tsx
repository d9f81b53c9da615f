import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const requestFor = (db: MockDb, machine: string) => {
  const found = db.accessRequests.find((one) => one.machine_name === machine)
  if (!found) throw new Error(`nobody asked for ${machine}`)
  return found
}

const toDecide = () => screen.findByRole('region', { name: 'Waiting for your decision' })
const others = () => screen.findByRole('region', { name: 'Yours, and those that are decided' })

describe('access requests', () => {
  it('show what waits for the reader first, and count it in the navigation', async () => {
    const { user } = await renderConsole('/access-requests')
    const caio = within(await toDecide())
    expect(caio.getByText('Caio Brandt')).toBeInTheDocument()
    expect(caio.getAllByText(/The card reader does not pair/)[0]).toBeInTheDocument()
    expect(screen.getByRole('link', { name: 'Access requests, 1 waiting' })).toBeInTheDocument()
    const rest = within(await others())
    expect(rest.getByRole('link', { name: 'Payroll' })).toBeInTheDocument()
    expect(rest.getByText(/^until /)).toBeInTheDocument()
    expect(rest.queryByText('meter-gateway')).toBeNull()
    await expectAccessible()
    await user.click(rest.getByLabelText('Show those that are over'))
    expect(await rest.findByText('“It is replaced tomorrow.”')).toBeInTheDocument()
    expect(rest.getByText('Nobody decided in time')).toBeInTheDocument()
  })

  it('are approved with a note, after saying what that gives', async () => {
    const { db, user } = await renderConsole('/access-requests')
    await user.click(
      within(await toDecide()).getByRole('button', {
        name: 'Approve the request of Caio Brandt for Front desk',
      }),
    )
    const asked = await screen.findByRole('dialog', {
      name: 'Give Caio Brandt more access to Front desk?',
    })
    expect(asked).toHaveTextContent('Control the screen, Share the clipboard, for 2 h 00 min')
    await expectAccessible()
    await user.type(within(asked).getByLabelText(/^Note/), 'Until the reader works.')
    await user.click(within(asked).getByRole('button', { name: 'Approve' }))
    await waitFor(() =>
      expect(requestFor(db, 'Front desk')).toMatchObject({
        state: 'approved',
        note: 'Until the reader works.',
      }),
    )
    await waitFor(() =>
      expect(screen.queryByRole('region', { name: 'Waiting for your decision' })).toBeNull(),
    )
    expect(screen.getByRole('link', { name: 'Access requests' })).toBeInTheDocument()
  })

  it('are refused, also when somebody else was faster', async () => {
    const { db, user } = await renderConsole('/access-requests')
    await user.click(
      within(await toDecide()).getByRole('button', {
        name: 'Refuse the request of Caio Brandt for Front desk',
      }),
    )
    const asked = await screen.findByRole('dialog', {
      name: 'Refuse more access to Front desk to Caio Brandt?',
    })
    requestFor(db, 'Front desk').state = 'withdrawn'
    await user.click(within(asked).getByRole('button', { name: 'Refuse' }))
    expect(await within(asked).findByRole('alert')).toHaveTextContent('decided about already')
    requestFor(db, 'Front desk').state = 'waiting'
    await user.click(within(asked).getByRole('button', { name: 'Refuse' }))
    await waitFor(() => expect(requestFor(db, 'Front desk').state).toBe('refused'))
  })

  it('of the reader are withdrawn, and what was approved is ended', async () => {
    const { db, user } = await renderConsole('/access-requests')
    const rest = within(await others())
    await user.click(rest.getByRole('button', { name: 'Withdraw the request for Payroll' }))
    await user.click(
      within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Withdraw' }),
    )
    await waitFor(() => expect(requestFor(db, 'Payroll').state).toBe('withdrawn'))
    const end = 'End the access of Ana Castro to bridge-03 now'
    await user.click(await rest.findByRole('button', { name: end }))
    const asked = await screen.findByRole('alertdialog')
    expect(asked).toHaveTextContent('sessions included')
    await user.click(within(asked).getByRole('button', { name: 'End now' }))
    await waitFor(() => expect(requestFor(db, 'bridge-03').state).toBe('withdrawn'))
  })

  it('come in while one looks', async () => {
    const { db } = await renderConsole('/access-requests', 'usual', (mock) => {
      mock.accessRequests = []
    })
    expect(await screen.findByRole('heading', { name: 'No access requests' })).toBeInTheDocument()
    await expectAccessible()
    const { accessRequests } = await import('@mock/db').then(({ createDb }) => createDb())
    db.accessRequests = accessRequests
    db.publish('access-requests')
    expect(within(await toDecide()).getByText('Caio Brandt')).toBeInTheDocument()
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/access-requests', 'failing')
    const [notice] = await screen.findAllByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice!).getByRole('button', { name: 'Try again' }))
    await toDecide()
  })
})

describe('asking for more', () => {
  it('begins on the machine, with what is not allowed there yet', async () => {
    const { db, user } = await renderConsole('/machines', 'technician')
    const machine = db.machines.find(({ name }) => name === 'Front desk')!
    await user.click(await screen.findByRole('link', { name: 'Front desk' }))
    await user.click(
      await screen.findByRole('button', { name: 'Ask for more access to Front desk' }),
    )
    const form = await screen.findByRole('dialog', { name: 'Ask for more access to Front desk' })
    await waitFor(() => expect(within(form).getByLabelText('Why')).toHaveFocus())
    const box = (name: string) => within(form).getByRole('checkbox', { name })
    await waitFor(() => expect(box('Control the screen')).toBeDisabled())
    expect(box('Open a terminal')).toHaveAccessibleDescription(/An access rule forbids this there/)
    expect(within(form).queryByRole('checkbox', { name: 'Read the audit' })).toBeNull()
    await expectAccessible()
    await user.keyboard('Rename it')
    await user.click(box('Manage machines'))
    await user.selectOptions(within(form).getByLabelText(/^For how long/), '2 h 00 min')
    await user.click(within(form).getByRole('button', { name: 'Ask' }))
    expect(await screen.findByText('You have asked')).toBeInTheDocument()
    expect(db.accessRequests[0]).toMatchObject({
      machine_id: machine.id,
      permissions: ['machine.manage'],
      reason: 'Rename it',
      duration_seconds: 7200,
      state: 'waiting',
    })
    expect(
      await screen.findByRole('link', { name: /Your request for more access waits/ }),
    ).toBeInTheDocument()
  })

  it('chooses the machine where none was named', async () => {
    const { db, user } = await renderConsole('/access-requests?ask=true', 'technician')
    const form = await screen.findByRole('dialog', { name: 'Ask for more access' })
    await user.type(await within(form).findByLabelText('Search machines'), 'payroll')
    await user.click(await within(form).findByRole('button', { name: /Payroll/ }))
    expect(within(form).getByText('Payroll')).toBeInTheDocument()
    await user.type(within(form).getByLabelText('Why'), 'x')
    await user.click(within(form).getByRole('checkbox', { name: 'Remove machines' }))
    await user.click(within(form).getByRole('button', { name: 'Ask' }))
    await waitFor(() =>
      expect(db.accessRequests[0]).toMatchObject({
        machine_name: 'Payroll',
        permissions: ['machine.remove'],
      }),
    )
  })

  it('is not offered to who may do everything on the machine', async () => {
    const { db } = await renderConsole('/machines', 'usual')
    const machine = db.machines.find(({ name }) => name === 'Goods in')!
    expect(machine).toBeDefined()
    expect(screen.queryByRole('button', { name: /^Ask for more access/ })).toBeNull()
  })
})
