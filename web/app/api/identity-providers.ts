/** Identity providers and who accounts are there: what is read, and what is changed. */
import { queryOptions } from '@tanstack/react-query'

import type { components } from './__generated__/openapi'
import { api, call } from './client'

type Schemas = components['schemas']
/** An OpenID provider that vouches for people, with its settings. */
export type IdentityProvider = Schemas['IdentityProvider']
export type NewIdentityProvider = Schemas['NewIdentityProvider']
export type IdentityProviderChange = Schemas['IdentityProviderChange']
/** Whoever is in a group gets a role. */
export type GroupMapping = Schemas['GroupMapping']
/** What a look at a provider found. */
export type ProviderCheck = Schemas['ProviderCheck']
/** Who an account is at a provider. */
export type Identity = Schemas['Identity']

/** The buttons of the sign-in page, for everybody. */
export const signInMethodsQuery = queryOptions({
  queryKey: ['sign-in-methods'],
  queryFn: () => call(api.GET('/api/sign-in-methods')),
})

/** The providers, by name. Nothing tells consoles of them. */
export const identityProvidersQuery = queryOptions({
  queryKey: ['identity-providers'],
  queryFn: () =>
    call(api.GET('/api/identity-providers')).then((page) => page.items as IdentityProvider[]),
})

/** Who an account is at providers. */
export const identitiesQuery = (account: string) =>
  queryOptions({
    queryKey: ['identities', account],
    queryFn: () =>
      call(api.GET('/api/accounts/{id}/identities', { params: { path: { id: account } } })).then(
        (page) => page.items as Identity[],
      ),
  })

export const createIdentityProvider = (body: NewIdentityProvider) =>
  call(api.POST('/api/identity-providers', { body }))

const seen = ({ id, etag }: Pick<IdentityProvider, 'id' | 'etag'>) => ({
  params: { path: { id }, header: { 'If-Match': etag } },
})

/** Changes a provider if it is still as `provider` says. `version_mismatch` means that it is not. */
export const changeIdentityProvider = (
  provider: Pick<IdentityProvider, 'id' | 'etag'>,
  body: IdentityProviderChange,
) => call(api.PATCH('/api/identity-providers/{id}', { ...seen(provider), body }))

/** Deletes a provider, with the roles that it gave and the logins for which it vouched. */
export const deleteIdentityProvider = (provider: Pick<IdentityProvider, 'id' | 'etag'>) =>
  call(api.DELETE('/api/identity-providers/{id}', seen(provider)))

/** Has the server ask the issuer. */
export const checkIdentityProvider = (id: string) =>
  call(api.POST('/api/identity-providers/{id}/check', { params: { path: { id } } }))

/** Disconnects an account. `identity_last` means that it is one’s only way in. */
export const disconnectIdentity = (account: string, identity: string) =>
  call(
    api.DELETE('/api/accounts/{id}/identities/{identity}', {
      params: { path: { id: account, identity } },
    }),
  )

/** Where to sign out at the provider as well; null when there is no such place. To be asked before signing out here. */
export const signOutUrl = () =>
  call(api.GET('/api/logins/current/sign-out-url')).then(({ url }) => url)

/** Where a browser goes to sign in with a provider, or to connect the account that is signed in. */
export function startOf(provider: string, returnTo: string, connect = false): string {
  const query = new URLSearchParams({ return_to: returnTo })
  if (connect) query.set('connect', 'true')
  return `/api/identity-providers/${provider}/start?${query.toString()}`
}
