import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { noServerMail } from '@mock/mail-data'
import { become } from '@mock/rights-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { formOf, settingsOf, withSecurity } from './form'

const field = (name: string | RegExp) => screen.findByLabelText<HTMLInputElement>(name)
const button = (name: string) => screen.findByRole('button', { name })
const withoutMail = (db: MockDb) => {
  db.serverMail = noServerMail()
}

describe('the mail server', () => {
  it('is in the navigation of owners of the server, and others are told whom to ask', async () => {
    const { user, address } = await renderConsole('/machines')
    await user.click(await screen.findByRole('link', { name: 'E-mail' }))
    expect(await field('Server')).toHaveValue('smtp.atlantico.example')
    expect(address()).toBe('/mail')
  })

  it('is not for others', async () => {
    await renderConsole('/mail', 'usual', (db) => become(db.me!, 'administrator'))
    expect(await screen.findByText(/Only owners of the whole server/)).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'E-mail' })).toBeNull()
  })

  it('is set up from nothing, with the usual port for each protection', async () => {
    const { user, db } = await renderConsole('/mail', 'empty')
    expect(await screen.findByText(/No mail server has been set up/)).toBeInTheDocument()
    expect(await screen.findByText('No e-mail yet')).toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Remove' })).toBeNull()
    await expectAccessible()
    await user.type(await field('Server'), 'smtp.example.org')
    await user.selectOptions(await field('Protection'), 'tls')
    expect(await field('Port')).toHaveValue('465')
    await user.type(await field(/^User/), 'farol')
    await user.type(await field('Password'), 'secret')
    await user.type(await field('Sender’s address'), 'farol@example.org')
    // Read aloud for a second only, so it is listened for before it can come.
    const heard = screen.findByText('Notice The mail server was saved', {}, { timeout: 20_000 })
    await user.click(await button('Save'))
    await waitFor(() => expect(db.serverMail.settings?.host).toBe('smtp.example.org'))
    expect(db.serverMail.settings).toMatchObject({ port: 465, security: 'tls', user: 'farol' })
    await waitFor(async () => expect(await field('Password')).toHaveValue(''))
    expect(await button('Remove')).toBeInTheDocument()
    // What is read aloud is a notice, not a way to dismiss one.
    await heard
    expect(screen.getByRole('region', { name: 'Notices (F8)' })).toBeInTheDocument()
  })

  it('says at the field what is wrong, and asks for the password of another server', async () => {
    const { user } = await renderConsole('/mail')
    await user.clear(await field('Server'))
    await user.type(await field('Server'), 'wrong')
    await user.click(await button('Save'))
    expect(await screen.findByText(/not the name or address of a server/)).toBeInTheDocument()
    expect(await field('Server')).toBeInvalid()
    await user.clear(await field('Server'))
    await user.type(await field('Server'), 'other.example')
    await user.click(await button('Save'))
    expect(await screen.findByText(/Type the password/)).toBeInTheDocument()
    await expectAccessible()
  })

  it('tries what stands in the form, and says at which step it failed', async () => {
    const { user, db } = await renderConsole('/mail')
    await user.click(await button('Send a test to myself'))
    expect(await screen.findByText(/has taken a test for marina@atlantico/)).toBeInTheDocument()
    await user.clear(await field('Server'))
    await user.type(await field('Server'), 'starttls_missing.example')
    await user.type(await field('Password'), 'secret')
    await user.click(await button('Send a test to myself'))
    const alert = await screen.findByRole('alert')
    expect(alert).toHaveTextContent('The test was not sent: the mail server offers no STARTTLS')
    expect(alert).toHaveTextContent('The mail server starttls_missing.example gave')
    expect(db.serverMail.settings?.host).toBe('smtp.atlantico.example')
    await expectAccessible()
  })

  it('tells who is overtaken, and keeps what they typed', async () => {
    const { user, db } = await renderConsole('/mail')
    await user.clear(await field(/^Sender’s name/))
    await user.type(await field(/^Sender’s name/), 'Mine')
    db.serverMail = {
      settings: { ...db.serverMail.settings!, from_name: 'Theirs' },
      etag: '"7"',
    }
    db.publish('mail')
    expect(await screen.findByText(/Somebody else changed the settings/)).toBeInTheDocument()
    expect(await field(/^Sender’s name/)).toHaveValue('Mine')
    await user.click(await button('Load theirs'))
    expect(await field(/^Sender’s name/)).toHaveValue('Theirs')
  })

  it('is given up after a question', async () => {
    const { user, db } = await renderConsole('/mail')
    await user.click(await button('Remove'))
    const dialog = await screen.findByRole('alertdialog', { name: 'Stop sending e-mail?' })
    await user.click(within(dialog).getByRole('button', { name: 'Remove' }))
    await waitFor(() => expect(db.serverMail.settings).toBeNull())
    expect(await screen.findByText(/No mail server has been set up/)).toBeInTheDocument()
  })
})

