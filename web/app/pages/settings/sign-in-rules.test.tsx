import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import type { MockDb } from '@mock/db'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const section = async () => {
  const region = await screen.findByRole('region', { name: 'Sign-in rules' })
  await within(region).findByRole('radio', { name: 'Optional' })
  return within(region)
}

const withApp = ({ protection }: MockDb): void => {
  protection.factors.totp_since = '2026-01-05T09:00:00Z'
}

describe('the sign-in rules', () => {
  it('say whom a rule would stop, and are saved', async () => {
    const { db, user } = await renderConsole('/settings', 'usual', withApp)
    const rules = await section()
    expect(rules.queryByLabelText('Trust identity providers')).toBeNull()
    await user.click(rules.getByRole('radio', { name: 'Required for technicians' }))
    expect(rules.getByText(/What they have open is cut/)).toBeInTheDocument()
    expect(rules.getByRole('link', { name: 'Who?' })).toHaveAttribute(
      'href',
      '/people?without=true',
    )
    await expectAccessible()
    const days = rules.getByLabelText('Days to add one')
    await user.clear(days)
    await user.type(days, '31')
    expect(rules.getByText('A number from 0 to 30.')).toBeInTheDocument()
    expect(rules.getByRole('button', { name: 'Save' })).toBeDisabled()
    await user.clear(days)
    await user.type(days, '7')
    await user.click(rules.getByRole('switch', { name: 'Trust identity providers' }))
    await user.click(rules.getByRole('button', { name: 'Save' }))
    await screen.findByText('The sign-in rules were saved')
    expect(db.signInRules).toMatchObject({
      second_factor: 'technicians',
      trust_providers: false,
      grace_days: 7,
    })
  })

  it('lock nobody out who makes them', async () => {
    const { db, user } = await renderConsole('/settings')
    const rules = await section()
    await user.click(rules.getByRole('radio', { name: 'Required for everybody' }))
    await user.click(rules.getByRole('button', { name: 'Save' }))
    await rules.findByText('You have no second factor yourself')
    expect(rules.getByRole('link', { name: 'To my account' })).toHaveAttribute('href', '/account')
    expect(db.signInRules.second_factor).toBe('optional')
  })

  it('say that somebody else was faster', async () => {
    const { db, user } = await renderConsole('/settings', 'usual', withApp)
    const rules = await section()
    await user.click(rules.getByRole('radio', { name: 'Required for technicians' }))
    const days = rules.getByLabelText('Days to add one')
    await user.clear(days)
    await user.type(days, '29')
    await user.click(rules.getByRole('button', { name: 'Save' }))
    await rules.findByText('Changed by somebody else meanwhile')
    await rules.findByText(/Required for everybody” now/)
    await user.click(rules.getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(db.signInRules.second_factor).toBe('technicians'))
  })
})
