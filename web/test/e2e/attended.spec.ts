/**
 * Sessions that somebody has to agree to: the person at the machine says no, says yes, says nothing more, takes it back;
 * and a stranger comes with a support code, on a display of their own, with nothing installed.
 */
import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, type Page, test } from '@playwright/test'

import { asOwner, call, lastSession, machineRow, seeOnline } from './rig/console'
import { Display, until } from './rig/display'
import { Running } from './rig/process'
import { Rig } from './rig/rig'
import { Viewer } from './rig/viewer'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

/** The question is on the screen and takes answers. */
async function asked(display: Display): Promise<void> {
  await until('the person is asked', async () => {
    const windows = await display.tool('xwininfo', ['-root', '-tree'])
    return /farol/i.test(windows) ? true : undefined
  })
}

/** Presses keys at the machine itself until the question is answered: it takes no answer in its first moments. */
async function answer(
  display: Display,
  page: Page,
  keys: string[],
  answered: string,
): Promise<void> {
  await expect(async () => {
    await display.tool('xdotool', ['key', ...keys])
    expect(await stateOf(page)).toBe(answered)
  }).toPass({ timeout: 25_000, intervals: [400] })
}

async function stateOf(page: Page): Promise<string> {
  const { state, end } = await lastSession(page)
  return end === null ? state : `${state} ${end.reason}`
}

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

  // What the page for visitors gives out, under the name it gives it.
  const joined = await page.context().newPage()
  await joined.goto(`${rig.url}/join`)
  await joined.getByRole('textbox').first().fill(code)
  await expect(joined.getByText(/Download|Baixar/).first()).toBeVisible()
  const symbols = code.replaceAll('-', '')
  const program = join(rig.folder, `farol-help-${symbols}@127.0.0.1_${rig.port}`)
  copyFileSync(process.env['FAROL_AGENT_BIN'] ?? '', program)
  chmodSync(program, 0o755)
  const display = await Display.start(rig.folder)
  const helper = new Running(program, [], join(rig.folder, 'help.log'), display.environment)
  try {
    await page
      .getByRole('link', { name: /^Take and connect|^Take/ })
      .or(page.getByRole('button', { name: /^Take and connect/ }))
      .first()
      .click({ timeout: 20_000 })
    await expect(page.getByText('Waiting for a yes').first()).toBeVisible({ timeout: 15_000 })
    await asked(display)
    await answer(display, page, ['Right', 'Return'], 'active')
    await new Viewer(page).expectSamePicture(display, 20_000)
    expect((await call(page, 'POST', '/api/join/redeem', { code, hostname: 'again' })).status).toBe(
      404,
    )
  } finally {
    await helper.stop()
    await display.stop()
  }
})
