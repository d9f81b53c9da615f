/**
 * What a real agent finds in a real machine, in a real browser: the machine's page, and the list that finds machines by it.
 */
import { hostname } from 'node:os'

import { expect, test } from '@playwright/test'

import { asOwner, machineRow, seeOnline } from './rig/console'
import { look } from './rig/look'
import { Rig } from './rig/rig'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

test('a machine tells what it is made of, and is found by it', async ({ page }) => {
  await asOwner(page, rig)
  await seeOnline(page)
  await machineRow(page).getByRole('link', { name: hostname() }).first().click()

  // Sections come one after the other, and the page shows each by itself.
  await expect(page.getByText('Copy as text')).toBeVisible({ timeout: 60_000 })
  const parts = page.getByRole('navigation', { name: 'About this machine' })
  await parts.getByRole('link', { name: 'Software', exact: true }).click()
  const packages = page.getByRole('table', { name: 'Packages' })
  await expect(packages).toBeVisible({ timeout: 60_000 })
  await page.getByLabel('Filter Packages').fill('coreutils')
  await expect(packages.getByRole('rowheader', { name: 'coreutils' })).toBeVisible()
  await look(page, 'machine-software')
  await parts.getByRole('link', { name: 'People', exact: true }).click()
  await expect(page.getByRole('rowheader', { name: 'root', exact: true }).first()).toBeVisible()
  await look(page, 'machine-people')
  await page.goBack()
  await expect(packages).toBeVisible()

  // Whoever wants it newer asks for it.
  await page.getByRole('button', { name: 'Read again' }).click()
  await expect(page.getByText('The agent has delivered.')).toBeVisible({ timeout: 60_000 })

  // The list finds the machine by what is in it, and explains what is no search.
  await page.getByRole('link', { name: 'Machines' }).first().click()
  const box = page.getByRole('combobox', { name: 'Search machines' })
  await box.fill('software:coreutils admin:root')
  await expect(page.getByText('1 machine found')).toBeVisible()
  await expect(machineRow(page)).toContainText(hostname())
  await look(page, 'machines-search')
  await box.fill('software:no-such-thing')
  await expect(page.getByText(/No machine matches/)).toBeVisible()
  await box.fill('softwar:coreutils')
  await expect(page.getByText(/There is no field “softwar”/)).toBeVisible()
  await page.getByRole('button', { name: 'Use “software”' }).click()
  await expect(box).toHaveValue(/^software:/)
  await expect(page.getByText('1 machine found')).toBeVisible()
})