describe('the outbox', () => {
  it('shows what waits and what failed, with the words of the mail server', async () => {
    await renderConsole('/mail')
    const table = await screen.findByRole('table', { name: 'Outbox' })
    const row = within(table).getByText('nobody@atlantico.example').closest('tr')!
    expect(row).toHaveTextContent('Failed')
    expect(row).toHaveTextContent('the recipient is refused · 1 attempt')
    expect(row).toHaveTextContent('550 5.1.1 no such mailbox')
    const waiting = within(table).getByText('joana@atlantico.example').closest('tr')!
    expect(waiting).toHaveTextContent(/2 attempts · next attempt in \d+ min/)
    await expectAccessible()
  })

  it('sends at once and takes back', async () => {
    const { user, db } = await renderConsole('/mail')
    await user.click(await button('Send the e-mail to nobody@atlantico.example now'))
    await waitFor(() => expect(db.mails[1]?.state).toBe('waiting'))
    await user.click(await button('Cancel the e-mail to joana@atlantico.example'))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Cancel the e-mail' }))
    await waitFor(() => expect(db.mails[0]?.state).toBe('canceled'))
  })

  it('is narrowed down to a state', async () => {
    const { user, address } = await renderConsole('/mail')
    await screen.findByText('ana@atlantico.example')
    await user.click(screen.getByRole('radio', { name: 'Failed' }))
    await waitFor(() => expect(screen.queryByText('ana@atlantico.example')).toBeNull())
    expect(screen.getByText('nobody@atlantico.example')).toBeInTheDocument()
    expect(address()).toBe('/mail?show=failed')
  })

  it('recovers from a failure', async () => {
    const { db, user } = await renderConsole('/mail', 'failing')
    const alert = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('ana@atlantico.example')).toBeInTheDocument()
  })
})

describe('invitations by e-mail', () => {
  it('are sent when the server sends e-mail, and the link is shown all the same', async () => {
    const { user, db } = await renderConsole('/people?invite=true')
    const dialog = await screen.findByRole('dialog', { name: 'Invite somebody' })
    expect(await within(dialog).findByRole('switch', { name: /by e-mail/ })).toBeChecked()
    await user.type(within(dialog).getByLabelText('E-mail'), 'bia@atlantico.example')
    await expectAccessible()
    await user.click(within(dialog).getByRole('button', { name: 'Send the invitation' }))
    const sent = await screen.findByRole('dialog', { name: 'The invitation is on its way' })
    expect(sent).toHaveTextContent('https://farol.example/invitation#token=')
    expect(db.accountInvitations[0]).toMatchObject({
      email: 'bia@atlantico.example',
      mail: 'waiting',
    })
  })

  it('are a link to pass on otherwise', async () => {
    const { user, db } = await renderConsole('/people?invite=true', 'usual', withoutMail)
    const dialog = await screen.findByRole('dialog', { name: 'Invite somebody' })
    expect(await within(dialog).findByText(/This server sends no e-mail/)).toBeInTheDocument()
    expect(within(dialog).queryByRole('switch', { name: /by e-mail/ })).toBeNull()
    await user.type(within(dialog).getByLabelText('E-mail'), 'bia@atlantico.example')
    await user.click(within(dialog).getByRole('button', { name: 'Make the link' }))
    await screen.findByRole('dialog', { name: 'Send this link' })
    expect(db.accountInvitations[0]?.mail).toBeNull()
  })

  it('are sent again with a new link', async () => {
    const { user, db } = await renderConsole('/people')
    const row = (await screen.findByText('joana@atlantico.example')).closest('tr')!
    expect(row).toHaveTextContent('e-mail waits')
    await user.click(await button('Send the invitation of joana@atlantico.example again'))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'Send again' }))
    await screen.findByRole('dialog', { name: 'The invitation is on its way' })
    expect(db.accountInvitations[0]?.token).toBe('again-once')
  })
})

describe('the form', () => {
  it('changes a usual port with the protection, and leaves another one alone', () => {
    const form = formOf(null)
    expect(form.port).toBe('587')
    expect(withSecurity(form, 'tls').port).toBe('465')
    expect(withSecurity({ ...form, port: '2525' }, 'tls').port).toBe('2525')
  })

  it('sends nothing for what is empty, and no port for what is none', () => {
    expect(settingsOf({ ...formOf(null), port: '58x' })).toMatchObject({
      port: 0,
      user: null,
      password: null,
      ca_pem: null,
    })
    expect(settingsOf({ ...formOf(null), port: '70000' }).port).toBe(0)
  })
})
