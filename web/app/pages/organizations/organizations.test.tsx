import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { type MockDb, secondSite } from '@mock/db'
import { become, PERMISSIONS } from '@mock/rights-data'
import { expectAccessible } from '~/testing/axe'
import { renderConsole } from '~/testing/render-console'

type User = Awaited<ReturnType<typeof renderConsole>>['user']

const sitesOf = (organization: string) =>
  screen.findByRole('table', { name: `Sites of ${organization}` })

/** The row of a site, by its name. */
const rowOf = async (site: string) => {
  const header = await screen.findByRole('rowheader', { name: site })
  const row = header.closest('tr')
  if (!row) throw new Error(`${site} is not in a row`)
  return row
}

const choose = async (user: User, site: string, item: string) => {
  await user.click(await screen.findByRole('button', { name: `Actions for the site ${site}` }))
  await user.click(await screen.findByRole('menuitem', { name: item }))
}

const named = async (user: User, name: string) => {
  const dialog = await screen.findByRole('dialog')
  const field = within(dialog).getByLabelText('Name')
  await user.clear(field)
  await user.type(field, name)
  await user.click(within(dialog).getByRole('button', { name: 'Save' }))
}

describe('the organizations', () => {
  it('are shown with their sites and how many machines stand at each', async () => {
    const { db } = await renderConsole('/organizations')
    await sitesOf('Atlântico Suporte')
    expect(screen.getByRole('link', { name: 'Organizations' })).toBeInTheDocument()
    const count = async (name: string) => within(await rowOf(name)).findByText(/^\d+$/)
    expect(await count('Main')).toHaveTextContent(String(db.machines.length))
    expect(await count('Lisbon')).toHaveTextContent('0')
    expect(screen.getByText('1 organization')).toBeInTheDocument()
    await expectAccessible()
  })

  it('recover from a failure', async () => {
    const { db, user } = await renderConsole('/organizations', 'failing')
    const notice = await screen.findByRole('alert')
    db.scenario = 'usual'
    await user.click(within(notice).getByRole('button', { name: 'Try again' }))
    await screen.findByRole('heading', { name: 'Atlântico Suporte' })
  })

  it('are for those who manage them', async () => {
    await renderConsole('/organizations', 'technician')
    expect(await screen.findByText(/None of your roles allows you to manage/)).toBeInTheDocument()
    expect(screen.queryByRole('link', { name: 'Organizations' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'New organization' })).toBeNull()
  })

  it('have buttons only where somebody manages them, and new ones are for the whole server', async () => {
    await renderConsole('/organizations', 'usual', (db) => {
      become(db.me!, 'administrator')
      const made = {
        created_at: '2026-02-01T09:00:00Z',
        archived_at: null,
        archived_by_name: null,
        etag: '"1"',
      }
      db.organizations.push({ id: 'org-2', name: 'Baía Norte', ...made })
      db.sites.push({ id: 'site-2', organization_id: 'org-2', name: 'Porto', ...made })
      db.me!.organizations.push({
        id: 'org-2',
        name: 'Baía Norte',
        archived_at: null,
        roles: [],
        permissions: PERMISSIONS.viewer,
      })
    })
    await rowOf('Porto')
    expect(screen.getByRole('button', { name: 'New site of Atlântico Suporte' })).toBeVisible()
    expect(screen.queryByRole('button', { name: 'New site of Baía Norte' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'Actions for the site Porto' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'New organization' })).toBeNull()
  })

  it('begin with a site of the same name', async () => {
    const { user } = await renderConsole('/organizations')
    await user.click(await screen.findByRole('button', { name: 'New organization' }))
    await expectAccessible()
    await named(user, 'Baía Norte')
    expect(await screen.findByText('The organization Baía Norte was created')).toBeInTheDocument()
    const table = await sitesOf('Baía Norte')
    expect(await within(table).findByRole('rowheader', { name: 'Baía Norte' })).toBeVisible()
  })

  it('are renamed, after somebody else’s name was shown', async () => {
    const { user } = await renderConsole('/organizations')
    const rename = 'Rename the organization Atlântico Suporte'
    await user.click(await screen.findByRole('button', { name: rename }))
    await named(user, 'conflict')
    expect(await screen.findByText('Changed by somebody else meanwhile')).toBeInTheDocument()
    expect(screen.getByText(/It is called “Somebody’s choice” now/)).toBeInTheDocument()
    await named(user, 'Atlântico')
    expect(await screen.findByText('The organization is called Atlântico now')).toBeInTheDocument()
    await screen.findByRole('heading', { name: 'Atlântico', level: 2 })
  })
})

