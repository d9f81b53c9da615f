/**
 * Operations in a real browser: a mail server that is away makes the job that sends e-mail fail, with its reason; when it is back, who
 * looks after the server runs the job, sees it work, and the e-mail arrives.
 */
import { expect, test } from '@playwright/test'

import { asOwner, owner } from './rig/console'
import { look } from './rig/look'
import { MailServer } from './rig/mail'
import { freePort, Rig } from './rig/rig'

let rig: Rig
let mail: MailServer | undefined

test.beforeEach(async () => {
  rig = await Rig.start({ agent: false })
})
test.afterEach(async () => {
  await mail?.stop()
  await rig.stop()
})

test('a mail server that is away is the reason until it is back', async ({ page }) => {
  const port = await freePort()
  await asOwner(page, rig)
  const navigation = page.getByRole('navigation', { name: 'Main navigation' })
  const operations = navigation.getByRole('link', { name: /^Operations/ })

  await navigation.getByRole('link', { name: 'E-mail', exact: true }).click()
  await page.getByLabel('Server', { exact: true }).fill('127.0.0.1')
  await page.getByLabel('Protection').selectOption('none')
  await page.getByLabel('Port').fill(String(port))
  await page.getByLabel('Sender’s address').fill('farol@example.org')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('The mail server was saved', { exact: true })).toBeVisible()

  await operations.click()
  await expect(page.getByText('All jobs work')).toBeVisible()
  const row = page.getByRole('row').filter({
    has: page.getByRole('rowheader', { name: /^E-mail/ }),
  })
  await expect(row).toContainText('Works')
  await expect(page.getByRole('row', { name: /^Connections/ })).toContainText('always at work')

  // An invitation that cannot go out.
  await navigation.getByRole('link', { name: 'People', exact: true }).click()
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
  await dialog.getByLabel('E-mail', { exact: true }).fill('vera@example.org')
  await dialog.getByLabel('Where').selectOption({ label: owner.organization })
  await dialog.getByRole('button', { name: 'Send the invitation' }).click()
  const made = page.getByRole('dialog', { name: 'The invitation is on its way' })
  await made.getByRole('button', { name: 'Done' }).click()
  await expect(operations).toHaveAccessibleName('Operations, 1 failing')
  await operations.click()
  await expect(page.getByText('1 job fails')).toBeVisible()
  await expect(page.getByRole('rowheader').first()).toContainText('E-mail')
  await expect(row).toContainText('Fails')
  await expect(row).toContainText(`127.0.0.1:${port}`)
  await expect(row.getByText('unreachable', { exact: true })).toBeVisible()
  await expect(row).toContainText('1 failure in a row')
  await expect(row).toContainText('What to do')
  await look(page, 'operations-failing')

  // It is back. Nobody waits for the next attempt.
  mail = await MailServer.start(rig.folder, port)
  await row.getByRole('button', { name: 'Run now: E-mail' }).click()
  await expect(page.getByText('All jobs work')).toBeVisible()
  await expect(row).toContainText('Works')
  await expect(row).toContainText('Last failure')
  await expect(operations).toHaveAccessibleName('Operations')
  expect(mail.recipients).toEqual(['vera@example.org'])

  await navigation.getByRole('link', { name: 'Audit', exact: true }).click()
  await expect(page.getByText(`${owner.name} made the background job mail run`)).toBeVisible()
})
