/**
 * One afternoon: a stranger is helped by code and with their consent, a colleague is invited and handed over to, the server is killed
 * in the middle of a word, and afterwards one can read what happened.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { answer, asked, Stranger } from './rig/attended'
import { asOwner, call, lastSession, sessions } from './rig/console'
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

test('a stranger is helped by two, over a restart of the server, and it can be read afterwards', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000)
  await asOwner(page, rig)
  await page.goto(`${rig.url}/support`)
  const made = await call(page, 'POST', '/api/support-codes', { note: 'Maria', minutes: 30 })
  const stranger = await Stranger.join(page, rig, (made.body as { code: string }).code)
  const { display } = stranger
  const file = join(rig.folder, 'typed.txt')
  const typed = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  try {
    await stranger.take(page)
    await asked(display)
    await answer(display, page, ['Right', 'Return'], 'active')
    const host = new Viewer(page)
    await host.expectSamePicture(display, 20_000)
    const { id } = await lastSession(page)

    // A colleague without an account, who may take over; the stranger is asked about them, too.
    await host.openToolbar()
    await page.getByRole('button', { name: 'Who is connected' }).click()
    await page.getByRole('button', { name: 'Invite someone' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invite someone to this session' })
    await dialog
      .getByText(/mouse and keyboard/)
      .first()
      .click()
    await dialog.getByRole('button', { name: 'Create the link' }).click()
    const link = await dialog.getByLabel('Link for the guest').inputValue()
    await dialog.getByRole('button', { name: 'Close' }).click()
    const colleague = await (await browser.newContext()).newPage()
    await colleague.goto(link)
    await colleague.getByLabel('Your name').fill('Carla Colleague')
    await colleague.getByRole('button', { name: 'Join' }).click()
    // The strip of the first session is there already; the question is about another one.
    await expect.poll(async () => (await lastSession(page)).id).not.toBe(id)
    await answer(display, page, ['Right', 'Return'], 'active')
    const second = new Viewer(colleague)
    await second.expectSamePicture(display, 20_000)
    // Not before: answers that come a moment too late would be typed into it.
    await display.typewriter(file)

    const people = page.getByRole('dialog', { name: 'Who is connected' })
    if (!(await people.isVisible())) {
      await host.openToolbar()
      await page.getByRole('button', { name: 'Who is connected' }).click()
    }
    await people.getByRole('button', { name: 'Hand over to Carla Colleague' }).click()
    await expect(colleague.getByText('You drive now')).toBeVisible()

    await second.click(200, 150)
    await second.focus()
    const typing = colleague.keyboard.type('in the middle of a word', { delay: 25 })
    // Some of it is on its way, and some is not typed yet.
    await colleague.waitForTimeout(200)
    await rig.killServer()
    await rig.startServer()
    await typing
    await colleague.keyboard.press('Enter')
    await expect.poll(typed, { timeout: 20_000 }).toBe('in the middle of a word\n')
    await host.expectSamePicture(display, 20_000)

    await host.end()
    await expect(colleague.getByText(/left|ended/i).first()).toBeVisible()
    await page.goto(`${rig.url}/sessions/${id}`)
    const timeline = page.getByRole('region', { name: 'What happened' })
    for (const what of ['Agreed to at the machine', 'Interrupted', 'Brought back', 'Ended'])
      await expect(timeline).toContainText(what)
    await expect(page.getByText(/Carla Colleague/).first()).toBeVisible()
    const all = await sessions(page)
    expect(all.map(({ end }) => end?.reason).sort()).toEqual(['host_left', 'technician_ended'])
  } finally {
    await stranger.stop()
  }
})
