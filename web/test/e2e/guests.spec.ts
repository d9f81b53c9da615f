/**
 * Somebody without an account is invited into a session: opens the link in a browser of their own, says who they are, sees the
 * same picture, comes back after a reload, and is sent away again.
 */

import { asOwner, call, owner, seeOnline, sessions } from './rig/console'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { Viewer } from './rig/viewer'

let rig: Rig

test.beforeEach(async () => {
  rig = await Rig.start()
})
test.afterEach(async () => {
  await rig.stop()
})

test('a guest comes by a link, is seen as one, and goes when the invitation is revoked', async ({
  page,
  browser,
}) => {
  test.setTimeout(120_000)
  await asOwner(page, rig)
  await seeOnline(page)
  const host = await Viewer.connect(page)
  await host.expectSamePicture(rig.display)

  await host.openToolbar()
  await page.getByRole('button', { name: 'Who is connected' }).click()
  await page.getByRole('button', { name: 'Invite someone' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite someone to this session' })
  await dialog.getByRole('button', { name: 'Create the link' }).click()
  const link = await dialog.getByLabel('Link for the guest').inputValue()
  expect(link).toMatch(/\/guest#.{16,}$/)

  const apart = await browser.newContext()
  const guestPage = await apart.newPage()
  await guestPage.goto(link)
  await expect(
    guestPage.getByText(new RegExp(`${owner.name} of ${owner.organization}`)),
  ).toBeVisible()
  expect(guestPage.url()).not.toContain('#')
  await guestPage.getByLabel('Your name').fill('Gil Guest')
  await guestPage.getByRole('button', { name: 'Join' }).click()
  const guest = new Viewer(guestPage)
  await guest.expectSamePicture(rig.display)
  await expect(guestPage.getByText(/drives, you watch/)).toBeVisible()

  // Both see each other, and who of them is the guest.
  await expect(dialog.getByText(/^by Gil Guest, /)).toBeVisible()
  await page.keyboard.press('Escape')
  const people = page.getByRole('dialog', { name: 'Who is connected' })
  await expect(people.getByRole('listitem').filter({ hasText: 'Gil Guest' })).toContainText('Guest')
  const show = guestPage.getByRole('button', { name: 'Show the toolbar' })
  if (await show.isVisible()) await show.click()
  await guestPage.getByRole('button', { name: 'Who is connected' }).click()
  await expect(guestPage.getByRole('listitem').filter({ hasText: owner.name })).toContainText(
    'Drives',
  )

  // The tab is loaded anew: the same session goes on.
  await guestPage.reload()
  await guest.expectSamePicture(rig.display)
  const all = await sessions(page)
  expect(all).toHaveLength(2)

  // A login is none of a guest's, and the link works once.
  expect((await call(guestPage, 'GET', '/api/machines')).status).toBe(401)
  const other = await apart.newPage()
  await other.goto(link)
  await expect(other.getByText('This invitation does not work')).toBeVisible()

  await page.getByRole('button', { name: 'Invite someone' }).click()
  await dialog.getByRole('button', { name: 'Revoke the invitation of Gil Guest' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
  await expect(guestPage.getByText('Your invitation was revoked')).toBeVisible()
  await expect(dialog.getByText('Revoked')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await host.expectSamePicture(rig.display)
  await apart.close()

  const states = (await sessions(page)).map(({ state, end }) => [state, end?.reason ?? null])
  expect(states).toEqual([
    ['ended', 'invitation_revoked'],
    ['active', null],
  ])
})
