import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const card = (name: string) => screen.findByRole('article', { name })

describe('duplicates', () => {
  it('lays two records side by side and says what speaks for one machine', async () => {
    await renderConsole('/duplicates')
    const pair = await card('lab-oscilloscope and bridge-03')
    expect(pair).toHaveTextContent('Very likely one machine')
    expect(pair).toHaveTextContent(
      'The same: hardware UUID, board serial, and a disk. Different: system installation.',
    )
    expect(within(pair).getAllByText('agrees')).toHaveLength(3)
    await expectAccessible()
  })

  it('merges into the older one unless told otherwise', async () => {
    const { user, db } = await renderConsole('/duplicates')
    const pair = await card('lab-oscilloscope and bridge-03')
    await user.click(within(pair).getByRole('button', { name: 'Merge' }))
    const dialog = await screen.findByRole('dialog')
    expect(within(dialog).getByRole('radio', { name: 'lab-oscilloscope' })).toBeChecked()
    expect(dialog).toHaveTextContent(
      'shown under lab-oscilloscope. bridge-03 has no row of its own any more. This can be taken back for 30 days',
    )
    await expectAccessible()
    await user.click(within(dialog).getByRole('radio', { name: 'bridge-03' }))
    await user.click(within(dialog).getByRole('button', { name: 'Merge' }))
    expect(await screen.findByText('lab-oscilloscope is part of bridge-03 now')).toBeInTheDocument()
    await waitFor(() =>
      expect(screen.queryByRole('article', { name: 'lab-oscilloscope and bridge-03' })).toBeNull(),
    )
    expect(db.machines.some(({ name }) => name === 'lab-oscilloscope')).toBe(false)
  })

  it('explains why two that are both online are not merged', async () => {
    await renderConsole('/duplicates')
    const pair = await card('build-runner-2 and build-runner-1')
    expect(pair).toHaveTextContent('One machine cannot be online twice.')
    expect(within(pair).getByRole('button', { name: 'Merge' })).toHaveAttribute(
      'aria-disabled',
      'true',
    )
  })

  it('tells in words when the server knows better', async () => {
    const { user, db } = await renderConsole('/duplicates')
    const pair = await card('lab-oscilloscope and bridge-03')
    await user.click(within(pair).getByRole('button', { name: 'Merge' }))
    const dialog = await screen.findByRole('dialog')
    // It came back a moment ago; no notice has arrived yet.
    db.machines.find(({ name }) => name === 'lab-oscilloscope')!.presence.status = 'online'
    await user.click(within(dialog).getByRole('button', { name: 'Merge' }))
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'Both are connected, so they are two machines',
    )
  })

  it('notes that two are two', async () => {
    const { user, db } = await renderConsole('/duplicates')
    const pair = await card('build-runner-2 and build-runner-1')
    await user.click(within(pair).getByRole('button', { name: 'These are two machines' }))
    const dialog = await screen.findByRole('alertdialog')
    await user.click(within(dialog).getByRole('button', { name: 'These are two machines' }))
    await waitFor(() => expect(db.pairs).toHaveLength(2))
    expect(await screen.findByText('2 pairs')).toBeInTheDocument()
    // Whoever works through the list by keyboard goes on with the next.
    const [, next] = screen.getAllByRole('article')
    await waitFor(() => expect(next).toHaveFocus())
  })

  it('leads to the heading when the last pair is decided about', async () => {
    const { user, db } = await renderConsole('/duplicates')
    await card('lab-oscilloscope and bridge-03')
    db.pairs.splice(1)
    db.publish('machines')
    await waitFor(() => expect(screen.getAllByRole('article')).toHaveLength(1))
    await user.click(screen.getByRole('button', { name: 'Merge' }))
    const dialog = await screen.findByRole('dialog')
    await user.click(within(dialog).getByRole('button', { name: 'Merge' }))
    expect(await screen.findByText('No duplicates')).toBeInTheDocument()
    await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus())
  })

  it('has nothing to say without duplicates', async () => {
    await renderConsole('/duplicates', 'empty')
    expect(await screen.findByText('No duplicates')).toBeInTheDocument()
    await expectAccessible()
  })
})
