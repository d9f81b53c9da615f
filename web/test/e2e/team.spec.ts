/**
 * A team of three in two organizations: an owner with a password, a technician of the one who comes by single sign-on, and somebody who
 * looks after the other with a passkey. Each works on the machine that is theirs, and sees nothing of what is not.
 */
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { asOwner, call, lastSession, machineRow, owner, seeOnline } from './rig/console'
import { OpenIdProvider } from './rig/openid'
import { addDevice } from './rig/passkeys'
import { Rig } from './rig/rig'
import { expect, test } from './rig/test'
import { Viewer } from './rig/viewer'

let rig: Rig
let provider: OpenIdProvider

test.beforeEach(async () => {
  rig = await Rig.start()
  provider = await OpenIdProvider.start(rig.folder, rig.url, {
    ana: { name: 'Ana Lima', email: 'ana@example.org', email_verified: true, groups: ['support'] },
  })
})
test.afterEach(async () => {
  await provider.stop()
  await rig.stop()
})

const second = { organization: 'Northern Ferry', machine: 'ferry-till' }
const vera = {
  name: 'Vera Viana',
  email: 'vera@example.org',
  password: 'copper-window-basil-71-tide',
}

interface Named {
  id: string
  name: string
}

/** Sends what this page's login may send, and expects it to be done. */
async function done<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await call(page, method, path, body)
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body as T
}

async function machines(page: Page): Promise<Named[]> {
  return (await done<{ items: Named[] }>(page, 'GET', '/api/machines')).items
}

/** The second organization, with a machine in it that is online. */
async function addSecond(page: Page): Promise<string> {
  const made = await done<Named>(page, 'POST', '/api/organizations', { name: second.organization })
  const sites = await done<{ items: (Named & { organization_id: string })[] }>(
    ...([page, 'GET', '/api/sites'] as const),
  )
  const site = sites.items.find(({ organization_id }) => organization_id === made.id)
  const { token } = await done<{ token: string }>(page, 'POST', '/api/enrollment-tokens', {
    ...{ name: 'Tills', site_id: site?.id, expires_in_seconds: 3600, approval: 'automatic' },
  })
  const before = new Set((await machines(page)).map(({ id }) => id))
  const state = join(rig.folder, 'second')
  await rig.enrollWith(token, state)
  rig.startCopy(state)
  const added = (await machines(page)).find(({ id }) => !before.has(id))
  if (!added) throw new Error('the second machine was not enrolled')
  await page.evaluate(
    async ([id, name]) => {
      const headers = { 'content-type': 'application/json', 'if-match': '*' }
      const body = JSON.stringify({ name })
      await fetch(`/api/machines/${id}`, { method: 'PATCH', headers, body })
    },
    [added.id, second.machine] as const,
  )
  await expect(page.locator('[data-machine]')).toHaveCount(2)
  return made.id
}

/** Ana, who has no account yet, by the provider. */
async function signInThere(theirs: Page): Promise<void> {
  await theirs.goto(rig.url)
  await theirs.getByRole('link', { name: 'Sign in with Example ID' }).click()
  await theirs.locator('input[name=login]').fill('ana')
  await theirs.locator('input[name=password]').fill('anything')
  await theirs.getByRole('button').first().click()
  await theirs.getByRole('button', { name: /continue/i }).click()
  await expect(theirs.getByRole('heading', { name: 'Machines', level: 1 })).toBeVisible()
}

/** Vera, by an invitation, who then has a passkey and signs in with that alone. */
async function comeWithPasskey(theirs: Page, invitation: string): Promise<void> {
  await addDevice(theirs)
  // Passkeys need a name.
  const link = new URL(invitation)
  link.hostname = 'localhost'
  await theirs.goto(link.href)
  await theirs.getByLabel('Your name').fill(vera.name)
  await theirs.getByLabel('New password', { exact: true }).fill(vera.password)
  await theirs.getByRole('button', { name: 'Create the account' }).click()
  await theirs.getByRole('button', { name: /Account: / }).click()
  await theirs.getByRole('menuitem', { name: 'Your account' }).click()
  await theirs.getByRole('button', { name: 'Add a passkey' }).click()
  const naming = theirs.getByRole('dialog', { name: 'Add a passkey' })
  await naming.getByLabel('Name').fill('This laptop')
  await naming.getByRole('button', { name: 'Add a passkey' }).click()
  // It is the first factor of the account.
  await theirs.getByRole('button', { name: 'I have kept them' }).click()
  await expect(theirs.getByRole('cell', { name: 'This laptop', exact: true })).toBeVisible()
  await theirs.getByRole('button', { name: /Account: / }).click()
  await theirs.getByRole('menuitem', { name: 'Sign out' }).click()
  await theirs.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await expect(theirs.getByRole('heading', { name: 'Machines', level: 1 })).toBeVisible()
}

