import { act, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { ServerCertificate, ShownCertificate } from '~/api/types'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

describe('the identity of the server', () => {
  it('shows who trusts which key, and makes a new one', async () => {
    const { user, db } = await renderConsole('/settings')
    expect(await screen.findByText('9c41d07be25a83f6')).toBeInTheDocument()
    expect(screen.getByText('15 machines')).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Make a new key' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Make a new identity key?' })
    await user.click(within(dialog).getByRole('button', { name: 'Make a new key' }))
    expect(await screen.findByText('5d2e000000000002')).toBeInTheDocument()
    expect(db.serverIdentity.keys).toHaveLength(3)
  })

  it('retires older keys only after it was said how many have to be enrolled again', async () => {
    const { user, db } = await renderConsole('/settings')
    await user.click(await screen.findByRole('button', { name: 'Retire older keys' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Retire the older keys?' })
    await within(dialog).findByText(/3 machines still trust an older key./)
    const retire = within(dialog).getByRole('button', { name: 'Retire older keys' })
    await waitFor(() => expect(within(dialog).getByRole('checkbox')).toBeInTheDocument())
    expect(retire).toBeDisabled()
    await expectAccessible()
    await user.click(
      within(dialog).getByRole('checkbox', { name: 'I will enroll 3 machines again' }),
    )
    await user.click(retire)
    await waitFor(() => expect(db.serverIdentity.keys).toHaveLength(1))
    expect(await screen.findByRole('button', { name: 'Retire older keys' })).toHaveAttribute(
      'aria-disabled',
      'true',
    )
  })

  it('asks again who trusts which key before older ones are retired', async () => {
    const { user, db } = await renderConsole('/settings')
    await screen.findByText('15 machines')
    const [, older] = db.serverIdentity.keys
    older!.trusted_by = 9
    await user.click(screen.getByRole('button', { name: 'Retire older keys' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Retire the older keys?' })
    expect(within(dialog).getByRole('button', { name: 'Retire older keys' })).toBeDisabled()
    expect(await within(dialog).findByText(/^9 machines still trust/)).toBeInTheDocument()
    expect(await screen.findByText('9 machines')).toBeInTheDocument()
  })
})

describe('the certificate of the server', () => {
  const DAY_MS = 24 * 60 * 60 * 1000
  const at = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

  /** Opens the settings with the mock's certificate changed, and returns that part of the page. */
  async function withCertificate(change: (certificate: ServerCertificate) => void) {
    const console = await renderConsole('/machines')
    await screen.findByText('18 machines')
    change(console.db.serverCertificate)
    await console.user.click(screen.getByRole('link', { name: 'Settings' }))
    return screen.findByRole('region', { name: 'Certificate' })
  }

  /** Changes dates and flags of what is shown. */
  const shown = (certificate: ServerCertificate, change: Partial<ShownCertificate>): void => {
    if (!certificate.certificate) throw new Error('the scenario shows no certificate')
    Object.assign(certificate.certificate, change)
  }

  it('says where it comes from, until when, and that the next one comes by itself', async () => {
    const part = await withCertificate(() => undefined)
    await within(part).findByText('A certificate authority, by ACME')
    expect(part).toHaveTextContent('Valid')
    expect(part).toHaveTextContent('in 60 days')
    expect(part).toHaveTextContent(/By the server itself, from .* on/)
    expect(part).toHaveTextContent('farol.atlantico.example')
    expect(within(part).queryByRole('status')).not.toBeInTheDocument()
    expect(within(part).queryByRole('alert')).not.toBeInTheDocument()
    await expectAccessible()
  })

  it('warns when the next one should be there by now, with the reason and the next attempt', async () => {
    const part = await withCertificate((certificate) => {
      shown(certificate, { not_after: at(20), renew_at: at(-10) })
      const detail = 'The certificate authority gave no certificate for farol.example: timed out.'
      certificate.trouble = { code: 'acme', detail, since: at(-10), next_attempt_at: at(0.5) }
    })
    await within(part).findByText('It ends in 20 days, and the next one is not there')
    expect(part).toHaveTextContent('Ends soon')
    expect(part).toHaveTextContent('The certificate authority gives no certificate')
    expect(part).toHaveTextContent(/timed out.*Since .*Next attempt on /)
    await expectAccessible()
  })

  it('asks the person who keeps the files for new ones', async () => {
    const part = await withCertificate((certificate) => {
      certificate.source = 'files'
      shown(certificate, { not_after: at(9), renew_at: at(-21) })
    })
    await within(part).findByText('It ends in 9 days, and the next one is not there')
    expect(within(part).getByRole('status')).toHaveTextContent(
      'Put a new certificate and its key into the files.',
    )
  })

  it.each([
    ['it has ended', { not_after: at(-2) }, 'It ended 2 days ago'],
    ['there is none yet', { placeholder: true }, 'The server has no certificate yet'],
  ])('is an alarm when %s', async (_, change, words) => {
    const part = await withCertificate((certificate) => shown(certificate, change))
    expect(await within(part).findByRole('alert')).toHaveTextContent(words)
  })

  it('leads to the page that says how to trust the server’s own authority', async () => {
    const part = await withCertificate((certificate) => {
      certificate.source = 'own'
    })
    const link = await within(part).findByRole('link', { name: 'How to trust it' })
    expect(link).toHaveAttribute('href', '/trust')
  })

  it.each([
    ['none', /answers only the machine that it runs on/],
    ['proxy', /The reverse proxy in front of this server/],
  ] as const)('says that the server shows none itself: %s', async (source, words) => {
    const part = await withCertificate((certificate) => {
      Object.assign(certificate, { source, certificate: null })
    })
    expect(await within(part).findByText(words)).toBeInTheDocument()
  })

  it('says all of it in Portuguese, too', async () => {
    const part = await withCertificate((certificate) => {
      shown(certificate, { not_after: at(20), renew_at: at(-10) })
    })
    await within(part).findByText(/^It ends/)
    act(() => {
      localStorage.setItem('farol.locale', 'pt-BR')
      globalThis.dispatchEvent(new Event('storage'))
    })
    const ours = await screen.findByRole('region', { name: 'Certificado' })
    expect(ours).toHaveTextContent('Ele termina em 20 dias, e o próximo não chegou')
    expect(ours).toHaveTextContent(/Pelo próprio servidor/)
  })
})
