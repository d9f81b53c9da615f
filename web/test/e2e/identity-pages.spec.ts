/**
 * The pages of who a machine is, filled on a real server with every kind of doubt that can be had: a copied state, newcomers
 * that share hardware with known machines, one that looks like a sandbox, one of a blocked machine, one that was removed.
 * What people decide by is checked; pictures of all of it are taken for people to look at (`test-results/pages`).
 */
import { hostname } from 'node:os'
import { join } from 'node:path'

import type { Locator, Page } from '@playwright/test'

import { call, seeOnline, setUp } from './rig/console'
import { hardware, HelpdeskAgent, PROVISIONING_SECRET, type Serials } from './rig/helpdesk'
import { lookEverywhere } from './rig/look'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

test.describe.configure({ mode: 'serial', timeout: 180_000 })

let rig: Rig
let page: Page

test.beforeAll(async ({ browser }) => {
  rig = await Rig.start({ server: { MACHINE_PROVISIONING_SECRET: PROVISIONING_SECRET } })
  page = await (await browser.newContext()).newPage()
  await setUp(page, await rig.signInLink())
  await seeOnline(page)
})
test.afterAll(async () => {
  await page.context().close()
  await rig.stop()
})

async function goTo(name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Main navigation' })
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click()
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
}

/** Sends what the owner may send, and expects it to be done. */
async function done(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await call(page, method, path, body)
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body
}

/** The machine of this name that the list has first. */
async function machine(name: string): Promise<{ id: string }> {
  const { items } = (await done('GET', '/api/machines')) as {
    items: { id: string; name: string }[]
  }
  const found = items.find((item) => item.name === name)
  if (!found) throw new Error(`there is no machine ${name}`)
  return found
}

const desk = (name: string, serials: Serials, code?: string) =>
  new HelpdeskAgent(rig, name, serials, code)

/** Opens a machine's page. */
async function openMachine(name: string): Promise<void> {
  await page.goto(`${rig.url}/machines/${(await machine(name)).id}`)
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible()
}

/** Chooses from the menu of the machine that is open. */
async function act(item: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Actions', exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
  const dialog = page.getByRole(/^(Remove|New key)/.test(item) ? 'alertdialog' : 'dialog')
  await expect(dialog).toBeVisible()
  return dialog
}

async function dismiss(dialog: Locator): Promise<void> {
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
}

test('every kind of doubt waits in quarantine, each with its reason', async () => {
  const accounting = desk('ACCOUNTING-7', hardware(11))
  const reception = desk('RECEPTION-1', hardware(12))
  const workshop = desk('WORKSHOP-3', hardware(13))
  const kiosk = desk('KIOSK-9', hardware(14))
  for (const agent of [accounting, reception, workshop, kiosk]) {
    expect(await agent.register()).toBeUndefined()
  }
  await accounting.heartbeat()
  await reception.heartbeat()

  // The same hardware once more, while the first is heard.
  expect(await desk('ACCOUNTING-7', hardware(11)).register()).toBe('uid_online')
  // A disk of one in a computer of another make.
  const disk = { ...hardware(22), disks: hardware(12).disks }
  expect(await desk('RECEPTION-OLD', disk).register()).toBe('partial')
  // Only the case is the same under the same installation.
  reception.serials = { ...hardware(23), system: hardware(12).system }
  expect(await reception.register()).toBe('hardware_doubtful')
  expect(await desk('SANDBOX-4F', hardware(31)).register()).toBe('sandbox')
  await done('POST', `/api/machines/${(await machine('WORKSHOP-3')).id}/block`, {
    reason: 'sold with the workshop',
  })
  expect(await desk('WORKSHOP-3', hardware(13)).register()).toBe('uid_blocked')
  await done('DELETE', `/api/machines/${(await machine('KIOSK-9')).id}`)
  expect(await kiosk.register()).toBe('approve_first')

  // Our own agent: the same hardware with another key, then a copy of its state.
  const { token } = (await done('POST', '/api/enrollment-tokens', {
    ...{ name: 'Head office', expires_in_seconds: 86_400, max_uses: 25, approval: 'when_doubtful' },
    ...{
      labels: { department: 'Front office', device_type: 'laptop', tags: ['windows', 'lease'] },
    },
  })) as { token: string }
  expect(await rig.enrollWith(token, join(rig.folder, 'second'))).toMatch(/wait|approve/i)
  await goTo('Machines')
  const row = page.locator('[data-machine]').filter({ hasText: hostname() })
  const says = (status: RegExp) =>
    expect(row.getByText(status).filter({ visible: true }).first()).toBeVisible()
  await rig.agent?.stop()
  await says(/^Offline/)
  const copied = rig.copyAgent()
  rig.startAgent()
  await says(/^Online/)
  rig.startCopy(copied)

  await goTo('Quarantine')
  await expect(page.getByRole('link', { name: 'Quarantine, 8 waiting' })).toBeVisible({
    timeout: 40_000,
  })
  for (const why of [
    /A person has to agree before it speaks for a machine/,
    /analysis sandbox/,
    /hardware is that of a machine that is online/,
    /hardware is that of a machine that is blocked/,
    /Only a part of its hardware/,
    /its hardware agrees only partly/,
    /Two copies of one installation/,
  ]) {
    await expect(page.getByRole('row').filter({ hasText: why }).first()).toBeVisible()
  }
  await lookEverywhere(page, 'quarantine-list')
})

