/**
 * Every page of the console in both themes: a picture for people to look at (`test-results/pages`) and the automatic
 * part of an accessibility review.
 */
import { join } from 'node:path'

import { asOwner, owner, seeOnline } from './rig/console'
import { look } from './rig/look'
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

test('set-up', async ({ page }) => {
  await page.goto(await rig.signInLink())
  await expect(page.getByLabel('Your name')).toBeVisible()
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await expect(page.getByText('Very hard to guess')).toBeVisible()
  await look(page, 'setup')
})

test('sign-in', async ({ page }) => {
  await page.goto(`${rig.url}/sign-in`)
  await expect(page.getByLabel('E-mail')).toBeVisible()
  await look(page, 'sign-in')
})

test('the viewer', async ({ page }) => {
  await asOwner(page, rig)
  await seeOnline(page)
  await rig.display.typewriter(join(rig.folder, 'typed'))
  const viewer = await Viewer.connect(page)
  await viewer.expectSamePicture(rig.display)
  await look(page, 'viewer')
  await viewer.end()
  await expect(page.getByText('You ended it.')).toBeVisible()
  await look(page, 'viewer-ended')
})

test('machines, one machine, sessions, enrollment, access rules, people, quarantine, duplicates, audit, settings, operations', async ({
  page,
}) => {
  await asOwner(page, rig)
  await seeOnline(page)
  await look(page, 'machines')
  await page.locator('[data-machine]').getByRole('link').first().click()
  await expect(page.getByText('Machine id').first()).toBeVisible()
  await look(page, 'machine')
  await page.getByRole('link', { name: 'Identity' }).click()
  await expect(page.getByRole('heading', { name: 'Machine keys' })).toBeVisible()
  await look(page, 'machine-identity')
  for (const name of [
    'Sessions',
    'Enrollment',
    'Access rules',
    'People',
    'Quarantine',
    'Duplicates',
    'Audit',
    'Settings',
    'Operations',
  ]) {
    await page.getByRole('link', { name, exact: true }).first().click()
    await expect(page.getByRole('heading', { name, exact: true }).first()).toBeVisible()
    await look(page, name.toLowerCase().replace(' ', '-'))
  }
})

test('at 1280×720 nothing is cut off', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 })
  await asOwner(page, rig)
  for (const path of [
    ...['/machines', '/sessions', '/enrollment', '/audit'],
    ...['/access', '/people', '/quarantine', '/duplicates', '/settings'],
    '/operations',
  ]) {
    await page.goto(`${rig.url}${path}`)
    await expect(page.getByRole('heading').first()).toBeVisible()
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(wider, path).toBeLessThanOrEqual(0)
  }
})
