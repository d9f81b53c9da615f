/**
 * Two technicians at one machine: the first drives, the second watches, asks and is handed over to; what either says is read by
 * the other and kept with the session.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { asOwner, seeOnline, sessions } from './rig/console'
import { until } from './rig/display'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
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

test('the person at the machine reads what the technician says, and answers', async ({ page }) => {
  test.setTimeout(90_000)
  await asOwner(page, rig)
  await seeOnline(page)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  await viewer.openToolbar()
  await page.getByRole('button', { name: 'Chat' }).click()
  const say = page.getByRole('textbox', { name: 'Say something to everybody here' })
  await say.fill('Do you see this?')
  await page.keyboard.press('Enter')

  const [x, y] = await until('the chat is on the screen', async () => {
    const windows = await rig.display.tool('xwininfo', ['-root', '-tree'])
    // The strip is 36 pixels high.
    const ours = [...windows.matchAll(/"[^"\n]*".*?(\d+)x(\d+)\+\S+ +\+(\d+)\+(\d+)/g)].filter(
      ([line, , height]) => /chat/i.test(line) && Number(height) > 100,
    )
    const [, width, height, left, top] = ours[0]?.map(Number) ?? []
    if (width === undefined || height === undefined) return undefined
    return [(left ?? 0) + width / 3, (top ?? 0) + height - 28].map((at) => String(Math.round(at)))
  })
  // The window takes keys some moments after it got them.
  await expect(async () => {
    await rig.display.tool('xdotool', ['mousemove', x ?? '', y ?? '', 'click', '1'])
    await rig.display.tool('xdotool', ['key', '--delay', '60', 'y', 'e', 's', 'Return'])
    await expect(page.getByRole('log')).toContainText('yes', { timeout: 1500 })
  }).toPass({ timeout: 20_000 })
  await expect(page.getByRole('log')).toContainText('at the machine')

  // Keys of technicians do not speak for who sits there.
  await viewer.focus()
  await page.keyboard.type('forged')
  await expect(page.getByText(/chat window at the machine has the keyboard/).first()).toBeVisible()

  const [session] = await sessions(page)
  await page.goto(`${rig.url}/sessions/${session?.id ?? ''}`)
  const timeline = page.getByRole('region', { name: 'What happened' })
  await expect(timeline).toContainText('Do you see this?')
  await expect(timeline).toContainText('yes')
  await expect(timeline).not.toContainText('forged')
})
