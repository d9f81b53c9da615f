import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

import { around, characterAt, parted, replaced, unitAt } from './search/places'

const found = () => screen.queryAllByRole('row').length - 1
const box = () => screen.getByRole('combobox', { name: 'Search machines' })
const offers = async () => {
  const list = await screen.findByRole('listbox', { name: 'What could stand here' })
  return within(list).getAllByRole('option')
}
const words = (elements: HTMLElement[]) => elements.map(({ firstChild }) => firstChild?.textContent)

async function opened() {
  const rendered = await renderConsole('/machines')
  await screen.findByRole('link', { name: 'Front desk' })
  return rendered
}

describe('searching machines', () => {
  it('asks in the search language, says how many match, and keeps it in the address', async () => {
    const { user, address } = await opened()
    await user.keyboard('/')
    expect(box()).toHaveFocus()
    await user.keyboard('os:trixie -user:dock')
    expect(await screen.findByText('2 machines found')).toHaveRole('status')
    expect(found()).toBe(2)
    expect(new URLSearchParams(address().split('?')[1]).get('q')).toBe('os:trixie -user:dock')
    expect(screen.getByRole('radio', { name: 'Offline 1' })).toBeInTheDocument()
    await expectAccessible()
  })

  it('is what a link says, and the way back leads to the search before', async () => {
    const { user, back } = await renderConsole('/machines?q=tag:leased%20is:online')
    expect(await screen.findByText('4 machines found')).toBeInTheDocument()
    expect(box()).toHaveValue('tag:leased is:online')
    await user.click(box())
    await user.keyboard(' acc-01')
    expect(await screen.findByText('1 machine found')).toBeInTheDocument()
    back()
    expect(await screen.findByText('4 machines found')).toBeInTheDocument()
    expect(box()).toHaveValue('tag:leased is:online')
    await user.click(screen.getByRole('button', { name: 'Clear the search' }))
    expect(await screen.findByText('18 machines')).toBeInTheDocument()
  })

  it('counts those that are online as well, whatever OR is in it', async () => {
    const { user } = await renderConsole('/machines?q=oscilloscope%20OR%20payroll')
    await user.click(await screen.findByRole('radio', { name: 'Offline 1' }))
    expect(await screen.findByRole('link', { name: 'lab-oscilloscope' })).toBeInTheDocument()
    await waitFor(() => expect(found()).toBe(1))
  })

  it('offers fields and values, which the keyboard takes', async () => {
    const { user } = await opened()
    await user.click(box())
    expect(screen.queryByRole('listbox')).toBeNull()
    await user.keyboard('ta')
    expect(words(await offers())).toEqual(['tag:'])
    expect(box()).toHaveAttribute('aria-expanded', 'true')
    await expectAccessible()
    await user.keyboard('{ArrowDown}')
    const [first] = await offers()
    expect(first).toHaveAttribute('aria-selected', 'true')
    expect(box()).toHaveAttribute('aria-activedescendant', first!.id)
    await user.keyboard('{Enter}')
    expect(box()).toHaveValue('tag:')
    expect(box()).toHaveFocus()
    await waitFor(async () => expect(words(await offers())).toEqual(['leased']))
    await user.keyboard('{ArrowDown}{Tab}')
    expect(box()).toHaveValue('tag:leased')
    expect(box()).toHaveFocus()
    expect(await screen.findByText('6 machines found')).toBeInTheDocument()
    expect(screen.queryByRole('listbox')).toBeNull()
  })

  it('completes in the middle of what is written, and by the mouse', async () => {
    const { user } = await opened()
    await user.click(box())
    await user.keyboard('is: acc')
    await user.keyboard('{ArrowLeft>4/}o')
    const [online] = await offers()
    expect(online).toHaveTextContent('online')
    await user.click(online!)
    expect(box()).toHaveValue('is:online acc')
    expect(box()).toHaveFocus()
    await user.keyboard('!')
    expect(box()).toHaveValue('is:online! acc')
  })

  it('closes on Escape, empties on the next one, and opens where every field could stand only when asked', async () => {
    const { user } = await opened()
    await user.click(box())
    await user.keyboard('is:')
    await offers()
    await user.keyboard('{Escape}')
    expect(screen.queryByRole('listbox')).toBeNull()
    expect(box()).toHaveValue('is:')
    await user.keyboard('{Escape}')
    expect(box()).toHaveValue('')
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}')
    expect((await offers()).length).toBeGreaterThan(5)
    await user.keyboard('{ArrowUp}')
    expect((await offers()).at(-1)).toHaveAttribute('aria-selected', 'true')
  })

  it('says what is wrong at its place, and puts in what was meant', async () => {
    const { user } = await opened()
    await user.click(box())
    await user.keyboard('🙂 usr:reception')
    const sentence = await screen.findByText(/There is no field “usr”/)
    expect(box()).toHaveAttribute('aria-invalid', 'true')
    expect(box()).toHaveAccessibleDescription(/There is no field “usr”/)
    expect(sentence.closest('[role="status"]')?.querySelector('mark')).toHaveTextContent(/^usr$/)
    // What was found before stays.
    expect(screen.getByRole('link', { name: 'Front desk' })).toBeInTheDocument()
    await expectAccessible()
    await user.click(screen.getByRole('button', { name: 'Use “user”' }))
    expect(box()).toHaveValue('🙂 user:reception')
    expect(box()).toHaveFocus()
    expect(await screen.findByText('No machine matches “🙂 user:reception”')).toBeInTheDocument()
    expect(box()).not.toHaveAttribute('aria-invalid')
  })

  it('says nothing of a mistake while something is offered that could stand there', async () => {
    const { user } = await opened()
    await user.click(box())
    await user.keyboard('is:onlin')
    expect(words(await offers())).toEqual(['online'])
    expect(box()).not.toHaveAttribute('aria-invalid')
    await user.keyboard('{Escape}')
    expect(await screen.findByText('“onlin” is no value of this field.')).toBeInTheDocument()
  })

  it('says what was searched for when nothing is found, and offers the way out', async () => {
    const { user, address } = await renderConsole('/machines?q=nowhere')
    expect(await screen.findByText('No machine matches “nowhere”')).toBeInTheDocument()
    expect(screen.getByText('0 machines found')).toBeInTheDocument()
    await expectAccessible()
    const [, clear] = screen.getAllByRole('button', { name: 'Clear the search' })
    await user.click(clear!)
    expect(await screen.findByText('18 machines')).toBeInTheDocument()
    expect(address()).toBe('/machines')
  })

  it('helps by examples that can be tried', async () => {
    const { user } = await opened()
    await user.click(screen.getByRole('button', { name: 'How to search' }))
    const help = await screen.findByRole('dialog', { name: 'Searching machines' })
    expect(within(help).getAllByRole('listitem')).toHaveLength(8)
    await user.click(within(help).getByRole('button', { name: /^tag:\(lab OR loan\)/ }))
    expect(box()).toHaveValue('tag:(lab OR loan)')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(await screen.findByText('0 machines found')).toBeInTheDocument()
  })

  it('shows more than a page by and by', async () => {
    const { user } = await renderConsole('/machines', 'usual', (db) => {
      const [first] = db.machines
      db.machines = Array.from({ length: 230 }, (_, index) => ({
        ...first!,
        id: `0197c2a1-0000-7000-8000-${String(index).padStart(12, '0')}`,
        name: `PC ${230 - index}`,
      }))
    })
    expect(await screen.findByText('230 machines')).toBeInTheDocument()
    expect(found()).toBe(200)
    await user.click(screen.getByRole('button', { name: 'Show more' }))
    await waitFor(() => expect(found()).toBe(230))
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull()
  })
})

describe('places in a search', () => {
  it('count characters where the browser counts units', () => {
    expect(characterAt('🙂é', 2)).toBe(1)
    expect(unitAt('🙂é', 1)).toBe(2)
    expect(parted('🙂 usr:x', { at: 2, length: 3 })).toEqual(['🙂 ', 'usr', ':x'])
    expect(replaced('🙂 usr:x', { at: 2, length: 3 }, 'user')).toEqual({
      text: '🙂 user:x',
      caret: 6,
    })
  })

  it('are shown with some of what is around them', () => {
    const text = `${'a'.repeat(50)}!${'b'.repeat(50)}`
    expect(around(text, { at: 50, length: 1 })).toEqual([
      `…${'a'.repeat(32)}`,
      '!',
      `${'b'.repeat(32)}…`,
    ])
    expect(around('os:', { at: 3, length: 0 })).toEqual(['os:', '', ''])
  })
})
