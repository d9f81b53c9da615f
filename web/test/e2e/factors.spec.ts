/**
 * An owner protects their account: an authenticator app and a passkey, each used to sign in, and other logins ended. The browser's
 * own passkeys are real; the device that keeps them is the one that Chromium has for tests.
 *
 * Passkeys need a name, so the console is opened at `localhost`.
 */
import { createHmac } from 'node:crypto'

import type { Page } from '@playwright/test'

import { owner, setUp } from './rig/console'
import { violations } from './rig/look'
import { addDevice } from './rig/passkeys'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start({ agent: false })
})
test.afterEach(async () => {
  await rig.stop()
})

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP_MS = 30_000

function bytesOf(base32: string): Buffer {
  const bits = Array.from(base32.replaceAll(/[^A-Z2-7]/g, ''), (letter) =>
    BASE32.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** The code of a step, as an app counts it (RFC 6238; RFC 4226, 5.3). */
function codeOf(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 0x0f
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

const stepNow = () => Math.floor(Date.now() / STEP_MS)

async function expectAccessible(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
}

async function openAccount(page: Page): Promise<void> {
  await page.getByRole('button', { name: /Account: / }).click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await expect(page.getByRole('heading', { name: 'Your account', level: 1 })).toBeVisible()
  await expect(page.getByText('This one')).toBeVisible()
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /Account: / }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
}

/** As far as the second step. */
async function givePassword(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill(owner.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible()
}

const machines = (page: Page) => page.getByRole('heading', { name: 'Machines', level: 1 })

test('an owner adds an app and a passkey, signs in with each, and ends other logins', async ({
  page,
  browser,
}) => {
  await addDevice(page)
  const link = new URL(await rig.signInLink())
  link.hostname = 'localhost'
  await setUp(page, link.href)

  // The app: its secret is shown, and a code of it shown back.
  await openAccount(page)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add an app' }).click()
  const adding = page.getByRole('dialog', { name: 'Add an authenticator app' })
  await expect(adding.getByRole('img', { name: /^QR code/ })).toBeVisible()
  const secret = await adding.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{1,4}){3,}$/).textContent()
  if (!secret) throw new Error('no secret is shown')
  await expectAccessible(page)
  // A code counts once, and one step off is allowed for clocks: each use takes a step of its own.
  const first = stepNow()
  await adding.getByLabel('Code that the app shows').fill(codeOf(secret, first - 1))
  const codes = page.getByRole('dialog', { name: 'Keep these recovery codes' })
  await expect(codes.getByRole('listitem')).toHaveCount(10)
  const recovery = await codes.getByRole('listitem').first().textContent()
  if (!recovery) throw new Error('no recovery code is shown')
  await expectAccessible(page)
  await codes.getByRole('button', { name: 'I have kept them' }).click()
  await expect(page.getByText(/^In use since/)).toBeVisible()
  await expect(page.getByText('10 codes left')).toBeVisible()

  // The password alone is not enough now.
  await signOut(page)
  await expectAccessible(page)
  await givePassword(page)
  await expectAccessible(page)
  const field = page.getByLabel('Code of the authenticator app')
  await field.fill(codeOf(secret, first - 1))
  await expect(page.getByRole('alert')).toContainText('This code is not right')
  await field.fill(codeOf(secret, stepNow()))
  await expect(machines(page)).toBeVisible()

  // A passkey in this device.
  await openAccount(page)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  const naming = page.getByRole('dialog', { name: 'Add a passkey' })
  await naming.getByLabel('Name').fill('This laptop')
  await naming.getByRole('button', { name: 'Add a passkey' }).click()
  await expect(page.getByRole('cell', { name: 'This laptop', exact: true })).toBeVisible()
  await expectAccessible(page)

  // It signs in alone.
  await signOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(machines(page)).toBeVisible()

  // Another browser, with a recovery code, which works once.
  const apart = await browser.newContext()
  const other = await apart.newPage()
  await other.goto(`http://localhost:${rig.port}/`)
  await givePassword(other)
  await other.getByRole('button', { name: 'Use a recovery code' }).click()
  await other.getByLabel('Recovery code').fill(recovery)
  await other.getByRole('button', { name: 'Confirm' }).click()
  await expect(machines(other)).toBeVisible()

  // It is seen here, and ended with all it has open.
  await openAccount(page)
  await expect(page.getByText('9 codes left')).toBeVisible()
  const logins = page.getByRole('region', { name: 'Logins' })
  await expect(logins.getByRole('cell', { name: /^Passkey/ })).toBeVisible()
  await expect(logins.getByRole('cell', { name: /^Password and recovery code/ })).toBeVisible()
  const attempts = page.getByRole('region', { name: 'Recent sign-ins' })
  await expect(attempts.getByRole('row').filter({ hasText: 'wrong code' })).toHaveCount(1)
  await logins.getByRole('button', { name: 'End all others' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'End all others' }).click()
  await expect(logins.getByText('You are signed in nowhere else.')).toBeVisible()
  await expect(other.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await apart.close()
})
