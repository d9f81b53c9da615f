/**
 * Every page of the console in both themes: a picture for people to look at (`test-results/pages`) and the automatic
 * part of an accessibility review.
 */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, type Page, test } from '@playwright/test'

import { asOwner, owner, seeOnline } from './rig/console'
import { Rig } from './rig/rig'
import { Viewer } from './rig/viewer'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = join(import.meta.dirname, '../../test-results/pages')

/** What the Web Content Accessibility Guidelines 2.2 ask for, levels A and AA. */
const guidelines = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

let rig: Rig

test.beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  rig = await Rig.start()
})
test.afterAll(async () => {
  await rig.stop()
})

interface Finding {
  id: string
  nodes: { html: string; failureSummary: string }[]
}

/** Takes the picture and asks axe, once in each theme. */
async function look(page: Page, name: string): Promise<void> {
  const findings: string[] = []
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((chosen) => localStorage.setItem('farol.theme', chosen), theme)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.evaluate((chosen) => {
      document.documentElement.dataset['theme'] = chosen
    }, theme)
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    await page.screenshot({ path: join(pictures, `${name}-${theme}.png`), animations: 'disabled' })
    await page.evaluate(axe)
    const violations = await page.evaluate(async (tags) => {
      const { axe } = globalThis as unknown as {
        axe: { run: (where: Document, how: object) => Promise<{ violations: Finding[] }> }
      }
      return (
        await axe.run(document, {
          runOnly: { type: 'tag', values: tags },
          // Experimental, and taken in by initials and key hints.
          rules: { 'label-content-name-mismatch': { enabled: false } },
        })
      ).violations
    }, guidelines)
    for (const { id, nodes } of violations) {
      for (const node of nodes)
        findings.push(`${theme}: ${id}: ${node.html}: ${node.failureSummary}`)
    }
  }
  expect(findings, name).toEqual([])
}

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

test('machines, one machine, sessions, enrollment, quarantine, duplicates, audit, settings', async ({
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
  for (const name of ['Sessions', 'Enrollment', 'Quarantine', 'Duplicates', 'Audit', 'Settings']) {
    await page.getByRole('link', { name, exact: true }).first().click()
    await expect(page.getByRole('heading', { name, exact: true }).first()).toBeVisible()
    await look(page, name.toLowerCase())
  }
})

test('at 1280×720 nothing is cut off', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 })
  await asOwner(page, rig)
  for (const path of [
    ...['/machines', '/sessions', '/enrollment', '/audit'],
    ...['/quarantine', '/duplicates', '/settings'],
  ]) {
    await page.goto(`${rig.url}${path}`)
    await expect(page.getByRole('heading').first()).toBeVisible()
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(wider, path).toBeLessThanOrEqual(0)
  }
})
