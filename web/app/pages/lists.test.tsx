import { screen, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

describe('sessions', () => {
  it('tells in words why each one ended', async () => {
    await renderConsole('/sessions')
    expect(await screen.findAllByText('The machine went offline')).not.toHaveLength(0)
    expect(screen.getAllByText('The agent did not answer')).not.toHaveLength(0)
    await expectAccessible()
  })

  it('ends a running one after asking', async () => {
    const { user, db } = await renderConsole('/sessions')
    await user.click(
      await screen.findByRole('button', {
        name: 'End the session of Theo Lindqvist with Front desk',
      }),
    )
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog).toHaveTextContent('Theo Lindqvist loses the connection to Front desk at once.')
    await user.click(within(dialog).getByRole('button', { name: 'End' }))
    expect(await screen.findByText('The session was ended')).toBeInTheDocument()
    expect(db.sessions[0]?.state).toBe('ended')
  })
})
