import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

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