describe('a site', () => {
  it('is made, and says which field is wrong', async () => {
    const { db, user } = await renderConsole('/organizations')
    const create = await screen.findByRole('button', { name: 'New site of Atlântico Suporte' })
    create.focus()
    await user.keyboard('{Enter}')
    const dialog = await screen.findByRole('dialog', {
      name: 'Create a site of Atlântico Suporte',
    })
    expect(within(dialog).getByRole('button', { name: 'Save' })).toBeDisabled()
    await named(user, 'Re\u200bcife')
    await waitFor(() => expect(screen.getByLabelText('Name')).toBeInvalid())
    await named(user, 'Recife')
    await rowOf('Recife')
    expect(db.sites.at(-1)).toMatchObject({ name: 'Recife' })
  })

  it('is renamed, after somebody else’s name was shown', async () => {
    const { user } = await renderConsole('/organizations')
    await choose(user, 'Lisbon', 'Rename')
    await named(user, 'conflict')
    expect(await screen.findByText(/It is called “Somebody’s choice” now/)).toBeInTheDocument()
    await named(user, 'Lisboa')
    await rowOf('Lisboa')
  })

  it('is deleted when nothing stands there', async () => {
    const { db, user } = await renderConsole('/organizations', 'usual', ({ sites }) =>
      sites.push({ ...secondSite, id: 'site-3', name: 'Old depot' }),
    )
    await choose(user, 'Old depot', 'Delete')
    const question = await screen.findByRole('alertdialog')
    await expectAccessible()
    await user.click(within(question).getByRole('button', { name: 'Delete' }))
    expect(await screen.findByText('The site Old depot was deleted')).toBeInTheDocument()
    await waitFor(() => expect(screen.queryByRole('rowheader', { name: 'Old depot' })).toBeNull())
    expect(db.sites).toHaveLength(2)
  })

  it('says what stands there when it is in use', async () => {
    const { db, user } = await renderConsole('/organizations')
    await choose(user, 'Lisbon', 'Delete')
    const question = await screen.findByRole('alertdialog')
    await user.click(within(question).getByRole('button', { name: 'Delete' }))
    expect(await within(question).findByText('The site is in use')).toBeInTheDocument()
    expect(within(question).getByText(/machines stand there/)).toBeInTheDocument()
    expect(db.sites).toHaveLength(2)
  })
})

describe('archiving', () => {
  const addSecond = (db: MockDb) => {
    const made = {
      created_at: '2026-02-01T09:00:00Z',
      archived_at: null,
      archived_by_name: null,
      etag: '"1"',
    }
    db.organizations.push({ id: 'org-2', name: 'Baía Norte', ...made })
    db.sites.push({ id: 'site-2', organization_id: 'org-2', name: 'Porto', ...made })
    db.me!.organizations.push({
      ...db.me!.organizations[0]!,
      id: 'org-2',
      name: 'Baía Norte',
    })
  }

  it('says what it does, takes an organization out of the list, and is taken back', async () => {
    const { db, user } = await renderConsole('/organizations', 'usual', addSecond)
    const label = 'Archive the organization Baía Norte'
    await user.click(await screen.findByRole('button', { name: label }))
    const question = await screen.findByRole('alertdialog')
    expect(
      within(question).getByText(/enrollment tokens, support codes and open invitations/),
    ).toBeInTheDocument()
    await expectAccessible()
    await user.click(within(question).getByRole('button', { name: 'Archive' }))
    await screen.findByText('The organization Baía Norte is archived')
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Baía Norte' })).toBeNull())
    expect(db.organizations.at(-1)!.archived_at).not.toBeNull()

    await user.click(screen.getByRole('switch', { name: 'Show archived' }))
    await screen.findByRole('heading', { name: 'Baía Norte' })
    expect(screen.queryByRole('button', { name: 'New site of Baía Norte' })).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Restore the organization Baía Norte' }))
    await screen.findByText('The organization Baía Norte is back')
    await screen.findByRole('button', { name: 'New site of Baía Norte' })
    expect(db.organizations.at(-1)!.archived_at).toBeNull()
  })

  it('says what is there still', async () => {
    const { db, user } = await renderConsole('/organizations', 'usual', addSecond)
    const label = 'Archive the organization Atlântico Suporte'
    await user.click(await screen.findByRole('button', { name: label }))
    const question = await screen.findByRole('alertdialog')
    await user.click(within(question).getByRole('button', { name: 'Archive' }))
    expect(await within(question).findByText('The organization is in use')).toBeInTheDocument()
    expect(within(question).getByText(/machines stand there/)).toBeInTheDocument()
    expect(db.organizations[0]!.archived_at).toBeNull()
  })

  it('is for who makes organizations, and of sites for who manages theirs', async () => {
    const { db, user } = await renderConsole('/organizations', 'usual', (mock) => {
      mock.sites.push({ ...secondSite, id: 'site-3', name: 'Old depot' })
      become(mock.me!, 'administrator')
    })
    await choose(user, 'Old depot', 'Archive')
    expect(screen.queryByRole('button', { name: /^Archive the organization/ })).toBeNull()
    const question = await screen.findByRole('alertdialog')
    await user.click(within(question).getByRole('button', { name: 'Archive' }))
    await screen.findByText('The site Old depot is archived')
    await waitFor(() => expect(screen.queryByRole('rowheader', { name: /Old depot/ })).toBeNull())
    await user.click(screen.getByRole('switch', { name: 'Show archived' }))
    await choose(user, 'Old depot', 'Restore')
    await screen.findByText('The site Old depot is back')
    expect(db.sites.at(-1)!.archived_at).toBeNull()
  })

  it('takes a place out of what can be chosen', async () => {
    await renderConsole('/people?invite=true', 'usual', (db) => {
      addSecond(db)
      db.me!.organizations[1]!.archived_at = '2026-03-01T09:00:00Z'
    })
    const dialog = await screen.findByRole('dialog')
    await within(dialog).findByRole('option', { name: 'Atlântico Suporte' })
    expect(within(dialog).queryByRole('option', { name: 'Baía Norte' })).toBeNull()
  })
})
