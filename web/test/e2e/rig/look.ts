/**
 * Looking at a page: a picture for people (`test-results/pages`), and the automatic part of an accessibility review.
 *
 * `look` takes both themes of the page as it is. `lookEverywhere` takes it in both languages and at the width of a screen and of
 * a phone, too, and checks that nothing makes it scroll sideways; axe is asked in one language. It leaves the page as it was.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { expect, type Page } from '@playwright/test'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = join(import.meta.dirname, '../../../test-results/pages')

/** What the Web Content Accessibility Guidelines 2.2 ask for, levels A and AA. */
const guidelines = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

type Theme = 'light' | 'dark'

const screen = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }
/** No picture is higher, however long a list is. */
const HEIGHT_MAX = 4000

interface Finding {
  id: string
  nodes: { html: string; failureSummary: string }[]
}

/** What an automatic review finds, colors included. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as {
      axe: { run: (where: Document, how: object) => Promise<{ violations: Finding[] }> }
    }
    const { violations } = await axe.run(document, {
      runOnly: { type: 'tag', values: tags },
      // Experimental, and taken in by initials and key hints.
      rules: { 'label-content-name-mismatch': { enabled: false } },
    })
    return violations
  }, guidelines)
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
  )
}

/** Chooses under an open page, as another tab would. */
async function prefer(page: Page, name: 'theme' | 'locale', value: string): Promise<void> {
  await page.evaluate(
    ([key, chosen]) => {
      localStorage.setItem(key, chosen)
      globalThis.dispatchEvent(new Event('storage'))
    },
    [`farol.${name}`, value] as const,
  )
  const attribute = name === 'theme' ? 'data-theme' : 'lang'
  await expect(page.locator('html')).toHaveAttribute(attribute, value)
}

/** Takes the picture and, unless told otherwise, asks axe, in each of the themes. */
export async function look(
  page: Page,
  name: string,
  themes: readonly Theme[] = ['light', 'dark'],
  review = true,
): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const findings: string[] = []
  for (const theme of themes) {
    await prefer(page, 'theme', theme)
    await page.screenshot({ path: join(pictures, `${name}-${theme}.png`), animations: 'disabled' })
    if (!review) continue
    findings.push(...(await violations(page)).map((finding) => `${theme}: ${finding}`))
  }
  expect(findings, name).toEqual([])
}

/** Makes the window as high as what is on the page, so that the picture has all of it. */
async function fit(page: Page, { width, height }: typeof screen): Promise<void> {
  await page.setViewportSize({ width, height })
  const needed = await page.evaluate(() => {
    const main = document.querySelector('main')
    const more = main ? main.scrollHeight - main.clientHeight : 0
    return Math.max(document.documentElement.scrollHeight, globalThis.innerHeight + more)
  })
  await page.setViewportSize({ width, height: Math.min(Math.max(height, needed), HEIGHT_MAX) })
}

/** How far the page can be scrolled sideways, in pixels. */
const tooWide = (page: Page): Promise<number> =>
  page.evaluate(() =>
    Math.max(
      ...[document.documentElement, ...document.querySelectorAll('main, [role$=dialog]')].map(
        (element) => element.scrollWidth - element.clientWidth,
      ),
    ),
  )

/** Language, size and theme of four pictures: each of one meets each of another. */
const places = [
  ['en', screen, 'light'],
  ['en', phone, 'dark'],
  ['pt-BR', screen, 'dark'],
  ['pt-BR', phone, 'light'],
] as const

/** Looks at the page in both languages, at the width of a screen and of a phone, in both themes. */
export async function lookEverywhere(page: Page, name: string): Promise<void> {
  for (const [locale, size, theme] of places) {
    await prefer(page, 'locale', locale)
    await fit(page, size)
    const picture = `${name}-${size.width}-${locale}`
    expect(await tooWide(page), `${picture} scrolls sideways`).toBeLessThanOrEqual(0)
    await look(page, picture, [theme], locale === 'en')
  }
  await prefer(page, 'locale', 'en')
  await page.setViewportSize(screen)
}