test('an entry shows what speaks for which machine, and every decision says what it does', async () => {
  const open = async (name: string) => {
    await goTo('Quarantine')
    await page.getByRole('row').filter({ hasText: name }).getByRole('link').first().click()
    await expect(page.getByRole('heading', { name: 'Decide' })).toBeVisible()
  }
  await open('Two copies of one installation')
  await expect(page.getByText(/It holds the key of/).first()).toBeVisible()
  await lookEverywhere(page, 'quarantine-copy')

  await open('RECEPTION-OLD')
  const shared = page.getByRole('article', { name: 'Shares evidence with RECEPTION-1' })
  await expect(shared.getByText('agrees')).toHaveCount(1)
  await expect(shared.getByText('differs')).toHaveCount(3)
  await lookEverywhere(page, 'quarantine-partial')
  await shared.getByRole('button', { name: 'This is RECEPTION-1' }).click()
  const rebind = page.getByRole('alertdialog')
  await expect(rebind).toContainText('this helpdesk agent speaks for it')
  await lookEverywhere(page, 'dialog-rebind')
  await dismiss(rebind)
  await page.getByRole('button', { name: 'Refuse' }).click()
  const refuse = page.getByRole('dialog')
  await expect(refuse).toContainText('stops asking')
  await lookEverywhere(page, 'dialog-refuse')
  await dismiss(refuse)
  await page.getByRole('button', { name: 'This is another known machine…' }).click()
  await lookEverywhere(page, 'dialog-which-machine')
  await dismiss(page.getByRole('dialog'))

  await open('RECEPTION-1')
  await lookEverywhere(page, 'quarantine-doubtful')
})

