/**
 * Who a machine is, with a real server and real agents: one that has to be approved, a copy of its disk, a merge and back,
 * a block and back. Both agents read the same hardware, as clones of a virtual machine do.
 */
import { hostname } from 'node:os'

import type { Page } from '@playwright/test'

import { call, setUp } from './rig/console'
import { violations } from './rig/look'
import type { Running } from './rig/process'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

test.describe.configure({ mode: 'serial' })

let rig: Rig
let page: Page
/** The folder of the copied state, and the agent that runs on it. */
let copied: string
let copy: Running

test.beforeAll(async ({ browser }) => {
  rig = await Rig.start({ agent: false })
  page = await browser.newPage()
  await setUp(page, await rig.signInLink())
})
test.afterAll(async () => {
  await page.close()
  await rig.stop()
})

/** Goes to a page by the navigation, as people do; its name may be followed by a count. */
async function goTo(name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Main navigation' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
}

/** Until the list of machines is as long as that, with as many of them online. */
async function seeMachines(count: number, online: number): Promise<void> {
  await goTo('Machines')
  const rows = page.locator('[data-machine]')
  await expect(rows).toHaveCount(count, { timeout: 20_000 })
  const lit = rows.filter({ has: page.getByText('Online', { exact: true }) })
  await expect(lit).toHaveCount(online, { timeout: 20_000 })
}

const expectAccessible = async () => expect(await violations(page)).toEqual([])

test('a newcomer that needs approval waits, and comes online once it has it', async () => {
  const created = await call(page, 'POST', '/api/enrollment-tokens', {
    ...{ name: 'Approved by hand', expires_in_seconds: 3600, max_uses: 1, approval: 'first' },
  })
  expect(created.status).toBe(201)
  await goTo('Quarantine')
  await expect(page.getByText('Nobody waits')).toBeVisible()

  const { token } = created.body as { token: string }
  expect(await rig.enrollWith(token)).toMatch(/approve/i)
  // Nothing was reloaded: the event stream brought it, and the count in the navigation.
  const row = page.getByRole('row').filter({ hasText: hostname() })
  await expect(row).toContainText('Its token asks for approval of every newcomer.')
  await expect(row).toContainText('Approved by hand')
  await expect(page.getByRole('link', { name: 'Quarantine, 1 waiting' })).toBeVisible()
  await expectAccessible()

  await row.getByRole('link', { name: hostname() }).click()
  await expect(page.getByText('No known machine shares any of this.')).toBeVisible()
  await expectAccessible()
  await page.getByRole('button', { name: 'New machine' }).click()
  await expect(page.getByText('Nobody waits')).toBeVisible()

  rig.startAgent()
  await seeMachines(1, 1)
})

test('a copy of its disk waits, whichever of the two came first, and becomes a machine of its own', async () => {
  test.setTimeout(60_000)
  await rig.agent?.stop()
  await seeMachines(1, 0)
  copied = rig.copyAgent()
  rig.startAgent()
  await seeMachines(1, 1)
  // From here the copy is one connection behind. It is told to ask again, while the other shows that it is alive.
  copy = rig.startCopy(copied)
  await goTo('Quarantine')
  const row = page.getByRole('row').filter({ hasText: hostname() })
  await expect(row).toContainText('Two copies of one installation are connected', {
    timeout: 30_000,
  })
  await row.getByRole('link', { name: hostname() }).click()
  const known = page.getByRole('article', { name: `It holds the key of ${hostname()}` })
  await expect(known.getByText('agrees').first()).toBeVisible()
  await expect(known.getByText('differs')).toHaveCount(0)
  await expectAccessible()
  await page.getByRole('button', { name: 'New machine' }).click()
  await expect(page.getByText(/enrolls itself anew within two minutes/).first()).toBeVisible()

  // It would come by itself; restarted it asks at once.
  await copy.stop()
  copy = rig.startCopy(copied)
  await seeMachines(2, 2)
  await goTo('Quarantine')
  await page.getByRole('link', { name: 'Decided' }).click()
  const decided = page.getByRole('row').filter({ hasText: 'Two copies of one installation' })
  await expect(decided.getByRole('link')).toHaveCount(2)
})

test('two that are online are two machines; one that is gone is merged, and taken back', async () => {
  await goTo('Duplicates')
  const pair = page.getByRole('article', { name: `${hostname()} and ${hostname()}` })
  await expect(pair).toContainText('One machine cannot be online twice.')
  await expectAccessible()
  const { body } = await call(page, 'GET', '/api/machines')
  const [older, newer] = (body as { items: { id: string }[] }).items
  const refused = await call(page, 'POST', `/api/machines/${older?.id}/merge`, {
    from_id: newer?.id,
  })
  expect(refused).toMatchObject({ status: 409, body: { code: 'both_online' } })

  await copy.stop()
  const merge = pair.getByRole('button', { name: 'Merge' })
  await expect(merge).not.toHaveAttribute('aria-disabled', 'true')
  await merge.click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText(/the older one/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await expect(page.getByText('No duplicates')).toBeVisible()
  await seeMachines(1, 1)

  await page.locator('[data-machine]').getByRole('link', { name: hostname() }).first().click()
  await page.getByRole('link', { name: 'Identity' }).click()
  await page.getByRole('button', { name: /^Take the merge of/ }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByText('No record was merged into this machine.')).toBeVisible()
  await seeMachines(2, 1)
})

test('a blocked machine is told so and goes quiet; unblocked it comes back', async () => {
  const online = page
    .locator('[data-machine]')
    .filter({ has: page.getByText('Online', { exact: true }) })
  await online.getByRole('link', { name: hostname() }).first().click()
  await page.getByRole('button', { name: 'Actions' }).click()
  await page.getByRole('menuitem', { name: 'Block' }).click()
  const dialog = page.getByRole('dialog', { name: `Block ${hostname()}?` })
  await dialog.getByLabel('Reason').fill('left in a taxi')
  await dialog.getByRole('button', { name: 'Block' }).click()
  await expect(page.getByText(/^Blocked by/)).toBeVisible()
  await expect(page.getByText('left in a taxi')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Connect/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  )
  await expectAccessible()
  await expect.poll(() => rig.agent?.output()).toMatch(/blocked/i)

  // Asking again does not help.
  await rig.agent?.stop()
  rig.startAgent()
  await seeMachines(2, 0)
  await page.getByRole('radio', { name: 'Blocked 1' }).click()
  await expect(page.locator('[data-machine]')).toHaveCount(1)
  await page.locator('[data-machine]').getByRole('link', { name: hostname() }).first().click()
  await page.getByRole('button', { name: 'Unblock' }).click()
  await expect(page.getByText(/^Blocked by/)).toHaveCount(0)
  await rig.agent?.stop()
  rig.startAgent()
  await seeMachines(2, 1)
})
