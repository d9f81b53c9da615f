import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { ownerMe } from '@mock/db'
import { become } from '@mock/rights-data'
import { someWebhooks } from '@mock/webhook-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { blankForm, bySubject, changeOf, formOf, isReady, toggled, wishesOf } from './form'

const [tickets, monitoring, chat] = someWebhooks(0)
const one = (webhook: { id: string } | undefined) => `/webhooks/${webhook!.id}`
const button = (name: string | RegExp) => screen.findByRole('button', { name })

describe('the webhooks', () => {
  it('are in the navigation of who manages them, with how their receivers are', async () => {
    const { user, address } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'Webhooks' }))
    expect(address()).toBe('/webhooks')
    const table = await screen.findByRole('table', { name: 'Webhooks' })
    const row = (name: string) => within(table).getByText(name).closest('tr')!
    expect(row('Ticket system')).toHaveTextContent('3 events')
    expect(row('Ticket system')).toHaveTextContent('On')
    expect(row('Monitoring')).toHaveTextContent('Machine went offline, Machine came online')
    expect(row('Monitoring')).toHaveTextContent(/Failing.*1 waits.*1 dead/)
    expect(row('Old chat')).toHaveTextContent(/Every event.*the receiver is gone/)
    await expectAccessible()
  })

  it('are not for others', async () => {
    await renderConsole('/webhooks', 'usual', (db) => become(db.me!, 'technician'))
    expect(await screen.findByText(/allows managing webhooks/)).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'Webhooks' })).toBeNull()
  })

  it('say so when there are none', async () => {
    await renderConsole('/webhooks', 'empty')
    expect(await screen.findByText('No webhooks')).toBeInTheDocument()
    await expectAccessible()
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/webhooks', 'failing')
    const alert = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('Ticket system')).toBeInTheDocument()
  })

  it('are made with chosen events, and show their secret once', async () => {
    const { user, db } = await renderConsole('/webhooks')
    await user.click(await button('New webhook'))
    const dialog = await screen.findByRole('dialog', { name: 'New webhook' })
    const submit = within(dialog).getByRole('button', { name: 'Make the webhook' })
    expect(submit).toBeDisabled()
    await user.type(within(dialog).getByLabelText('Name'), 'Pager')
    await user.type(within(dialog).getByLabelText('Address of the receiver'), 'https://p.example/x')
    // Named by its subject and how many of it are chosen.
    await user.click(await within(dialog).findByRole('button', { name: /^Sessions 0/ }))
    await user.click(within(dialog).getByRole('checkbox', { name: 'Session ended' }))
    expect(within(dialog).getByRole('button', { name: /^Sessions 1/ })).toBeInTheDocument()
    await user.click(within(dialog).getByRole('button', { name: /^Sites 0/ }))
    await user.click(within(dialog).getByRole('checkbox', { name: 'Sites: all' }))
    expect(within(dialog).getByText('6 events are chosen')).toBeInTheDocument()
    await expectAccessible()
    await user.click(submit)
    const ready = await screen.findByRole('dialog', { name: 'The webhook is made' })
    expect(ready).toHaveTextContent('whsec_')
    expect(within(ready).getByRole('button', { name: 'Copy the secret' })).toBeInTheDocument()
    await expectAccessible()
    await user.click(within(ready).getByRole('button', { name: 'I have copied it' }))
    expect(await screen.findByText('Pager')).toBeInTheDocument()
    expect(document.body).not.toHaveTextContent('whsec_')
    expect(db.webhooks.at(-1)).toMatchObject({
      event_types: [
        'site.created',
        'site.renamed',
        'site.archived',
        'site.restored',
        'site.deleted',
        'session.ended',
      ],
      enabled: true,
      expression: null,
    })
  })

  it('say at the field what is wrong', async () => {
    const { user } = await renderConsole('/webhooks?create=true')
    const dialog = await screen.findByRole('dialog', { name: 'New webhook' })
    const url = within(dialog).getByLabelText('Address of the receiver')
    await user.type(within(dialog).getByLabelText('Name'), 'Pager')
    await user.type(url, 'http://p.example')
    await user.click(within(dialog).getByRole('radio', { name: 'Every event' }))
    const submit = () =>
      user.click(within(dialog).getByRole('button', { name: 'Make the webhook' }))
    await submit()
    expect(await within(dialog).findByText(/starts with https.*no user/)).toBeInTheDocument()
    expect(url).toBeInvalid()
    await user.clear(url)
    await user.type(url, 'https://10.0.0.1/')
    await submit()
    expect(await within(dialog).findByText(/This address is not public/)).toBeInTheDocument()
    await user.clear(url)
    await user.type(url, 'https://p.example/')
    await user.type(within(dialog).getByLabelText(/Only when/), 'nonsense')
    await submit()
    expect(await within(dialog).findByText(/“nonsense” is no condition/)).toBeInTheDocument()
    await expectAccessible()
  })
})

