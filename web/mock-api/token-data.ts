/** API tokens and service accounts of the mock server. */
import type { ApiToken, Me, ServiceAccount } from '~/api/types'

import { ALWAYS, mayGive, type MockAssignment } from './people-data'

const DAY = 24 * 60 * 60_000
const atlantico = { id: '0197c2a0-0000-7000-8000-000000000001', name: 'Atlântico Suporte' }

/** What is kept of a service account; the rest depends on who asks. */
export interface MockServiceAccount extends Omit<
  ServiceAccount,
  'roles' | 'may_manage' | 'api_tokens'
> {
  roles: MockAssignment[]
}

export function someServiceAccounts(now: number): MockServiceAccount[] {
  const at = (days: number) => new Date(now - days * DAY).toISOString()
  const account = (
    index: number,
    name: string,
    role: string,
    about: Partial<MockServiceAccount>,
  ): MockServiceAccount => {
    const id = `0197c2a5-0000-7000-8000-${String(index).padStart(12, '0')}`
    return {
      id,
      name,
      note: '',
      created_at: at(90 - index),
      disabled_at: null,
      last_used_at: null,
      roles: [
        {
          id: `0197c2a6-0000-7000-8000-${String(index).padStart(12, '0')}`,
          account_id: id,
          role,
          role_name: role,
          place: { kind: 'organization', organization_id: atlantico.id },
          organization_name: atlantico.name,
          created_at: at(90 - index),
          created_by_name: 'Marina Duarte',
          ...ALWAYS,
          provided: false,
        },
      ],
      ...about,
    }
  }
  return [
    account(1, 'Asset register', 'viewer', {
      note: 'Reads the inventory every night; ask Theo.',
      last_used_at: at(0.3),
    }),
    account(2, 'Old monitoring', 'technician', { disabled_at: at(12) }),
  ]
}

export function someApiTokens(me: Me, now: number): ApiToken[] {
  const at = (days: number) => new Date(now + days * DAY).toISOString()
  const token = (index: number, name: string, about: Partial<ApiToken>): ApiToken => ({
    id: `0197c2a7-0000-7000-8000-${String(index).padStart(12, '0')}`,
    account_id: me.account.id,
    account_name: me.account.name,
    account_kind: 'person',
    name,
    scopes: ['machine.see'],
    organization_ids: null,
    site_ids: null,
    tags: null,
    read_only: false,
    state: 'active',
    created_at: at(-index),
    created_by_name: me.account.name,
    expires_at: at(90 - index),
    rotated_at: null,
    previous_until: null,
    revoked_at: null,
    last_used_at: null,
    last_used_address: null,
    may_change: true,
    etag: '"1"',
    ...about,
  })
  const program = {
    account_id: '0197c2a5-0000-7000-8000-000000000001',
    account_name: 'Asset register',
    account_kind: 'service',
  } as const
  return [
    token(1, 'Nightly report', {
      read_only: true,
      scopes: ['machine.see', 'session.see', 'audit.read'],
      last_used_at: at(-0.2),
      last_used_address: '198.51.100.7',
    }),
    token(2, 'Rollout script', {
      scopes: ['machine.see', 'enrollment.manage'],
      organization_ids: [atlantico.id],
      site_ids: null,
      tags: null,
      rotated_at: at(-0.5),
      previous_until: at(0.5),
    }),
    token(40, 'Trial', { state: 'revoked', revoked_at: at(-10), may_change: false }),
    token(5, 'Inventory', { ...program, read_only: true, last_used_at: at(-0.3) }),
    token(6, 'Ana’s laptop', {
      account_id: '0197c2a0-0000-7000-8000-00000000000c',
      account_name: 'Ana Castro',
      created_by_name: 'Ana Castro',
      may_change: false,
    }),
  ]
}

export function serviceAccountAsSeen(
  me: Me,
  account: MockServiceAccount,
  tokens: readonly ApiToken[],
): ServiceAccount {
  const able = (role: MockAssignment) => mayGive(me, role.place, role.role)
  return {
    ...account,
    roles: account.roles.map((role) => ({ ...role, may_take: able(role) })),
    api_tokens: tokens.filter(
      ({ account_id: id, state }) => id === account.id && state === 'active',
    ).length,
    may_manage:
      (me.server_permissions.includes('account.manage') || account.roles.length > 0) &&
      account.roles.every(able),
  }
}
