/**
 * Bad days: everything that dies in the middle of a session, and every door that must stay shut.
 * The bars: nothing hangs, no key stays pressed on the machine, the session ends with a reason, both sides come back.
 */
import type { Page } from '@playwright/test'

import { asOwner, call, lastSession, owner, seeOffline, seeOnline } from './rig/console'
import { Display } from './rig/display'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { Viewer } from './rig/viewer'

let rig: Rig

test.beforeAll(async () => {
  rig = await Rig.start()
})
test.afterAll(async () => {
  await rig.stop()
})

async function connected(page: Page): Promise<Viewer> {
  await asOwner(page, rig)
  await seeOnline(page)
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  return viewer
}

/** Holds Shift down in the viewer until the machine has it. */
async function holdShift(viewer: Viewer): Promise<void> {
  await viewer.focus()
  await viewer.page.keyboard.down('Shift')
  await expect.poll(() => rig.display.keysDown()).toHaveLength(1)
}

/** Ends the process behind the page, as `kill -9` does: nothing in it can say goodbye. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  // Nobody is left to answer this.
  session.send('Page.crash').catch(() => undefined)
  await crashed
}

test('the browser tab is killed: the session waits for it and lets go of the keys', async ({
  page,
  context,
}) => {
  const viewer = await connected(page)
  const watcher = await context.newPage()
  await watcher.goto(`${rig.url}/sessions`)
  await holdShift(viewer)
  await crash(page)
  await expect.poll(() => rig.display.keysDown()).toEqual([])
  // To the server a browser whose tab died says the same as one whose tab was closed.
  await expect
    .poll(
      async () => {
        const { state } = await lastSession(watcher)
        return state
      },
      { timeout: 30_000 },
    )
    .toBe('interrupted')
})

test('the agent is killed: offline within ten seconds, the viewer says why, both come back', async ({
  page,
  context,
}) => {
  const viewer = await connected(page)
  const list = await context.newPage()
  await list.goto(`${rig.url}/machines`)
  await seeOnline(list)
  await holdShift(viewer)
  await rig.killAgent()
  await seeOffline(list)
  await expect(page.getByText(/Waiting for the machine/).first()).toBeVisible()

  rig.startAgent()
  await seeOnline(list, 2_500)
  await expect.poll(() => rig.display.keysDown()).toEqual([])
  await page.keyboard.up('Shift')
  await viewer.expectSamePicture(rig.display, 30_000)
})

test('the server is killed and started again: the console recovers, nothing stays pressed', async ({
  page,
}) => {
  const viewer = await connected(page)
  const { id } = await lastSession(page)
  await holdShift(viewer)
  await rig.killServer()
  await expect.poll(() => rig.display.keysDown(), { timeout: 20_000 }).toEqual([])
  await rig.startServer()
  await page.keyboard.up('Shift')
  await viewer.expectSamePicture(rig.display, 30_000)
  await expect.poll(() => lastSession(page)).toMatchObject({ id, state: 'active' })
  await page.getByRole('link', { name: 'Machines' }).first().click()
  await seeOnline(page, 15_000)
})

test('signing out cuts the session', async ({ page, context }) => {
  const viewer = await connected(page)
  await holdShift(viewer)
  const other = await context.newPage()
  await other.goto(`${rig.url}/machines`)
  expect((await call(other, 'DELETE', '/api/logins/current')).status).toBe(204)
  await expect.poll(() => rig.display.keysDown()).toEqual([])
  await asOwner(other, rig)
  await expect
    .poll(() => lastSession(other))
    .toMatchObject({ state: 'ended', end: { reason: 'login_ended' } })
})

test('a second tab gets a picture of its own and does not disturb the first', async ({
  page,
  context,
}) => {
  const first = await connected(page)
  const other = await context.newPage()
  await other.goto(`${rig.url}/machines`)
  const second = await Viewer.connect(other)
  await second.expectSamePicture(rig.display)
  await first.expectSamePicture(rig.display)
})

test('one grant lets one viewer in, once', async ({ page }) => {
  await asOwner(page, rig)
  await seeOnline(page)
  const { body } = await call(page, 'GET', '/api/machines')
  const machine = (body as { items: { id: string }[] }).items[0]!
  const started = await call(page, 'POST', `/api/machines/${machine.id}/sessions`, {
    rights: ['view'],
    viewer_key: 'A'.repeat(43),
  })
  expect(started.status).toBe(201)
  const unknown = '00000000-0000-7000-8000-000000000000'
  const missing = await call(page, 'POST', `/api/machines/${unknown}/sessions`, {
    rights: ['view'],
    viewer_key: 'A'.repeat(43),
  })
  expect(missing).toMatchObject({ status: 404, body: { code: 'not_found' } })
  const code = await page.evaluate(
    (url) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(url)
        socket.onopen = () => socket.send(new Uint8Array([255, 255, 255]))
        socket.onclose = (event) => resolve(event.code)
      }),
    `${rig.url.replace('http', 'ws')}/api/relay`,
  )
  expect(code).toBe(4400)
})

test('closed doors: wrong password, used link, no login, another site', async ({ page }) => {
  await asOwner(page, rig)
  const link = await rig.signInLink()
  expect(link).toContain('/sign-in')
  await page.context().clearCookies()

  await page.goto(`${rig.url}/sign-in`)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('E-mail or password is wrong', { exact: true })).toBeVisible()
  expect(await call(page, 'GET', '/api/machines')).toMatchObject({
    ...{ status: 401, body: { code: 'not_signed_in' } },
  })

  // A new address with the same path is no new page for a browser.
  await page.goto('about:blank')
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Machines', level: 1 })).toBeVisible()
  await page.context().clearCookies()
  await page.goto('about:blank')
  await page.goto(link)
  await expect(page.getByText('This link does not work')).toBeVisible()

  const foreign = await fetch(`${rig.url}/api/logins`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
    body: JSON.stringify({ email: owner.email, password: owner.password }),
  })
  expect(foreign.status).toBe(403)
  expect(await foreign.json()).toMatchObject({ code: 'cross_site' })
})

test('no display at all: the viewer names the cause, and the picture comes with the display', async ({
  page,
}) => {
  const viewer = await connected(page)
  await rig.display.crash()
  await expect(page.getByText(/The display went away|no display running/).first()).toBeVisible({
    timeout: 15_000,
  })
  rig.display = await Display.start(rig.folder, '1280x800', rig.display.name)
  await viewer.expectSamePicture(rig.display, 30_000)
})
