/**
 * Single sign-on in a real browser, with a provider that is not ours: the owner sets it up and looks whether it answers; somebody new
 * signs in there, lands where they wanted to go with the role of their group, and signs out here and there.
 */

import { asOwner, owner } from './rig/console'
import { OpenIdProvider } from './rig/openid'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'

let rig: Rig
let provider: OpenIdProvider

test.beforeEach(async () => {
  rig = await Rig.start({ agent: false })
  provider = await OpenIdProvider.start(rig.folder, rig.url, {
    ana: {
      name: 'Ana Lima',
      email: 'ana@example.org',
      email_verified: true,
      groups: ['support'],
    },
  })
})
test.afterEach(async () => {
  await provider.stop()
  await rig.stop()
})

test('somebody of a real provider signs in, works, and signs out here and there', async ({
  page,
  browser,
}) => {
  test.setTimeout(120_000)
  await asOwner(page, rig)
  await page.getByRole('link', { name: 'Single sign-on', exact: true }).click()
  await page.getByRole('button', { name: 'New provider' }).click()
  const dialog = page.getByRole('dialog', { name: 'New identity provider' })
  await dialog.getByLabel('Name').fill('Example ID')
  await dialog.getByLabel('Issuer').fill(provider.issuer)
  await dialog.getByLabel('Client ID').fill('farol')
  await dialog.getByLabel('Client secret').fill('a secret of the two of us')
  await dialog.getByLabel('Scopes').fill('profile email groups')
  await dialog.getByLabel('Whoever is new gets an account').click()
  await dialog.getByLabel('Claim with the groups').fill('groups')
  await dialog.getByRole('button', { name: 'Add a group' }).click()
  await dialog.getByLabel('Group', { exact: true }).fill('support')
  await dialog.getByLabel('Role', { exact: true }).selectOption({ label: 'Technician' })
  await dialog.getByLabel('Where').selectOption({ label: owner.organization })
  await dialog.getByRole('button', { name: 'Create' }).click()
  const check = page.getByRole('dialog', { name: 'Check of Example ID' })
  await expect(check.getByText('The issuer answers as it should')).toBeVisible()
  await expect(check.getByText(`${rig.url}/api/oidc/callback`)).toBeVisible()

  // Their own browser: from a page that needs a login to the provider, and back to that page.
  const apart = await browser.newContext()
  const theirs = await apart.newPage()
  await theirs.goto(`${rig.url}/sessions`)
  await theirs.getByRole('link', { name: 'Sign in with Example ID' }).click()
  await theirs.waitForURL(`${provider.issuer}/**`)
  await theirs.locator('input[name=login]').fill('ana')
  await theirs.locator('input[name=password]').fill('anything')
  await theirs.getByRole('button').first().click()
  await theirs.getByRole('button', { name: /continue/i }).click()
  await expect(theirs.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()
  expect(new URL(theirs.url()).pathname).toBe('/sessions')
  // The login outlives a reload: its cookie is this site's alone, and was set on the way from another one.
  await theirs.reload()
  await expect(theirs.getByRole('heading', { name: 'Sessions', exact: true })).toBeVisible()
  const navigation = theirs.getByRole('navigation', { name: 'Main navigation' })
  await expect(navigation.getByRole('link', { name: 'Support', exact: true })).toBeVisible()
  await expect(navigation.getByRole('link', { name: 'People', exact: true })).toHaveCount(0)

  // Out here, and, on the way, there.
  await theirs.getByRole('button', { name: /Ana Lima/ }).click()
  await theirs.getByRole('menuitem', { name: 'Sign out' }).click()
  await theirs.waitForURL(`${provider.issuer}/session/end**`)
  await theirs.getByRole('button', { name: /yes/i }).click()
  await expect(theirs.getByRole('link', { name: 'Sign in with Example ID' })).toBeVisible()
  expect(theirs.url().startsWith(`${rig.url}/sign-in`)).toBe(true)
  await theirs.getByRole('link', { name: 'Sign in with Example ID' }).click()
  await expect(theirs.locator('input[name=login]')).toBeVisible()

  // Whoever says no there is told so here.
  await theirs.getByRole('link', { name: /cancel/i }).click()
  await expect(theirs.getByText('The identity provider did not let you in')).toBeVisible()
  await apart.close()
})
