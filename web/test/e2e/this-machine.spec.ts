/**
 * The person at a machine, whose helpdesk agent opens their browser: they see that machine, and no other door opens to them.
 */
import type { Page } from '@playwright/test'

import { call, setUp } from './rig/console'
import { hardware, HelpdeskAgent, PROVISIONING_SECRET } from './rig/helpdesk'
import { lookEverywhere } from './rig/look'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

test.describe.configure({ mode: 'serial' })

let rig: Rig
let agent: HelpdeskAgent
/** The browser of the person at the machine. */
let page: Page
/** An account's browser. */
let desk: Page
let used: string

test.beforeAll(async ({ browser }) => {
  rig = await Rig.start({
    agent: false,
    server: { MACHINE_PROVISIONING_SECRET: PROVISIONING_SECRET },
  })
  desk = await (await browser.newContext()).newPage()
  await setUp(desk, await rig.signInLink())
  agent = new HelpdeskAgent(rig, 'FRONT-DESK-2', hardware(2))
  expect(await agent.register()).toBeUndefined()
  await agent.heartbeat()
  page = await (await browser.newContext()).newPage()
})
test.afterAll(async () => {
  await page.context().close()
  await desk.context().close()
  await rig.stop()
})

/** A new address with the same path is no new page for a browser. */
async function open(address: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(address)
}

test('without a login the page says how to get one', async () => {
  await open(`${rig.url}/this-machine`)
  await expect(page.getByText('You are not signed in here')).toBeVisible()
  await lookEverywhere(page, 'this-machine-without-login')
})

test('the agent’s link signs in, and leaves no secret in the address', async () => {
  used = await agent.offerLogin()
  await open(used)
  const card = page.getByRole('article', { name: 'FRONT-DESK-2' })
  await expect(card).toContainText('Online')
  await expect(card).toContainText('Windows 11 Pro')
  expect(page.url()).toBe(`${rig.url}/this-machine`)
  await lookEverywhere(page, 'this-machine')
  await page.reload()
  await expect(card).toBeVisible()
})

test('nothing else of the console opens with that login', async () => {
  for (const path of ['/machines', '/sessions', '/quarantine', '/audit', '/settings']) {
    await page.goto(`${rig.url}${path}`)
    await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible()
    await expect(page.getByRole('navigation')).toHaveCount(0)
  }
  const { body } = await call(desk, 'GET', '/api/machines')
  const [machine] = (body as { items: { id: string }[] }).items
  for (const path of [
    ...['/api/me', '/api/machines', `/api/machines/${machine?.id}`, '/api/sessions', '/api/audit'],
    ...['/api/enrollment-tokens', '/api/quarantine', '/api/server-identity', '/api/events'],
    ...['/api/server-certificate', `/api/machines/${machine?.id}/helpdesk`],
  ]) {
    expect(await call(page, 'GET', path), path).toMatchObject({
      ...{ status: 401, body: { code: 'not_signed_in' } },
    })
  }
  const session = await call(page, 'POST', `/api/machines/${machine?.id}/sessions`, {
    rights: ['view', 'control'],
    viewer_key: 'A'.repeat(43),
  })
  expect(session).toMatchObject({ status: 401, body: { code: 'not_signed_in' } })
  // And an account's login opens no end user's page.
  expect(await call(desk, 'GET', '/api/machine-logins/current')).toMatchObject({
    ...{ status: 401, body: { code: 'machine_login_missing' } },
  })
})

test('the link works once: whoever finds it later is told so', async ({ browser }) => {
  const stranger = await (await browser.newContext()).newPage()
  await stranger.goto(used)
  await expect(stranger.getByText('This link does not work any more')).toBeVisible()
  await expect(stranger.getByRole('article')).toHaveCount(0)
  await lookEverywhere(stranger, 'this-machine-used-link')
  await stranger.context().close()
  // In the browser that it signed in, it does no harm.
  await open(used)
  await expect(page.getByRole('article', { name: 'FRONT-DESK-2' })).toBeVisible()
})

test('signing out ends it in every tab, and the next link signs in again', async () => {
  const other = await page.context().newPage()
  await other.goto(`${rig.url}/this-machine`)
  await expect(other.getByRole('article')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByText('You are signed out')).toBeVisible()
  await lookEverywhere(page, 'this-machine-signed-out')
  await other.reload()
  await expect(other.getByText('You are not signed in here')).toBeVisible()
  await other.close()
  await open(await agent.offerLogin())
  await expect(page.getByRole('article', { name: 'FRONT-DESK-2' })).toBeVisible()
})

test('a blocked machine’s person is told whom to ask', async () => {
  const { body } = await call(desk, 'GET', '/api/machines')
  const [machine] = (body as { items: { id: string }[] }).items
  const blocked = await call(desk, 'POST', `/api/machines/${machine?.id}/block`, { reason: '' })
  expect(blocked.status).toBeLessThan(300)
  await page.reload()
  await expect(page.getByText('Your support team has blocked this machine')).toBeVisible()
  await lookEverywhere(page, 'this-machine-blocked')
  // Who used which login is in the audit of the organization.
  const audit = await call(desk, 'GET', '/api/audit?action=machine_login.created')
  expect((audit.body as { items: unknown[] }).items).toHaveLength(2)
  expect(JSON.stringify(audit.body)).not.toContain(used.split('=')[1])
})
