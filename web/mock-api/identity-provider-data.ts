/** Identity providers of the mock server, and who is connected with them. */
import type { Identity, IdentityProvider } from '~/api/identity-providers'

export interface MockIdentity extends Identity {
  account: string
}

export const blankProvider = (id: string): IdentityProvider => ({
  id,
  name: '',
  issuer: '',
  client_id: '',
  has_client_secret: false,
  scopes: ['profile', 'email'],
  groups_claim: '',
  mappings: [],
  creates_accounts: false,
  accounts_max: null,
  accounts_made: 0,
  email_domains: [],
  trusts_email: false,
  links_invited: false,
  enabled: true,
  identities: 0,
  redirect_uri: 'https://farol.atlantico.example/api/oidc/callback',
  post_logout_redirect_uri: 'https://farol.atlantico.example/sign-in',
  created_at: '2026-02-02T09:00:00Z',
  created_by_name: 'Marina Duarte',
  etag: '"1"',
})

export const someProviders = (): IdentityProvider[] => [
  {
    ...blankProvider('0197c2b0-0000-7000-8000-000000000001'),
    name: 'Atlântico ID',
    issuer: 'https://id.atlantico.example/realms/staff',
    client_id: 'farol',
    has_client_secret: true,
    scopes: ['profile', 'email', 'groups'],
    groups_claim: 'groups',
    mappings: [
      {
        group: 'support',
        role: 'technician',
        place: { kind: 'organization', organization_id: '0197c2a0-0000-7000-8000-000000000001' },
      },
    ],
    creates_accounts: true,
    accounts_max: 50,
    accounts_made: 12,
    identities: 14,
  },
  {
    ...blankProvider('0197c2b0-0000-7000-8000-000000000002'),
    name: 'Partners',
    issuer: 'https://login.partners.example',
    client_id: 'atlantico-farol',
    enabled: false,
  },
]

/** The signed-in person, and one of the others. */
export const someIdentities = (now: number, accounts: readonly string[]): MockIdentity[] =>
  accounts.map((account, index) => ({
    account,
    id: `0197c2b1-0000-7000-8000-00000000000${index + 1}`,
    provider_id: '0197c2b0-0000-7000-8000-000000000001',
    provider_name: 'Atlântico ID',
    subject: `u-${1024 + index}`,
    email: index === 0 ? 'marina@atlantico.example' : '',
    linked_at: '2026-02-03T09:00:00Z',
    last_used_at: index === 0 ? new Date(now - 3_600_000).toISOString() : null,
  }))