test('several are decided about at once, with a warning for those that may be known', async () => {
  await goTo('Quarantine')
  for (const name of ['ACCOUNTING-7', 'RECEPTION-OLD', 'RECEPTION-1']) {
    await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check()
  }
  await lookEverywhere(page, 'quarantine-selected')
  await page.getByRole('button', { name: 'Let in as new machines' }).click()
  const dialog = page.getByRole('alertdialog')
  await expect(dialog).toContainText('1 of them may be a known machine')
  await lookEverywhere(page, 'dialog-let-in')
  await dialog.getByRole('button', { name: 'Let in as new machines' }).click()
  await expect(page.getByRole('link', { name: 'Quarantine, 5 waiting' })).toBeVisible()
  await page.getByRole('checkbox', { name: 'Select SANDBOX-4F' }).check()
  await page.getByRole('button', { name: 'Refuse' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click()
  await expect(page.getByRole('link', { name: 'Quarantine, 4 waiting' })).toBeVisible()
  await page.getByRole('link', { name: 'Decided' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'SANDBOX-4F' })).toContainText('Refused')
  await lookEverywhere(page, 'quarantine-decided')
})

test('duplicates stand side by side with their evidence; a merge is confirmed, shown and taken back', async () => {
  await goTo('Duplicates')
  const pair = page.getByRole('article', { name: 'ACCOUNTING-7 and ACCOUNTING-7' })
  await expect(pair).toContainText('Very likely one machine')
  await lookEverywhere(page, 'duplicates-pairs')
  await pair.getByRole('button', { name: 'These are two machines' }).click()
  await lookEverywhere(page, 'dialog-two-machines')
  await dismiss(page.getByRole('alertdialog'))
  await pair.getByRole('button', { name: 'Merge' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('can be taken back for 30 days')
  await lookEverywhere(page, 'dialog-merge')
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await expect(pair).toHaveCount(0)

  await openMachine('ACCOUNTING-7')
  await page.getByRole('link', { name: 'Identity' }).click()
  await expect(page.getByText(/can be taken back until/)).toBeVisible()
  await lookEverywhere(page, 'machine-identity-merged')
  await page.getByRole('button', { name: /^Take the merge of/ }).click()
  await lookEverywhere(page, 'dialog-take-back')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByText('No record was merged into this machine.')).toBeVisible()

  await openMachine(hostname())
  await page.getByRole('link', { name: 'Identity' }).click()
  await expect(page.getByRole('heading', { name: 'Machine keys' })).toBeVisible()
  await lookEverywhere(page, 'machine-identity-own')
})

test('block, merge with another, and remove say beforehand what they do', async () => {
  await openMachine('WORKSHOP-3')
  await expect(page.getByText('sold with the workshop')).toBeVisible()
  await lookEverywhere(page, 'machine-blocked')
  await openMachine(hostname())
  const merge = await act('Merge with another machine…')
  await lookEverywhere(page, 'dialog-merge-with')
  await dismiss(merge)
  const block = await act('Block')
  await expect(block).toContainText('Running sessions end at once')
  await lookEverywhere(page, 'dialog-block')
  await dismiss(block)
  const remove = await act('Remove machine')
  await expect(remove).toContainText('What goes')
  await expect(remove).toContainText('its machine key')
  await expect(remove).toContainText('What stays')
  await lookEverywhere(page, 'dialog-remove')
  await dismiss(remove)
})

test('the audit is filtered, opened and verified', async () => {
  await goTo('Audit')
  await page.getByRole('button', { name: 'Verify' }).click()
  await expect(page.getByText(/entries are in order/)).toBeVisible()
  await lookEverywhere(page, 'audit-verified')
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('workshop')
  const blocked = page.getByRole('row').filter({ hasText: /blocked/ })
  await expect(blocked).toHaveCount(1)
  await blocked.getByRole('button', { name: 'Show details' }).click()
  await expect(page.getByText('sold with the workshop')).toBeVisible()
  await page.getByRole('button', { name: 'Only by this one' }).click()
  await expect(page.getByRole('list', { name: 'Active filters' })).toBeAttached()
  await lookEverywhere(page, 'audit-entry')
})

test('enrollment tokens stand with their uses', async () => {
  await done('POST', '/api/enrollment-tokens', {
    ...{ name: 'Branch in Lisbon, fourth floor', expires_in_seconds: 7 * 86_400, max_uses: null },
    ...{ approval: 'first', networks: ['10.20.0.0/16', '192.168.4.0/24', '2001:db8:4::/48'] },
  })
  await goTo('Enrollment')
  const used = page.getByRole('row').filter({ hasText: 'e2e' })
  await expect(used).toContainText('Used up')
  await expect(page.getByRole('row').filter({ hasText: 'Head office' })).toContainText('1 waiting')
  await lookEverywhere(page, 'enrollment-tokens')
  await used
    .getByRole('button', { name: /machines enrolled with/ })
    .filter({ visible: true })
    .click()
  await expect(page.getByRole('dialog').getByText(hostname())).toBeVisible()
  await lookEverywhere(page, 'dialog-token-uses')
  await dismiss(page.getByRole('dialog'))
  await page.getByRole('button', { name: 'Actions for Head office' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await lookEverywhere(page, 'dialog-token-edit')
  await dismiss(page.getByRole('dialog'))
  await page.getByRole('button', { name: 'Create token' }).first().click()
  await lookEverywhere(page, 'dialog-token-create')
  await page.getByRole('dialog').getByLabel('Name').fill('Reception')
  await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click()
  await expect(page.getByText('The token is ready')).toBeVisible()
  await lookEverywhere(page, 'dialog-token-ready')
})

test('the settings tell the keys and the certificate of the server', async () => {
  await page.goto(`${rig.url}/settings`)
  await expect(page.getByText(/answers only the machine that it runs on/)).toBeVisible()
  await lookEverywhere(page, 'settings-server')
})
