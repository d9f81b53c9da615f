/**
 * A webhook from the console to a receiver and back: made with chosen events, its secret shown once, tried, told by an agent that comes
 * and goes, and told again when the receiver said no.
 */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from '@playwright/test'

import { asOwner, seeOnline } from './rig/console'
import { until } from './rig/display'
import { Rig } from './rig/rig'

interface Told {
  headers: IncomingHttpHeaders
  body: string
}

let rig: Rig
let receiver: Server
let folder: string
let told: Told[]
/** What the receiver says next; 204 when nothing is left. */
let answers: number[]

test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'farol-e2e-webhooks-'))
  // A receiver on this machine has to be named.
  const config = join(folder, 'farol.toml')
  writeFileSync(config, '[webhooks]\nnetworks = ["127.0.0.0/8"]\n')
  told = []
  answers = []
  receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      told.push({ headers: request.headers, body })
      response.writeHead(answers.shift() ?? 204).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  rig = await Rig.start({ server: { FAROL_CONFIG: config } })
})
test.afterEach(async () => {
  await rig.stop()
  await new Promise((resolve) => receiver.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

const typeOf = ({ body }: Told): unknown => (JSON.parse(body) as { type: unknown }).type

/** As receivers verify it. */
function verified({ headers, body }: Told, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const signature = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  return String(headers['webhook-signature']).split(' ').includes(signature)
}

const arrived = (count: number) =>
  until(`${count} events arrive`, () => Promise.resolve(told[count - 1]))

test('a receiver is told of machines that come and go', async ({ page }) => {
  test.setTimeout(120_000)
  await asOwner(page, rig)
  await seeOnline(page)
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
  await page.getByRole('button', { name: 'New webhook' }).click()
  const dialog = page.getByRole('dialog', { name: 'New webhook' })
  await dialog.getByLabel('Name').fill('On call')
  const { port } = receiver.address() as AddressInfo
  await dialog.getByLabel('Address of the receiver').fill(`http://127.0.0.1:${port}/farol`)
  await dialog.getByRole('button', { name: /^Machines / }).click()
  await dialog.getByLabel('Machine came online').check()
  await dialog.getByLabel('Machine went offline').check()
  await dialog.getByRole('button', { name: 'Make the webhook' }).click()
  const ready = page.getByRole('dialog', { name: 'The webhook is made' })
  const secret = await ready.getByText(/^whsec_/).textContent()
  if (!secret) throw new Error('no secret is shown')
  await ready.getByRole('button', { name: 'I have copied it' }).click()

  await page.getByRole('link', { name: 'On call' }).click()
  await page.getByRole('button', { name: 'Send a test event' }).click()
  await expect(page.getByText(/has taken the test event \(204/)).toBeVisible()
  const tested = await arrived(1)
  expect([typeOf(tested), verified(tested, secret)]).toEqual(['webhook.test', true])
  expect(verified({ ...tested, body: `${tested.body} ` }, secret)).toBe(false)

  // The receiver says no once, and is told again under the same id.
  answers = [500]
  await rig.killAgent()
  const first = await arrived(2)
  expect([typeOf(first), verified(first, secret)]).toEqual(['machine.offline', true])
  const row = page.getByRole('row', { name: /Machine went offline/ })
  await expect(row).toContainText(/the receiver said no · 1 attempt · next attempt/)
  const second = await arrived(3)
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  await expect(row).toContainText('Delivered')
  await row.getByRole('button', { name: /Details of/ }).click()
  const detail = page.getByRole('dialog', { name: 'Machine went offline' })
  await expect(detail.getByRole('table', { name: 'Attempts' }).getByRole('row')).toHaveCount(3)
  await detail.getByRole('button', { name: 'Close' }).click()

  // It comes back, and what was delivered can be sent once more.
  rig.startAgent()
  expect(typeOf(await arrived(4))).toBe('machine.online')
  await row.getByRole('button', { name: /^Send “Machine went offline”/ }).click()
  expect((await arrived(5)).headers['webhook-id']).toBe(first.headers['webhook-id'])
})
