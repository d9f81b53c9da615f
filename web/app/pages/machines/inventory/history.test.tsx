import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

const page = (index: number, search = '') =>
  `/machines/0197c2a1-4c10-7b3e-9f21-${String(index).padStart(12, '0')}?tab=history${search}`
const BRIDGE = 3
const DESIGN = 7
const FRONT_DESK = 8

const lines = () =>
  within(screen.getByRole('main'))
    .getAllByRole('listitem')
    .map(({ textContent }) => textContent)

describe('the history', () => {
  it('says day by day what came, went and is another', async () => {
    await renderConsole(page(DESIGN))
    const first = (await screen.findByText('firefox: 128.0-1.fc44 → 129.0.2-1.fc44')).closest('li')
    expect(first).toHaveTextContent(/Changed.*Package · Version/)
    const text = lines().join('\n')
    expect(text).toContain('Packageorg.blender.Blender: flatpak, 4.2.1')
    expect(text).toContain('Memory moduleDIMM 1: Size 16 GiB, DDR5')
    expect(text).toContain('Memory48 GiB → 32 GiB')
    expect(text).toContain('Administratora.kovac')
    expect(text).toContain('Firewall · Activeno → yes')
    expect(text).toContain('DNS servers(too long to be kept) → 10.2.0.1')
    // Of a newer server.
    expect(text).toContain('shelf lamps · colorleft: red → green')
    expect(text).toContain('More changed at once than is kept: 1,204 more.')
    expect(screen.getAllByRole('heading', { level: 2 }).length).toBeGreaterThan(2)
    expect(screen.getByText('This is all that is kept.')).toBeInTheDocument()
    await expectAccessible()
  })

  it('is filtered by section and kind, in its address', async () => {
    const { user, address } = await renderConsole(page(DESIGN))
    await screen.findByText(/^firefox: /)
    await user.selectOptions(screen.getByRole('combobox', { name: 'Section' }), 'Hardware')
    await waitFor(() => expect(screen.queryByText(/^firefox: /)).toBeNull())
    expect(lines()).toHaveLength(3)
    await user.selectOptions(screen.getByRole('combobox', { name: 'Kind' }), 'Removed')
    await waitFor(() => expect(lines()).toHaveLength(1))
    expect(address()).toContain('section=hardware')
    expect(address()).toContain('kind=removed')
    await user.selectOptions(screen.getByRole('combobox', { name: 'Section' }), 'Protection')
    expect(await screen.findByText('No such change')).toBeInTheDocument()
    await user.click(screen.getByRole('button', { name: 'Clear the filters' }))
    expect(await screen.findByText(/^firefox: /)).toBeInTheDocument()
    expect(address()).not.toContain('section')
  })

  it('is saved as it is shown', async () => {
    let saved: Promise<string> | undefined
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => {
        saved = blob.text()
        return 'blob:changes'
      },
      revokeObjectURL: () => undefined,
    })
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
    const { user } = await renderConsole(page(DESIGN, '&section=people'))
    await screen.findByText('a.kovac')
    await user.click(screen.getByRole('button', { name: 'Export as CSV: Changes' }))
    expect(await saved).toMatch(/\r\n[^,]+Z,Added,People,Administrator,a\.kovac,,a\.kovac\r\n$/)
  })

  it('says where it will begin', async () => {
    await renderConsole(page(FRONT_DESK))
    expect(await screen.findByText('No change so far')).toBeInTheDocument()
    await expectAccessible()
  })

  it('shows a change when it comes', async () => {
    const { db } = await renderConsole(page(BRIDGE))
    await screen.findByText('No change so far')
    const [change] = Object.values(db.inventoryChanges)[0]!
    const { id } = db.machines[BRIDGE]!
    db.inventoryChanges[id] = [{ ...change!, subject: 'nginx', before: '1.24', after: '1.26' }]
    db.publish(`machine:${id}`)
    expect(await screen.findByText('nginx: 1.24 → 1.26')).toBeInTheDocument()
  })
})

describe('comparing two moments', () => {
  const field = (name: string) => screen.getByLabelText(name)

  it('begins with a week ago and now', async () => {
    const { user, address } = await renderConsole(page(DESIGN))
    await user.click(await screen.findByRole('radio', { name: 'Compare two moments' }))
    const table = await screen.findByRole('table', { name: 'Differences' })
    expect(address()).toContain('compare=true')
    const row = within(table).getByText('firefox').closest('tr')!
    expect(row).toHaveTextContent(/Changed.*Package · Version.*128\.0-1\.fc44129\.0\.2-1\.fc44/)
    expect(screen.getByRole('radio', { name: 'All 10' })).toBeInTheDocument()
    await user.click(screen.getByRole('radio', { name: 'Removed 1' }))
    await waitFor(() => expect(within(table).getAllByRole('row')).toHaveLength(2))
    expect(within(table).getByText('DIMM 1')).toBeInTheDocument()
    expect(screen.queryByText('Some histories begin after the first moment')).toBeNull()
    await expectAccessible()
  })

  it('says which histories are too short, and what was cut', async () => {
    const { user } = await renderConsole(page(DESIGN, '&compare=true'))
    await screen.findByRole('table', { name: 'Differences' })
    fireEvent.change(field('From'), { target: { value: '2019-05-01T12:00' } })
    await user.click(screen.getByRole('button', { name: 'Compare' }))
    expect(
      await screen.findByText('Some histories begin after the first moment'),
    ).toBeInTheDocument()
    expect(screen.getByText(/^Disks is known since/)).toBeInTheDocument()
    expect(screen.getByText('There are more changes than are looked at')).toBeInTheDocument()
  })

  it('finds no difference', async () => {
    const { user } = await renderConsole(page(DESIGN, '&compare=true'))
    await screen.findByRole('table', { name: 'Differences' })
    const local = (hoursAgo: number) => {
      const at = new Date(Date.now() - hoursAgo * 3_600_000)
      return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
    }
    fireEvent.change(field('From'), { target: { value: local(12) } })
    fireEvent.change(field('Until'), { target: { value: local(6) } })
    await user.click(screen.getByRole('button', { name: 'Compare' }))
    expect(await screen.findByText('No difference')).toBeInTheDocument()
    await expectAccessible()
  })

  it('refuses moments in the wrong order', async () => {
    const { user } = await renderConsole(page(DESIGN, '&compare=true'))
    await screen.findByRole('table', { name: 'Differences' })
    fireEvent.change(field('From'), { target: { value: '2031-01-01T00:00' } })
    await user.click(screen.getByRole('button', { name: 'Compare' }))
    expect(screen.getByText('The first moment must be before the second.')).toBeInTheDocument()
    fireEvent.change(field('From'), { target: { value: '' } })
    await user.click(screen.getByRole('button', { name: 'Compare' }))
    expect(screen.getByText('Give a date and a time.')).toBeInTheDocument()
    await expectAccessible()
  })

  it('knows nothing of a machine that has told nothing', async () => {
    await renderConsole(page(FRONT_DESK, '&compare=true'))
    expect(await screen.findByText('Nothing is known of this machine yet.')).toBeInTheDocument()
  })
})
