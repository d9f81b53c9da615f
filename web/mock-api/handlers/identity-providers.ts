/**
 * Identity providers and who is connected with them. Special values: an issuer with `silent` in it does not answer, one with `other` is
 * another one; a provider that is renamed to `conflict` was changed by somebody else first; the subject `only` is somebody's only way in.
 */
import type {
  GroupMapping,
  IdentityProvider,
  IdentityProviderChange,
  ProviderCheck,
} from '~/api/identity-providers'

import type { MockDb } from '../db'
import { blankProvider } from '../identity-provider-data'
import { MockProblem, notFound, type WrongField } from '../problem'
import type { Handlers } from '../types'
import { nextVersion, requireForServer, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/sign-in-methods'
  | 'GET /api/logins/current/sign-out-url'
  | 'GET /api/identity-providers'
  | 'POST /api/identity-providers'
  | 'GET /api/identity-providers/{id}'
  | 'PATCH /api/identity-providers/{id}'
  | 'DELETE /api/identity-providers/{id}'
  | 'POST /api/identity-providers/{id}/check'
  | 'GET /api/accounts/{id}/identities'
  | 'DELETE /api/accounts/{id}/identities/{identity}'

/** Of what was sent, all that is shown again. */
function settingsOf({ client_secret: secret, ...rest }: IdentityProviderChange) {
  return {
    ...(rest as Partial<IdentityProvider>),
    ...(secret === undefined ? {} : { has_client_secret: secret !== null }),
  }
}

/** What is wrong with a group and what limits its role. */
function wrongByItself({ group, conditions }: GroupMapping): WrongField[] {
  const end = 'What a group gives ends when somebody leaves the group. Leave the end out.'
  const zone = conditions?.hours?.time_zone
  return [
    ...(group === '' ? [{ field: 'group', code: 'required', detail: 'Fill this in.' }] : []),
    ...(conditions?.expires_at
      ? [{ field: 'conditions.expires_at', code: 'not_allowed', detail: end }]
      : []),
    ...(zone && !Intl.supportedValuesOf('timeZone').includes(zone)
      ? [{ field: 'conditions.hours.time_zone', code: 'unknown', detail: 'No such time zone.' }]
      : []),
  ]
}

/** Whether what it names is there: the role, and the site or machine. */
function wrongByNames(db: MockDb, { role, place }: GroupMapping): WrongField[] {
  const unknown = (field: string) => [{ field, code: 'unknown', detail: 'There is no such one.' }]
  if (!db.roles.some(({ key }) => key === role)) return unknown('role')
  if (place.kind === 'site' && !db.sites.some(({ id }) => id === place.site_id))
    return unknown('place.site_id')
  return place.kind === 'machine' && !db.machines.some(({ id }) => id === place.machine_id)
    ? unknown('place.machine_id')
    : []
}

/** Everything that is wrong with mappings by themselves, else the first thing that they name and that is not there. */
function checkMappings(db: MockDb, mappings: readonly GroupMapping[]): void {
  const wrong = (check: (mapping: GroupMapping) => WrongField[]) =>
    mappings.flatMap((mapping, index) =>
      check(mapping).map((one) => ({
        ...one,
        field: 'mappings',
        pointer: `/mappings/${index}/${one.field.replaceAll('.', '/')}`,
      })),
    )
  const byThemselves = wrong(wrongByItself)
  const byNames = wrong((mapping) => wrongByNames(db, mapping)).slice(0, 1)
  const fields = byThemselves.length > 0 ? byThemselves : byNames
  if (fields.length > 0)
    throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
}

function found({ issuer }: IdentityProvider): ProviderCheck {
  const trouble = issuer.includes('silent')
    ? { code: 'unreachable', detail: 'The issuer cannot be reached from this server: refused.' }
    : issuer.includes('other')
      ? { code: 'issuer_differs', detail: 'Another issuer answers there.' }
      : null
  const at = (path: string) => (trouble ? null : `${issuer}/${path}`)
  return {
    ok: trouble === null,
    findings: trouble ? [{ ...trouble, fatal: true }] : [],
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    end_session_endpoint: at('end'),
    algorithms: trouble ? [] : ['RS256'],
  }
}

export function identityProviderHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): IdentityProvider => {
    requireForServer(db, 'server.manage')
    const provider = db.identityProviders.find((one) => one.id === id)
    if (!provider) throw notFound('identity provider')
    return provider
  }
  return {
    'GET /api/sign-in-methods': () => ({
      providers: db.identityProviders
        .filter(({ enabled }) => enabled)
        .map(({ id, name }) => ({ id, name })),
    }),
    'GET /api/logins/current/sign-out-url': () => ({ url: null }),
    'GET /api/identity-providers': ({ query }) => {
      requireForServer(db, 'server.manage')
      return page(db, db.identityProviders, query)
    },
    'POST /api/identity-providers': ({ body }) => {
      requireForServer(db, 'server.manage')
      const { issuer, ...rest } = body
      if (!issuer.startsWith('https://')) {
        const detail = 'This cannot be the address of an issuer: it does not start with https://.'
        throw new MockProblem(422, 'validation_failed', detail, {
          fields: [{ field: 'issuer', code: 'malformed', detail }],
        })
      }
      checkMappings(db, rest.mappings ?? [])
      const made = { ...blankProvider(db.nextId()), ...settingsOf(rest), issuer }
      db.identityProviders.push(made)
      return made
    },
    'GET /api/identity-providers/{id}': ({ id }) => find(id),
    'PATCH /api/identity-providers/{id}': ({ id, body, headers }) => {
      const provider = find(id)
      if (body.name === 'conflict' && provider.etag === headers.get('If-Match'))
        Object.assign(provider, { etag: nextVersion(provider) })
      requireSeen(provider, headers)
      checkMappings(db, body.mappings ?? [])
      return Object.assign(provider, settingsOf(body), { etag: nextVersion(provider) })
    },
    'DELETE /api/identity-providers/{id}': ({ id, headers }) => {
      const provider = find(id)
      requireSeen(provider, headers)
      db.identityProviders.splice(db.identityProviders.indexOf(provider), 1)
      return null
    },
    'POST /api/identity-providers/{id}/check': ({ id }) => found(find(id)),
    'GET /api/accounts/{id}/identities': ({ id, query }) =>
      page(
        db,
        db.identities.filter(({ account }) => account === id).map(({ account: _, ...one }) => one),
        query,
      ),
    'DELETE /api/accounts/{id}/identities/{identity}': ({ id, params }) => {
      const index = db.identities.findIndex(
        (one) => one.account === id && one.id === params['identity'],
      )
      if (index < 0) throw notFound('identity')
      if (db.identities[index]?.subject === 'only') {
        throw new MockProblem(409, 'identity_last', 'This is your only way in.')
      }
      db.identities.splice(index, 1)
      return null
    },
  }
}
