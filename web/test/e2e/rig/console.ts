/**
 * What a person does in the console, by the names a person sees: set up, sign in, find the machine.
 */
import { expect, type Locator, type Page } from '@playwright/test'

import type { Rig } from './rig'

export const owner = {
  name: 'Olivia Owner',
  email: 'olivia@example.org',
  password: 'harbor-violet-ladder-39-moss',
  organization: 'Lighthouse Works',
}

/** Sets the owner up by the form behind `link`. */
export async function setUp(page: Page, link: string): Promise<void> {
  await fillSetUp(page, link)
  await expect(page.getByRole('heading', { name: 'Machines', level: 1 })).toBeVisible()
}

/** Fills in the owner's form behind `link` and sends it. */
export async function fillSetUp(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await page.getByLabel('Organization').fill(owner.organization)
  await page.getByRole('button', { name: 'Create the account' }).click()
}

/** As the owner on the page of all machines, whoever was there before. */
export async function asOwner(page: Page, rig: Rig): Promise<void> {
  const link = await rig.signInLink()
  if (link.includes('/setup')) {
    await setUp(page, link)
  } else {
    await page.goto(link)
    await expect(page.getByRole('heading', { name: 'Machines', level: 1 })).toBeVisible()
  }
}

/** The row of the one machine. */
export function machineRow(page: Page): Locator {
  return page.locator('[data-machine]').first()
}

/** Until the list shows the machine online. */
export async function seeOnline(page: Page, timeout = 10_000): Promise<void> {
  await seeStatus(page, /^Online/, timeout)
}

/** Until the list shows the machine offline. */
export async function seeOffline(page: Page, timeout = 10_000): Promise<void> {
  await seeStatus(page, /^Offline/, timeout)
}

async function seeStatus(page: Page, status: RegExp, timeout: number): Promise<void> {
  // The row says it twice: once for wide and once for narrow windows.
  const shown = machineRow(page).getByText(status).filter({ visible: true }).first()
  await expect(shown).toBeVisible({ timeout })
}

/** Sends what the page's own login may send, from inside the page. */
export function call(page: Page, method: string, path: string, body?: unknown): Promise<Answer> {
  return page.evaluate(
    async ([verb, address, content]) => {
      const answer = await fetch(address, {
        method: verb,
        ...(content === undefined
          ? {}
          : { body: content, headers: { 'content-type': 'application/json' } }),
      })
      const text = await answer.text()
      return { status: answer.status, body: (text ? JSON.parse(text) : null) as unknown }
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
  )
}

export interface Answer {
  status: number
  body: unknown
}

export interface SessionRow {
  id: string
  state: string
  end: { reason: string } | null
}

/** All sessions as the server has them, newest first. */
export async function sessions(page: Page): Promise<SessionRow[]> {
  const { body } = await call(page, 'GET', '/api/sessions')
  return (body as { items: SessionRow[] }).items
}

/** The newest session as the server has it. */
export async function lastSession(page: Page): Promise<SessionRow> {
  const session = (await sessions(page))[0]
  if (!session) throw new Error('there is no session')
  return session
}
