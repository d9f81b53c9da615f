/** Organizations and sites. Special value: what is renamed to `conflict` was renamed by somebody else first. */
import type { Organization, Site } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { checkedName, nextVersion, requireAt, requireForServer, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/organizations'
  | 'POST /api/organizations'
  | 'PATCH /api/organizations/{id}'
  | 'POST /api/organizations/{id}/archive'
  | 'POST /api/organizations/{id}/restore'
  | 'GET /api/sites'
  | 'POST /api/sites'
  | 'PATCH /api/sites/{id}'
  | 'DELETE /api/sites/{id}'
  | 'POST /api/sites/{id}/archive'
  | 'POST /api/sites/{id}/restore'

export function organizationHandlers(db: MockDb): Handlers<Names> {
  const mine = (id: string) => db.me?.organizations.some((organization) => organization.id === id)
  const find = (id: string): Organization => {
    const found = db.organizations.find((candidate) => candidate.id === id)
    if (!found || !mine(id)) throw notFound('organization')
    return found
  }
  const findSite = (id: string): Site => {
    const found = db.sites.find((candidate) => candidate.id === id)
    if (!found || !mine(found.organization_id)) throw notFound('site')
    requireAt(db, 'organization.manage', found.organization_id)
    return found
  }
  const made = (name: string) => ({
    id: db.nextId(),
    name,
    created_at: new Date().toISOString(),
    archived_at: null,
    archived_by_name: null,
    etag: '"1"',
  })
  const isOpen = (site: Site) =>
    site.archived_at === null &&
    db.organizations.find(({ id }) => id === site.organization_id)?.archived_at === null
  const requireOpen = (what: Organization | Site) => {
    if (what.archived_at === null) return
    const detail = `“${what.name}” is archived, and nothing new goes into it. Restore it first, or choose another place.`
    throw new MockProblem(409, 'archived', detail)
  }
  const wanted = (query: URLSearchParams) => query.get('archived') === 'true'
  const setArchived = (what: Organization | Site, archived: boolean) => {
    what.archived_at = archived ? new Date().toISOString() : null
    what.archived_by_name = archived ? (db.me?.account.name ?? null) : null
    what.etag = nextVersion(what)
    for (const one of db.me?.organizations ?? [])
      if (one.id === what.id) one.archived_at = what.archived_at
  }
  const inUse = (what: Organization | Site, code: string, machines: number) =>
    new MockProblem(
      409,
      code,
      `“${what.name}” is in use: ${machines} machines stand there, 0 newcomers wait there.`,
    )
  const nudge = () => db.publish('organizations', 'machines', 'audit')
  const rename = (what: Organization | Site, name: string, headers: Headers) => {
    const give = (next: string) => Object.assign(what, { name: next, etag: nextVersion(what) })
    if (name === 'conflict' && what.etag === headers.get('If-Match')) give('Somebody’s choice')
    requireSeen(what, headers)
    give(name)
  }
  return {
    'GET /api/organizations': ({ query }) =>
      page(
        db,
        db.organizations.filter((one) => mine(one.id) && (wanted(query) || !one.archived_at)),
        query,
      ),
    'POST /api/organizations': ({ body }) => {
      requireForServer(db, 'organization.manage')
      const created: Organization = made(checkedName(body.name))
      db.organizations.push(created)
      db.sites.push({ ...made(created.name), organization_id: created.id })
      db.me?.organizations.push({
        id: created.id,
        name: created.name,
        archived_at: null,
        roles: db.me.organizations[0]?.roles ?? [],
        permissions: db.me.server_permissions,
      })
      nudge()
      return created
    },
    'PATCH /api/organizations/{id}': ({ id, body, headers }) => {
      const organization = find(id)
      requireAt(db, 'organization.manage', id)
      rename(organization, checkedName(body.name), headers)
      for (const one of db.me?.organizations ?? []) if (one.id === id) one.name = organization.name
      nudge()
      return organization
    },
    'POST /api/organizations/{id}/archive': ({ id, headers }) => {
      const organization = find(id)
      requireForServer(db, 'organization.manage')
      requireSeen(organization, headers)
      const machines = db.machines.filter((one) => one.organization_id === id).length
      if (machines > 0) throw inUse(organization, 'organization_in_use', machines)
      if (!db.organizations.some((one) => one.id !== id && !one.archived_at)) {
        const detail =
          'This is the last organization that is not archived; machines need one. Make another one first.'
        throw new MockProblem(409, 'organization_in_use', detail)
      }
      setArchived(organization, true)
      nudge()
      return organization
    },
    'POST /api/organizations/{id}/restore': ({ id, headers }) => {
      const organization = find(id)
      requireForServer(db, 'organization.manage')
      requireSeen(organization, headers)
      setArchived(organization, false)
      nudge()
      return organization
    },
    'GET /api/sites': ({ query }) =>
      page(
        db,
        db.sites.filter((site) => mine(site.organization_id) && (wanted(query) || isOpen(site))),
        query,
      ),
    'POST /api/sites': ({ body }) => {
      const organization = find(body.organization_id)
      requireAt(db, 'organization.manage', body.organization_id)
      requireOpen(organization)
      const created: Site = {
        ...made(checkedName(body.name)),
        organization_id: body.organization_id,
      }
      db.sites.push(created)
      nudge()
      return created
    },
    'PATCH /api/sites/{id}': ({ id, body, headers }) => {
      const site = findSite(id)
      rename(site, checkedName(body.name), headers)
      nudge()
      return site
    },
    'DELETE /api/sites/{id}': ({ id, headers }) => {
      const site = findSite(id)
      requireSeen(site, headers)
      const others = db.sites.filter((one) => one.organization_id === site.organization_id)
      if (others.length < 2) {
        const detail = 'This is the organization’s last site; machines need one. Rename it instead.'
        throw new MockProblem(409, 'site_in_use', detail)
      }
      const machines = db.machines.filter(({ site_id }) => site_id === id).length
      const tokens = db.tokens.filter(({ site_id }) => site_id === id).length
      if (machines + tokens > 0) {
        const detail = `“${site.name}” is in use: ${machines} machines stand there, ${tokens} enrollment tokens lead there, 0 newcomers wait there. Move or remove them first.`
        throw new MockProblem(409, 'site_in_use', detail)
      }
      db.sites.splice(db.sites.indexOf(site), 1)
      db.accessRules = db.accessRules.filter(
        ({ scope }) => scope.kind !== 'site' || scope.site_id !== id,
      )
      nudge()
      return null
    },
    'POST /api/sites/{id}/archive': ({ id, headers }) => {
      const site = findSite(id)
      requireSeen(site, headers)
      const machines = db.machines.filter(({ site_id }) => site_id === id).length
      if (machines > 0) throw inUse(site, 'site_in_use', machines)
      setArchived(site, true)
      nudge()
      return site
    },
    'POST /api/sites/{id}/restore': ({ id, headers }) => {
      const site = findSite(id)
      requireSeen(site, headers)
      setArchived(site, false)
      nudge()
      return site
    },
  }
}
