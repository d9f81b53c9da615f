/**
 * What a session survives: the server killed in the middle of a word, a network that goes away, a page that is loaded
 * again. The bars: the session goes on by itself, every typed character is there once, nobody is asked again.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { asOwner, lastSession, seeOnline, sessions } from './rig/console'
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

/** Kills in a row. */
const KILLS = 20

test('the server is killed twenty times in the middle of a word: every character is there, once', async ({
  page,
}) => {
  test.setTimeout(240_000)
  const file = join(rig.folder, 'typed.txt')
  await asOwner(page, rig)
  await seeOnline(page)
  await rig.display.typewriter(file)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  const { id } = await lastSession(page)
  await viewer.click(200, 150)
  await viewer.focus()

  const words: string[] = []
  for (let round = 0; round < KILLS; round++) {
    const word = `${round}:the quick brown fox ${'ABCDEFGHIJKLMNOPQRST'[round]}`
    words.push(word)
    const typing = page.keyboard.type(word, { delay: 15 })
    await page.waitForTimeout(20 * (round + 1))
    await rig.killServer()
    await rig.startServer()
    await typing
    await page.keyboard.press('Enter')
    await expect
      .poll(() => readFileSync(file, 'utf8'), { timeout: 20_000 })
      .toBe(words.map((line) => `${line}\n`).join(''))
  }
  await viewer.expectSamePicture(rig.display)
  expect(await rig.display.keysDown()).toEqual([])
  const all = await sessions(page)
  expect(all).toHaveLength(1)
  expect(all[0]).toMatchObject({ id, state: 'active' })
})

test('the network goes away and comes back: the last picture stays, and what was typed meanwhile arrives', async ({
  page,
  context,
}) => {
  const file = join(rig.folder, 'typed.txt')
  await asOwner(page, rig)
  await seeOnline(page)
  await rig.display.typewriter(file)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  await viewer.click(200, 150)
  await viewer.focus()
  await page.keyboard.type('before ')
  // Sockets that are open survive a browser's being offline, so they are cut first; some Chromiums fall over the other way round.
  await rig.killServer()
  await context.setOffline(true)
  await expect(
    page
      .getByRole('status')
      .filter({ hasText: /interrupted|waiting/i })
      .first(),
  ).toBeVisible()
  await page.keyboard.type('meanwhile ')
  await rig.startServer()
  await context.setOffline(false)
  await page.keyboard.type('after')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => readFileSync(file, 'utf8'), { timeout: 20_000 })
    .toBe('before meanwhile after\n')
})

test('a page that is loaded again comes back into the same session', async ({ page }) => {
  await asOwner(page, rig)
  await seeOnline(page)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  const { id } = await lastSession(page)
  await page.reload()
  const again = new Viewer(page)
  await again.expectSamePicture(rig.display, 20_000)
  expect(await lastSession(page)).toMatchObject({ id, state: 'active' })
  expect(await sessions(page)).toHaveLength(1)
})