describe('a webhook', () => {
  it('shows its settings and is tried', async () => {
    const { user } = await renderConsole(one(tickets))
    expect(await screen.findByText('machine:"front desk" -actor:ana*')).toBeInTheDocument()
    await user.click(await button('Send a test event'))
    expect(await screen.findByText(/has taken the test event \(204, 84 ms\)/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('says why the receiver did not take a test', async () => {
    const { user } = await renderConsole(one(tickets), 'usual', (db) => {
      db.webhooks[0]!.url = 'https://down.example/'
    })
    await user.click(await button('Send a test event'))
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('The test event was not taken: it took too long')
    expect(alert).toHaveTextContent('gave no answer within 15 seconds')
    await expectAccessible()
  })

  it('is changed, and tells who is overtaken', async () => {
    const { user, db } = await renderConsole(one(tickets))
    await user.click(await button('Edit'))
    const dialog = await screen.findByRole('dialog', { name: 'Edit Ticket system' })
    const name = within(dialog).getByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'conflict')
    await user.click(within(dialog).getByRole('button', { name: 'Save' }))
    expect(
      await within(dialog).findByText(/Somebody else changed this webhook/),
    ).toBeInTheDocument()
    await user.clear(name)
    await user.type(name, 'Help desk')
    await user.click(within(dialog).getByRole('switch', { name: 'Send events' }))
    await user.click(within(dialog).getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(db.webhooks[0]).toMatchObject({ name: 'Help desk', enabled: false }))
    expect(await screen.findByRole('heading', { name: 'Help desk' })).toBeInTheDocument()
  })

  it('gets another secret after a question', async () => {
    const { user } = await renderConsole(one(tickets))
    await user.click(await button('Actions for Ticket system'))
    await user.click(await screen.findByRole('menuitem', { name: 'New secret…' }))
    const question = await screen.findByRole('alertdialog')
    await user.click(within(question).getByRole('button', { name: 'Make a new secret' }))
    const ready = await screen.findByRole('dialog', { name: 'The webhook has a new secret' })
    expect(ready).toHaveTextContent(/For 24 hours events are signed with the former secret/)
    await user.click(within(ready).getByRole('button', { name: 'I have copied it' }))
    expect(await screen.findByText(/The former secret signs as well until/)).toBeInTheDocument()
  })

  it('is deleted after a question', async () => {
    const { user, db, address } = await renderConsole(one(chat))
    expect(await screen.findByText(/said that it is gone/)).toBeInTheDocument()
    await user.click(await button('Actions for Old chat'))
    await user.click(await screen.findByRole('menuitem', { name: 'Delete…' }))
    const question = await screen.findByRole('alertdialog', { name: 'Delete Old chat?' })
    await user.click(within(question).getByRole('button', { name: 'Delete the webhook' }))
    await waitFor(() => expect(address()).toBe('/webhooks'))
    expect(db.webhooks).toHaveLength(2)
  })

  it('recovers from a failure', async () => {
    const { db, user } = await renderConsole(one(tickets), 'failing')
    const alert = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('heading', { name: 'Ticket system' })).toBeInTheDocument()
  })
})

describe('its events', () => {
  it('show what waits and what died, and what became of each attempt', async () => {
    const { user } = await renderConsole(one(monitoring))
    const table = await screen.findByRole('table', { name: 'Events' })
    const dead = within(table).getByText('Machine went offline').closest('tr')!
    expect(dead).toHaveTextContent('Dead')
    expect(dead).toHaveTextContent('the receiver said no · 2 attempts')
    const waiting = within(table).getByText('Machine came online').closest('tr')!
    expect(waiting).toHaveTextContent(/2 attempts · next attempt in \d+ min/)
    expect(screen.getByText('The last 4 attempts went wrong.')).toBeInTheDocument()
    await user.click(within(dead).getByRole('button', { name: /Details of/ }))
    const dialog = await screen.findByRole('dialog', { name: 'Machine went offline' })
    const tried = await within(dialog).findByRole('table', { name: 'Attempts' })
    expect(within(tried).getAllByRole('row')).toHaveLength(3)
    expect(tried).toHaveTextContent('1.5 s')
    expect(tried).toHaveTextContent('the receiver said no (500)')
    expect(tried).toHaveTextContent('database is locked')
    expect(within(dialog).getByText(/"machine\.offline"/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('are sent again, one and all', async () => {
    const { user, db } = await renderConsole(one(monitoring))
    await user.click(await button(/^Send “Machine went offline”/))
    await waitFor(() => expect(db.deliveries[monitoring!.id]?.[1]?.delivery.state).toBe('waiting'))
    expect(await screen.findByText('It is sent again now')).toBeInTheDocument()
    await waitFor(() =>
      expect(screen.queryByRole('button', { name: 'Send all dead events again' })).toBeNull(),
    )
  })

  it('are all sent again at once', async () => {
    const { user, db } = await renderConsole(one(monitoring))
    await user.click(await button('Send all dead events again'))
    expect(await screen.findByText('1 event is sent again')).toBeInTheDocument()
    expect(db.webhooks[1]).toMatchObject({ dead: 0, waiting: 2 })
  })

  it('are narrowed down to a state', async () => {
    const { user, address } = await renderConsole(one(monitoring))
    await screen.findByText('Machine came online')
    await user.click(screen.getByRole('radio', { name: 'Dead' }))
    await waitFor(() =>
      expect(screen.queryByRole('button', { name: /Details of “Machine came/ })).toBeNull(),
    )
    expect(address()).toBe(`${one(monitoring)}?show=dead`)
    await user.click(screen.getByRole('radio', { name: 'Delivered' }))
    expect(await screen.findByText('No events in this state.')).toBeInTheDocument()
    await expectAccessible()
  })

  it('say so when there are none', async () => {
    await renderConsole(one(chat))
    expect(await screen.findByText('No events yet')).toBeInTheDocument()
  })

  it('are told in Portuguese, too', async () => {
    await renderConsole(one(monitoring))
    await screen.findByText('Machine went offline')
    act(() => {
      localStorage.setItem('farol.locale', 'pt-BR')
      globalThis.dispatchEvent(new Event('storage'))
    })
    expect(await screen.findByText('Máquina ficou off-line')).toBeInTheDocument()
    const table = screen.getByRole('table', { name: 'Eventos' })
    expect(table).toHaveTextContent('o receptor disse não · 2 tentativas')
  })
})

describe('the form', () => {
  it('asks for what it says', () => {
    const blank = { ...blankForm(ownerMe), name: ' a ', url: ' https://x ' }
    expect(isReady(blank)).toBe(false)
    const all = { ...blank, which: 'all' as const }
    expect(isReady(all)).toBe(true)
    expect(wishesOf(all)).toEqual({
      organization_id: ownerMe.organizations[0]?.id,
      name: 'a',
      url: 'https://x',
      event_types: ['*'],
      enabled: true,
    })
    // Emptied, not left as it was.
    expect(changeOf({ ...formOf(tickets!), expression: ' ' }).expression).toBe('')
    expect(formOf(chat!).which).toBe('all')
    expect(changeOf(formOf(tickets!)).event_types).toEqual(tickets!.event_types)
  })

  it('keeps events in their order, and those that it does not know', () => {
    const all = ['a.x', 'a.y', 'b.z']
    expect(bySubject(all)).toEqual([
      { subject: 'a', types: ['a.x', 'a.y'] },
      { subject: 'b', types: ['b.z'] },
    ])
    expect(toggled(all, ['b.z', 'new.er'], ['a.y'], true)).toEqual(['a.y', 'b.z', 'new.er'])
    expect(toggled(all, ['a.x', 'a.y', 'b.z'], ['a.x', 'a.y'], false)).toEqual(['b.z'])
  })
})
