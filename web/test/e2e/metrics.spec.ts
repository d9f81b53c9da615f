/**
 * How busy a real machine is, as a real agent measures it, in a real browser: second by second, over the last hour, and in the list.
 */
import { hostname } from 'node:os'

import { expect, test } from '@playwright/test'

import { asOwner, machineRow, seeOnline } from './rig/console'
import { lookEverywhere } from './rig/look'
import { Rig } from './rig/rig'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

test('a machine says how busy it is, each second while somebody looks', async ({ page }) => {
  // The first minute is told when it is over.
  test.setTimeout(180_000)
  await asOwner(page, rig)
  await seeOnline(page)
  await machineRow(page).getByRole('link', { name: hostname() }).first().click()
  const parts = page.getByRole('navigation', { name: 'About this machine' })
  await parts.getByRole('link', { name: 'Metrics', exact: true }).click()

  await page.getByRole('radio', { name: 'Live' }).click()
  const cpu = page.getByRole('slider', { name: 'CPU' })
  await expect(cpu).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Show the numbers as a table' }).click()
  const rows = page.getByRole('table', { name: 'Metrics: Live' }).getByRole('row')
  // The head, and seconds that go on coming.
  await expect.poll(() => rows.count(), { timeout: 30_000 }).toBeGreaterThan(5)
  await expect(rows.nth(1)).toContainText('%')
  await lookEverywhere(page, 'machine-metrics-live')

  // What was measured stands in the last hour, whoever looked.
  await page.getByRole('radio', { name: 'Hour' }).click()
  await expect(cpu).toBeVisible({ timeout: 120_000 })
  await lookEverywhere(page, 'machine-metrics-hour')
  await page.getByRole('link', { name: 'Machines' }).first().click()
  await expect(
    machineRow(page).getByRole('img', { name: /^CPU .* in the last hour$/ }),
  ).toBeVisible()
  await lookEverywhere(page, 'machines-cpu')
})
