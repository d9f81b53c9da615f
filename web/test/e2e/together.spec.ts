/**
 * Two technicians at one machine: the first drives, the second watches, asks and is handed over to; what either says is read by
 * the other and kept with the session.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from '@playwright/test'

import { asOwner, seeOnline, sessions } from './rig/console'
import { Rig } from './rig/rig'
import { Viewer } from './rig/viewer'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

test('the first drives, the second asks and is handed over to, and both talk', async ({
  page,
  context,
}) => {
  test.setTimeout(120_000)
  const file = join(rig.folder, 'typed.txt')
  const typed = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await asOwner(page, rig)
  await seeOnline(page)
  await rig.display.typewriter(file)
  const first = await Viewer.connect(page)
  await first.expectSamePicture(rig.display)
  await expect(page.getByRole('button', { name: /Laser pointer/ })).toHaveCount(0)

  // A tab of its own is a session of its own.
  const other = await context.newPage()
  await other.goto(`${rig.url}/machines`)
  await seeOnline(other)
  const second = await Viewer.connect(other)
  await second.expectSamePicture(rig.display)
  await expect(other.getByText(/drives, you watch/)).toBeVisible()

  // What the watcher types stays in the page.
  await second.click(200, 150)
  await other.keyboard.type('nobody reads this')
  await first.click(200, 150)
  await first.focus()
  await page.keyboard.type('first')
  await page.keyboard.press('Enter')
  await expect.poll(typed).toBe('first\n')

  // The watcher points; who drives sees where.
  await second.move(300, 200)
  await expect(page.locator('[data-pointer]')).toHaveCount(1)

  await other.getByRole('button', { name: 'Ask to drive' }).click()
  await page.getByRole('button', { name: 'Not now' }).click()
  await expect(other.getByText(/says: not now/)).toBeVisible()
  await other.getByRole('button', { name: 'Close this notice' }).click()
  await other.getByRole('button', { name: 'Ask to drive' }).click()
  await page.getByRole('button', { name: 'Hand over', exact: true }).click()
  await expect(other.getByText('You drive now')).toBeVisible()
  await second.click(200, 150)
  await second.focus()
  await other.keyboard.type('second')
  await other.keyboard.press('Enter')
  await expect.poll(typed).toBe('first\nsecond\n')
  await first.focus()
  await page.keyboard.type('not any more')
  expect(typed()).toBe('first\nsecond\n')

  await first.openToolbar()
  await page.getByRole('button', { name: 'Chat' }).click()
  await page.getByRole('textbox', { name: 'Say something to everybody here' }).fill('Is it fine?')
  await page.keyboard.press('Enter')
  await other.getByRole('button', { name: /Is it fine\?.*1 new/ }).click()
  await other.getByRole('textbox', { name: 'Say something to everybody here' }).fill('It is.')
  await other.keyboard.press('Enter')
  await expect(page.getByRole('log')).toContainText('It is.')
  await expect(other.getByRole('log')).toContainText('Is it fine?')

  const all = await sessions(page)
  expect(all).toHaveLength(2)
  const record = await context.newPage()
  const texts: string[] = []
  for (const { id } of all) {
    await record.goto(`${rig.url}/sessions/${id}`)
    const timeline = record.getByRole('region', { name: 'What happened' })
    await expect(timeline.getByText('Handed over')).not.toHaveCount(0)
    texts.push(await timeline.innerText())
  }
  expect(texts.join('\n')).toContain('Is it fine?')
  expect(texts.join('\n')).toContain('It is.')
})