/** That this page sees one machine of the two, and nothing of the other's organization. */
async function seesOnly(theirs: Page, machine: string, other: Named, organization: string) {
  await expect(theirs.locator('[data-machine]')).toHaveCount(1)
  await expect(machineRow(theirs)).toContainText(machine)
  expect(await machines(theirs)).toHaveLength(1)
  for (const path of [`/api/machines/${other.id}`, `/api/machines/${other.id}/access`])
    expect((await call(theirs, 'GET', path)).status, path).toBe(404)
  const asked = { rights: ['view'], viewer_key: 'A'.repeat(43) }
  const opened = await call(theirs, 'POST', `/api/machines/${other.id}/sessions`, asked)
  expect([400, 404], JSON.stringify(opened.body)).toContain(opened.status)
  for (const path of ['/api/machines', '/api/organizations', '/api/sites', '/api/sessions']) {
    const answer = await call(theirs, 'GET', path)
    expect(JSON.stringify(answer.body), path).not.toContain(organization)
    expect(JSON.stringify(answer.body), path).not.toContain(other.id)
  }
}

test('three people with different rights work in two organizations', async ({ page, browser }) => {
  test.setTimeout(180_000)
  await asOwner(page, rig)
  await seeOnline(page)
  const [first] = await machines(page)
  if (!first) throw new Error('there is no machine')
  const { items } = await done<{ items: Named[] }>(page, 'GET', '/api/organizations')
  const here = items[0]?.id
  const there = await addSecond(page)
  const till = (await machines(page)).find(({ name }) => name === second.machine)
  if (!till) throw new Error('the second machine has no name')
  await done(page, 'POST', '/api/identity-providers', {
    ...{ name: 'Example ID', issuer: provider.issuer, client_id: 'farol', enabled: true },
    ...{ client_secret: 'a secret of the two of us', scopes: ['profile', 'email', 'groups'] },
    ...{ creates_accounts: true, groups_claim: 'groups' },
    mappings: [
      {
        ...{ group: 'support', role: 'technician' },
        place: { kind: 'organization', organization_id: here },
      },
    ],
  })
  const invited = await done<{ url: string }>(page, 'POST', '/api/account-invitations', {
    ...{ email: vera.email, role: 'viewer', send: false },
    place: { kind: 'organization', organization_id: there },
  })

  const anas = await (await browser.newContext()).newPage()
  await signInThere(anas)
  await seesOnly(anas, first.name, till, second.organization)
  const veras = await (await browser.newContext()).newPage()
  await comeWithPasskey(veras, invited.url)
  await seesOnly(veras, second.machine, first, owner.organization)

  // Ana works on hers; Vera, whose role looks on, may watch hers and no more.
  const viewer = await Viewer.connect(anas)
  await viewer.expectSamePicture(rig.display, 20_000)
  await expect(machineRow(veras).getByRole('link', { name: /^Watch: / })).toBeVisible()
  await expect(machineRow(veras).getByRole('link', { name: /^Connect: / })).toHaveCount(0)
  const session = await lastSession(anas)
  expect((await call(veras, 'GET', `/api/sessions/${session.id}`)).status).toBe(404)
  expect((await call(page, 'GET', `/api/sessions/${session.id}`)).status).toBe(200)
  await viewer.end()

  // The owner sees who did what; each stands in the log of the organization that they work in.
  const audit = await done<{ items: { action: string; actor: { name: string } }[] }>(
    ...([page, 'GET', '/api/audit?limit=200'] as const),
  )
  const started = audit.items.filter(({ action }) => action === 'session.requested')
  expect(started.map(({ actor }) => actor.name)).toEqual(['Ana Lima'])
  await anas.context().close()
  await veras.context().close()
})
