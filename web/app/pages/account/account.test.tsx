// Passkeys are bound to a name.
// @vitest-environment-options {"url": "http://localhost/"}
import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'

import type { MockDb } from '@mock/db'
import { expectAccessible } from '~/testing/axe'
import { installPasskeys, refusal } from '~/testing/passkeys'
import { renderConsole } from '~/testing/render-console'

const part = (name: string) => screen.findByRole('region', { name })

const withApp = ({ protection }: MockDb): void => {
  protection.factors.totp_since = '2026-01-05T09:00:00Z'
  protection.factors.recovery_codes_left = 8
}

const withPasskey = ({ protection }: MockDb): void => {
  protection.factors.recovery_codes_left = 8
  protection.factors.passkeys.push({
    id: '0197c2d1-0000-7000-8000-000000000001',
    name: 'Work laptop',
    synced: true,
    created_at: '2026-01-05T09:00:00Z',
    last_used_at: null,
  })
}

describe('one’s own account', () => {
  it('is reached from the account menu, whatever one may do', async () => {
    const { user, address } = await renderConsole('/machines', 'technician')
    await user.click(await screen.findByRole('button', { name: /^MD Account/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Your account' }))
    await screen.findByRole('heading', { name: 'Your account', level: 1 })
    expect(address()).toBe('/account')
    await screen.findByText('Firefox on Linux')
    await expectAccessible()
  })

  it('is in Portuguese, too', async () => {
    const { user } = await renderConsole('/account', 'usual', withApp)
    await user.selectOptions(
      await screen.findByLabelText('Language of the console'),
      'Português (Brasil)',
    )
    expect(await screen.findByRole('heading', { name: 'Sua conta' })).toBeInTheDocument()
    expect(await screen.findByText('Restam 8 códigos')).toBeInTheDocument()
    expect(screen.getByText('Firefox em Linux')).toBeInTheDocument()
    await expectAccessible()
  })

  it('says so when a part of it cannot be read', async () => {
    await renderConsole('/account', 'failing')
    // Its logins, and the attempts.
    await waitFor(() => expect(screen.getAllByRole('alert')).toHaveLength(2))
    expect(screen.getByLabelText('Your name')).toBeInTheDocument()
    await expectAccessible()
  })

  it('changes the name', async () => {
    const { user, db } = await renderConsole('/account')
    const profile = await part('Profile')
    const name = within(profile).getByLabelText('Your name')
    await user.clear(name)
    await user.type(name, 'Marina D.{Enter}')
    await waitFor(() => expect(db.me?.account.name).toBe('Marina D.'))
    expect(await screen.findByText('Your profile was saved')).toBeInTheDocument()
  })

  it('judges a new password, and changes it', async () => {
    const { user, db } = await renderConsole('/account')
    const field = await screen.findByLabelText('New password')
    await user.type(field, 'a')
    expect(await screen.findByText('Guessed at once')).toBeInTheDocument()
    await user.keyboard('{Enter}')
    expect(await screen.findByText('This password is too easy to guess.')).toBeInTheDocument()
    await user.clear(field)
    await user.type(field, 'lantern gravel otter quince{Enter}')
    await waitFor(() => expect(db.protection.logins).toHaveLength(1))
    expect(field).toHaveValue('')
  })
})

describe('an authenticator app', () => {
  it('is added with a picture, a secret and a code, and brings recovery codes', async () => {
    const { user, db } = await renderConsole('/account')
    const recovery = await part('Recovery codes')
    expect(recovery).toHaveTextContent('You get them with your first')
    expect(within(recovery).queryByRole('button')).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Add an app' }))
    const dialog = await screen.findByRole('dialog', { name: 'Add an authenticator app' })
    const picture = await within(dialog).findByRole('img', { name: /^QR code/ })
    expect(picture.querySelector('path')?.getAttribute('d')).toMatch(/^M\d+ \d+h1v1h-1z/)
    expect(within(dialog).getByText(/^JBSW Y3DP/)).toBeInTheDocument()
    await expectAccessible()
    const code = within(dialog).getByLabelText('Code that the app shows')
    await user.type(code, '000000')
    expect(await within(dialog).findByText(/^This is not the code/)).toBeInTheDocument()
    expect(code).toHaveValue('')
    await user.type(code, '123456')
    const codes = await screen.findByRole('dialog', { name: 'Keep these recovery codes' })
    expect(within(codes).getAllByRole('listitem')).toHaveLength(10)
    await expectAccessible()
    await user.click(within(codes).getByRole('button', { name: 'I have kept them' }))
    expect(db.protection.factors.totp_since).not.toBeNull()
    expect(await screen.findByText(/^In use since/)).toBeInTheDocument()
    expect(await screen.findByText('10 codes left')).toBeInTheDocument()
  })
})

describe('recovery codes', () => {
  it('warn when few are left, and are made anew after saying what that means', async () => {
    const { user, db } = await renderConsole('/account', 'usual', (mock) => {
      withApp(mock)
      mock.protection.factors.recovery_codes_left = 3
    })
    const recovery = await part('Recovery codes')
    expect(recovery).toHaveTextContent('Few codes are left')
    await user.click(within(recovery).getByRole('button', { name: 'Make new codes' }))
    const confirm = await screen.findByRole('alertdialog', { name: 'Make new recovery codes?' })
    expect(confirm).toHaveTextContent('count for nothing then')
    await user.click(within(confirm).getByRole('button', { name: 'Make new codes' }))
    await screen.findByRole('dialog', { name: 'Keep these recovery codes' })
    expect(db.protection.factors.recovery_codes_left).toBe(10)
  })

  it('are saved as a file and printed', async () => {
    const texts: Promise<string>[] = []
    const createObjectURL = vi.fn((blob: Blob) => {
      texts.push(blob.text())
      return 'blob:codes'
    })
    Object.assign(URL, { createObjectURL, revokeObjectURL: () => undefined })
    const print = vi.spyOn(globalThis, 'print').mockImplementation(() => undefined)
    const { user } = await renderConsole('/account', 'usual', withApp)
    await user.click(await screen.findByRole('button', { name: 'Make new codes' }))
    const confirm = await screen.findByRole('alertdialog')
    await user.click(within(confirm).getByRole('button', { name: 'Make new codes' }))
    const codes = await screen.findByRole('dialog', { name: 'Keep these recovery codes' })
    const shown = within(codes)
      .getAllByRole('listitem')
      .map((item) => item.textContent)
    await user.click(within(codes).getByRole('button', { name: 'Save as a file' }))
    const [text] = await Promise.all(texts)
    expect(text).toContain('marina@atlantico.example')
    for (const code of shown) expect(text).toContain(`${code}\n`)
    await user.click(within(codes).getByRole('button', { name: 'Print' }))
    expect(print).toHaveBeenCalledOnce()
  })
})

describe('passkeys', () => {
  it('are added by a name, and say what the browser says', async () => {
    const fake = installPasskeys()
    fake.create.mockRejectedValueOnce(refusal('InvalidStateError'))
    const { user, db } = await renderConsole('/account', 'usual', withApp)
    await user.click(await screen.findByRole('button', { name: 'Add a passkey' }))
    const dialog = await screen.findByRole('dialog', { name: 'Add a passkey' })
    await expectAccessible()
    await user.type(within(dialog).getByLabelText('Name'), 'Work laptop{Enter}')
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'This device has a passkey of yours already',
    )
    await user.click(within(dialog).getByRole('button', { name: 'Add a passkey' }))
    expect(await screen.findByRole('cell', { name: 'Work laptop' })).toBeInTheDocument()
    expect(db.protection.factors.passkeys).toHaveLength(1)
    // There were recovery codes already.
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('are renamed and removed', async () => {
    const { user, db } = await renderConsole('/account', 'usual', withPasskey)
    const actions = await screen.findByRole('button', { name: /passkey Work laptop/ })
    expect(screen.getByText('Synced')).toBeInTheDocument()
    await user.click(actions)
    await user.click(await screen.findByRole('menuitem', { name: 'Rename…' }))
    const dialog = await screen.findByRole('dialog', { name: 'Rename the passkey Work laptop' })
    const name = within(dialog).getByLabelText('Name')
    await user.clear(name)
    await user.type(name, 'Phone{Enter}')
    await user.click(await screen.findByRole('button', { name: /passkey Phone/ }))
    await user.click(await screen.findByRole('menuitem', { name: 'Remove…' }))
    const confirm = await screen.findByRole('alertdialog', { name: 'Remove the passkey Phone?' })
    await user.click(within(confirm).getByRole('button', { name: 'Remove' }))
    await waitFor(() => expect(db.protection.factors.passkeys).toHaveLength(0))
  })

  it('say where they work', async () => {
    installPasskeys()
    await renderConsole('/account', 'usual', ({ protection }) => {
      protection.factors.passkeys_at = 'https://farol.atlantico.example'
    })
    const passkeys = await part('Passkeys')
    expect(within(passkeys).getByRole('link')).toHaveAttribute(
      'href',
      'https://farol.atlantico.example/account',
    )
    expect(within(passkeys).queryByRole('button', { name: 'Add a passkey' })).toBeNull()
    await expectAccessible()
  })

  it('say that the server has no name to bind them to', async () => {
    await renderConsole('/account', 'usual', ({ protection }) => {
      protection.factors.passkeys_at = null
    })
    expect(await part('Passkeys')).toHaveTextContent('this server is reached by a number')
  })
})

describe('logins', () => {
  it('are shown with place, device and use, and end one by one or all others', async () => {
    const { user, db } = await renderConsole('/account')
    const logins = await part('Logins')
    const own = (await within(logins).findByText('This one')).closest('tr')
    expect(own).toHaveTextContent(/Firefox on Linux.*Password.*198\.51\.100\.17/)
    expect(within(own!).queryByRole('button')).toBeNull()
    await user.click(
      within(logins).getByRole('button', { name: 'End the login of Unknown device, 203.0.113.80' }),
    )
    await waitFor(() => expect(db.protection.logins).toHaveLength(2))
    await user.click(within(logins).getByRole('button', { name: 'End all others' }))
    const confirm = await screen.findByRole('alertdialog')
    await user.click(within(confirm).getByRole('button', { name: 'End all others' }))
    expect(await screen.findByText('1 login ended')).toBeInTheDocument()
    expect(await within(logins).findByText('You are signed in nowhere else.')).toBeInTheDocument()
    expect(db.protection.logins).toHaveLength(1)
  })

  it('come with the newest attempts, why they failed, and new places', async () => {
    await renderConsole('/account')
    const attempts = await part('Recent sign-ins')
    const rows = await within(attempts).findAllByRole('row')
    expect(rows).toHaveLength(5)
    expect(rows[2]).toHaveTextContent(/Refused.*wrong password/)
    expect(rows[3]).toHaveTextContent(/Signed in.*New place.*Password and authenticator app/)
    expect(rows[4]).toHaveTextContent(/Refused.*wrong code.*Authenticator app/)
  })
})
