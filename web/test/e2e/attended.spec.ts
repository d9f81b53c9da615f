/**
 * Sessions that somebody has to agree to: the person at the machine says no, says yes, says nothing more, takes it back;
 * and a stranger comes with a support code, on a display of their own, with nothing installed.
 */
import type { Page } from '@playwright/test'

import { answer, asked, stateOf, Stranger } from './rig/attended'
import { asOwner, call, lastSession, machineRow, seeOnline } from './rig/console'
import type { Display } from './rig/display'
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

async function mustAsk(page: Page): Promise<void> {
  const rule = { scope: { kind: 'organization' }, mode: 'ask' }
  expect((await call(page, 'POST', '/api/access-rules', rule)).status).toBe(201)
}

const connect = (page: Page) =>
  machineRow(page)
    .getByRole('link', { name: /^Connect/ })
    .click()

test('the person at the machine says no, then yes, and is not asked again after the server restarts', async ({
  page,
}) => {
  test.setTimeout(120_000)
  await asOwner(page, rig)
  await seeOnline(page)
  await mustAsk(page)
  await connect(page)
  await expect(page.getByText('Waiting for a yes').first()).toBeVisible()
  await asked(rig.display)
  await answer(rig.display, page, ['Escape'], 'ended consent_refused')
  await expect(page.getByText('Refused at the machine').first()).toBeVisible()

  await page.goto(`${rig.url}/machines`)
  await connect(page)
  await expect(page.getByText('Waiting for a yes').first()).toBeVisible()
  await asked(rig.display)
  await answer(rig.display, page, ['Right', 'Return'], 'active')
  const viewer = new Viewer(page)
  await viewer.expectSamePicture(rig.display, 20_000)
  const { id } = await lastSession(page)

  await rig.killServer()
  await rig.startServer()
  await expect.poll(() => stateOf(page), { timeout: 20_000 }).toBe('active')
  await viewer.expectSamePicture(rig.display, 20_000)
  expect(await lastSession(page)).toMatchObject({ id, state: 'active' })
})

/** Presses End, the last button of the strip at the top of the screen. */
async function pressEnd(display: Display): Promise<void> {
  const windows = await display.tool('xwininfo', ['-root', '-tree'])
  const [, width, x, y] = /"Farol[^\n]* (\d+)x36\+[^ ]+ +\+(\d+)\+(\d+)/.exec(windows) ?? []
  const at = [Number(x) + Number(width) - 35, Number(y) + 17].map(String)
  await display.tool('xdotool', ['mousemove', ...at, 'click', '1'])
}

test('nobody answers, which is a no; then somebody agrees, and ends it at the machine', async ({
  page,
}) => {
  test.setTimeout(150_000)
  await asOwner(page, rig)
  await seeOnline(page)
  await mustAsk(page)
  await connect(page)
  await asked(rig.display)
  await expect.poll(() => stateOf(page), { timeout: 45_000 }).toBe('ended consent_timed_out')
  await expect(page.getByText('Nobody answered at the machine').first()).toBeVisible()

  await page.goto(`${rig.url}/machines`)
  await connect(page)
  await asked(rig.display)
  await answer(rig.display, page, ['Right', 'Return'], 'active')
  await new Viewer(page).expectSamePicture(rig.display, 20_000)
  await expect(async () => {
    await pressEnd(rig.display)
    expect(await stateOf(page)).toBe('ended end_user_ended')
  }).toPass({ timeout: 20_000, intervals: [500] })
  await expect(page.getByText('Ended at the machine').first()).toBeVisible()
})

test('a stranger comes with a code, on a display of their own, and is helped', async ({ page }) => {
  test.setTimeout(120_000)
  await asOwner(page, rig)
  await page.goto(`${rig.url}/support`)
  const made = await call(page, 'POST', '/api/support-codes', { note: 'Maria', minutes: 30 })
  expect(made.status).toBe(201)
  const { code } = made.body as { code: string }

  const stranger = await Stranger.join(page, rig, code)
  const { display } = stranger
  try {
    await stranger.take(page)
    await expect(page.getByText('Waiting for a yes').first()).toBeVisible({ timeout: 15_000 })
    await asked(display)
    await answer(display, page, ['Right', 'Return'], 'active')
    await new Viewer(page).expectSamePicture(display, 20_000)
    expect((await call(page, 'POST', '/api/join/redeem', { code, hostname: 'again' })).status).toBe(
      404,
    )
  } finally {
    await stranger.stop()
  }
})
