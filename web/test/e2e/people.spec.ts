/**
 * A second person: the owner invites a viewer, who makes an account in a browser of their own, sees the machine and nothing that
 * viewers may not do, and is signed out when the owner disables them.
 */
import { hostname } from 'node:os'

import { asOwner, call, machineRow, owner, seeOnline } from './rig/console'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

const viewer = {
  name: 'Vera Viewer',
  email: 'vera@example.org',
  password: 'copper-window-basil-71-tide',
}

test('a viewer comes by a link, may look and no more, and is signed out when disabled', async ({
  page,
  browser,
}) => {
  await asOwner(page, rig)
  await seeOnline(page)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
  await dialog.getByLabel('E-mail').fill(viewer.email)
  await dialog.getByLabel('Role').selectOption({ label: 'Viewer' })
  await dialog.getByLabel('Where').selectOption({ label: owner.organization })
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const made = page.getByRole('dialog', { name: 'Send this link' })
  const link = await made.getByText(/\/invitation#token=/).textContent()
  if (!link) throw new Error('no link is shown')
  await made.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('row', { name: viewer.email })).toContainText('Open')

  // Their own browser: nobody is signed in there.
  const apart = await browser.newContext()
  const theirs = await apart.newPage()
  await theirs.goto(link)
  await expect(
    theirs.getByText(`${owner.name} invites you as “Viewer” into ${owner.organization}.`),
  ).toBeVisible()
  expect(theirs.url()).not.toContain('#')
  await theirs.getByLabel('Your name').fill(viewer.name)
  await theirs.getByLabel('New password', { exact: true }).fill(viewer.password)
  await theirs.getByRole('button', { name: 'Create the account' }).click()
  await seeOnline(theirs)
  await expect(machineRow(theirs)).toContainText(hostname())

  // What viewers may not do is not offered, and refused when it is asked for all the same.
  const navigation = theirs.getByRole('navigation', { name: 'Main navigation' })
  await expect(navigation.getByRole('link', { name: 'Sessions', exact: true })).toBeVisible()
  for (const name of ['Enrollment', 'Access rules', 'People', 'Audit', 'Settings']) {
    await expect(navigation.getByRole('link', { name, exact: true })).toHaveCount(0)
  }
  await expect(machineRow(theirs).getByRole('link', { name: /^Watch: / })).toBeVisible()
  await expect(machineRow(theirs).getByRole('link', { name: /^Connect: / })).toHaveCount(0)
  for (const path of ['/api/accounts', '/api/enrollment-tokens', '/api/access-rules']) {
    expect((await call(theirs, 'GET', path)).status, path).toBe(403)
  }

  // The link was good once.
  const late = await browser.newContext()
  const stranger = await late.newPage()
  await stranger.goto(link)
  await expect(stranger.getByText('This invitation does not work')).toBeVisible()
  await late.close()

  // The owner sees them come, asks what they may do, and disables them.
  const row = page.getByRole('row', { name: viewer.name })
  await expect(row).toContainText(`Viewer · ${owner.organization}`)
  const actions = row.getByRole('button', { name: `Actions for ${viewer.name}` })
  await actions.click()
  await page.getByRole('menuitem', { name: 'What may they do…' }).click()
  const verdicts = page.getByRole('dialog', { name: `What may ${viewer.name} do?` })
  const line = (name: string) => verdicts.getByRole('listitem').filter({ hasText: name })
  await expect(line('See the screen')).toContainText(`because: Viewer in ${owner.organization}`)
  await expect(line('Control the screen')).toContainText('none of their roles allows it')
  await verdicts.getByRole('button', { name: 'Close' }).click()
  await actions.click()
  await page.getByRole('menuitem', { name: 'Disable…' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
  await expect(row).toContainText('Disabled')

  // Their page is signed out without anything done in it, and their password opens nothing.
  await expect(theirs.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await theirs.getByLabel('E-mail').fill(viewer.email)
  await theirs.getByLabel('Password', { exact: true }).fill(viewer.password)
  await theirs.getByRole('button', { name: 'Sign in' }).click()
  await expect(theirs.getByText('This account is disabled', { exact: true })).toBeVisible()
  await apart.close()
})
