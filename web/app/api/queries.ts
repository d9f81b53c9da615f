/**
 * What the console reads, as query options. Keys start with the topic that the event stream uses for the same data
 * (see `events.ts`), so that an invalidation finds every query that shows it.
 */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'

import { lookAtAccountInvitation } from './actions'
import { api, call } from './client'
import { MACHINE_ACCESS } from './events'
import type {
  ChangeFilter,
  InventoryChange,
  InventoryComparison,
  MachineInventory,
} from './inventory'
import { joined, LIVE_EVERY_MS, PAST_RANGES, type LiveMetrics, type PastRange } from './metrics'
import type {
  AccessRequest,
  AccessRule,
  AccountInvitation,
  ApiToken,
  AuditEntry,
  DuplicatePair,
  EnrollmentToken,
  EnrollmentTokenUse,
  Login,
  LoginAttempt,
  Machine,
  Mail,
  MailState,
  Organization,
  Person,
  QuarantineEntry,
  Role,
  ServerJob,
  ServiceAccount,
  Session,
  Site,
  SupportCode,
  Team,
  WaitingPerson,
  WebhookDelivery,
  WebhookDeliveryState,
} from './types'

/** The most the server gives in one page. */
const PAGE = 200

interface Listed<Item> {
  items: Item[]
  next_cursor: string | null
}

/**
 * The page of a list. The description repeats an item's fields inside the list and marks those that may be null as
 * optional as well; the server always sends them.
 */
async function listed<Item>(page: Promise<Listed<unknown>>): Promise<Listed<Item>> {
  return (await page) as Listed<Item>
}

/** Reads every page of the machine list: it is filtered in the browser, so it must be whole. */
async function allMachines(): Promise<Machine[]> {
  const machines: Machine[] = []
  let cursor: string | undefined
  do {
    const page = await listed<Machine>(
      call(api.GET('/api/machines', { params: { query: { cursor, limit: PAGE } } })),
    )
    machines.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return machines
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => call(api.GET('/api/me')),
  staleTime: Infinity,
  retry: false,
})

/** How one's own account is protected beside its password. */
export const factorsQuery = queryOptions({
  queryKey: ['me', 'factors'],
  queryFn: () => call(api.GET('/api/me/factors')),
})

/** Where one's own account is signed in; when each was used comes without a notice, so it is asked for with each visit. */
export const loginsQuery = queryOptions({
  queryKey: ['me', 'logins'],
  queryFn: () => listed<Login>(call(api.GET('/api/logins'))).then((page) => page.items),
  staleTime: 0,
})

/** Who signed in to one's own account or tried to, the newest first; failures come without a notice. */
export const signInsQuery = queryOptions({
  queryKey: ['me', 'sign-ins'],
  queryFn: () => listed<LoginAttempt>(call(api.GET('/api/me/sign-ins'))).then((page) => page.items),
  staleTime: 0,
})

export const machinesQuery = queryOptions({ queryKey: ['machines'], queryFn: allMachines })

export const machineQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id],
    queryFn: () => call(api.GET('/api/machines/{id}', { params: { path: { id } } })),
  })

interface SessionFilter {
  machineId?: string
}

export const sessionsQuery = ({ machineId }: SessionFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['sessions', { machineId }],
    queryFn: ({ pageParam }) =>
      listed<Session>(
        call(
          api.GET('/api/sessions', {
            params: { query: { machine_id: machineId, cursor: pageParam, limit: 50 } },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** One session with what happened in it. */
export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ['session', id],
    queryFn: () => call(api.GET('/api/sessions/{id}', { params: { path: { id } } })),
  })

/** The invitations of a session, newest first; their number is bounded. */
export const invitationsQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ['session', sessionId, 'invitations'],
    queryFn: () =>
      call(api.GET('/api/sessions/{id}/invitations', { params: { path: { id: sessionId } } })).then(
        (list) => list.items,
      ),
  })

/** Who waits with a support code, longest first; there are few. */
export const supportQueueQuery = queryOptions({
  queryKey: ['support-queue'],
  queryFn: () =>
    listed<WaitingPerson>(call(api.GET('/api/support-queue'))).then((page) => page.items),
})

/** The support codes that are open; their number is bounded. */
export const supportCodesQuery = queryOptions({
  queryKey: ['support-codes'],
  queryFn: () =>
    listed<SupportCode>(call(api.GET('/api/support-codes'))).then((page) => page.items),
})

/** The sites of the account's organizations that are not archived; there are few. */
export const sitesQuery = queryOptions({
  queryKey: ['organizations', 'sites'],
  queryFn: () => listed<Site>(call(api.GET('/api/sites'))).then((page) => page.items),
})

/** The same with those that are archived: for names, and for who looks after them. */
export const everySiteQuery = queryOptions({
  queryKey: ['organizations', 'sites', 'archived'],
  queryFn: () =>
    listed<Site>(call(api.GET('/api/sites', { params: { query: { archived: true } } }))).then(
      (page) => page.items,
    ),
})

/** Which enrollment tokens: those that still work, those that do not, or both. */
export type TokenFilter = 'active' | 'ended' | 'all'

export const enrollmentTokensQuery = (filter: TokenFilter) =>
  infiniteQueryOptions({
    queryKey: ['enrollment-tokens', 'list', filter],
    queryFn: ({ pageParam }) =>
      listed<EnrollmentToken>(
        call(
          api.GET('/api/enrollment-tokens', {
            params: {
              query: {
                ...(filter === 'all' ? {} : { state: filter }),
                cursor: pageParam,
                limit: 50,
              },
            },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

export const enrollmentTokenQuery = (id: string) =>
  queryOptions({
    queryKey: ['enrollment-tokens', 'one', id],
    queryFn: () =>
      call(
        api.GET('/api/enrollment-tokens/{id}', { params: { path: { id } } }),
      ) as Promise<EnrollmentToken>,
  })

/** The machines that were enrolled with a token, newest first. */
export const enrollmentTokenUsesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['enrollment-tokens', 'uses', id],
    queryFn: ({ pageParam }) =>
      listed<EnrollmentTokenUse>(
        call(
          api.GET('/api/enrollment-tokens/{id}/uses', {
            params: { path: { id }, query: { cursor: pageParam, limit: 50 } },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** All access rules, oldest first; the server gives them in one page. */
export const accessRulesQuery = queryOptions({
  queryKey: ['access-rules'],
  queryFn: () => listed<AccessRule>(call(api.GET('/api/access-rules'))).then((page) => page.items),
})

/** One's own access requests and those about which one may decide, newest first; the server gives them in one page. */
export const accessRequestsQuery = queryOptions({
  queryKey: ['access-requests'],
  queryFn: () =>
    listed<AccessRequest>(call(api.GET('/api/access-requests'))).then((page) => page.items),
})

/** The roles of this server: built-in ones first, the least first; then others by name. */
export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: () => listed<Role>(call(api.GET('/api/roles'))).then((page) => page.items),
})

/** The people whom the signed-in person may see, by name. */
export const peopleQuery = queryOptions({
  queryKey: ['accounts', 'people'],
  queryFn: () => listed<Person>(call(api.GET('/api/accounts'))).then((page) => page.items),
})

/** Every team that the signed-in person sees, by name: reads every page, there are few. */
export const teamsQuery = queryOptions({
  queryKey: ['teams', 'all'],
  queryFn: async () => {
    const teams: Team[] = []
    let cursor: string | undefined
    do {
      const page = await listed<Team>(
        call(api.GET('/api/teams', { params: { query: { cursor, limit: PAGE } } })),
      )
      teams.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    return teams.toSorted((a, b) => a.name.localeCompare(b.name))
  },
})

/** A team with its people. */
export const teamQuery = (id: string) =>
  queryOptions({
    queryKey: ['teams', 'one', id],
    queryFn: () => call(api.GET('/api/teams/{id}', { params: { path: { id } } })),
  })

/** Accounts of programs, by name. */
export const serviceAccountsQuery = queryOptions({
  queryKey: ['accounts', 'service'],
  queryFn: () =>
    listed<ServiceAccount>(call(api.GET('/api/service-accounts'))).then((page) => page.items),
})

/** API tokens, newest first: the reader's own, or those of others that they may see and revoke. */
export const apiTokensQuery = (whose: 'own' | 'managed') =>
  queryOptions({
    queryKey: ['api-tokens', whose],
    queryFn: () =>
      listed<ApiToken>(call(api.GET('/api/api-tokens', { params: { query: { whose } } }))).then(
        (page) => page.items,
      ),
  })

/** Who is invited, newest first. */
export const accountInvitationsQuery = queryOptions({
  queryKey: ['accounts', 'invitations'],
  queryFn: () =>
    listed<AccountInvitation>(call(api.GET('/api/account-invitations'))).then((page) => page.items),
})

/**
 * What the link of an invitation says, for whoever opened it. Forgotten with the page; the link works once, and trying again
 * by itself would only count as another attempt.
 */
export const accountInvitationLookQuery = (token: string) =>
  queryOptions({
    queryKey: ['account-invitation', token],
    queryFn: () => lookAtAccountInvitation(token),
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  })

/** What somebody may do on a machine or in an organization, and why. */
export const effectivePermissionsQuery = (
  account: string,
  on: { machine: string } | { organization: string },
) =>
  queryOptions({
    queryKey: ['accounts', 'effective', account, on],
    queryFn: () =>
      call(
        api.GET('/api/accounts/{id}/effective-permissions', {
          params: { path: { id: account }, query: on },
        }),
      ),
  })

/** The organizations of the signed-in person, those that are archived included, oldest first. */
export const organizationsQuery = queryOptions({
  queryKey: ['organizations', 'list'],
  queryFn: () =>
    listed<Organization>(
      call(api.GET('/api/organizations', { params: { query: { archived: true } } })),
    ).then((page) => page.items),
})

/** What the signed-in person may do on a machine. It depends on the machine and on every access rule (see `events.ts`). */
export const machineAccessQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id, MACHINE_ACCESS],
    queryFn: () => call(api.GET('/api/machines/{id}/access', { params: { path: { id } } })),
  })

/** Filters of the audit list; all that are given must hold. */
export type AuditFilter = Partial<
  Record<'q' | 'action' | 'actor' | 'target_id' | 'address' | 'request_id' | 'from' | 'to', string>
>

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) =>
      listed<AuditEntry>(
        call(
          api.GET('/api/audit', { params: { query: { ...filter, cursor: pageParam, limit: 50 } } }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // What was there stays while a filter changes.
    placeholderData: keepPreviousData,
  })

export const auditActionsQuery = queryOptions({
  queryKey: ['audit-actions'],
  queryFn: () => call(api.GET('/api/audit/actions')).then((list) => list.items),
  staleTime: Infinity,
})

/** What a machine is recognized by. */
export const machineIdentityQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id, 'identity'],
    queryFn: () => call(api.GET('/api/machines/{id}/identity', { params: { path: { id } } })),
  })

/** What a helpdesk's agent told about a machine; its heartbeats come without a notice, so it is asked for with each visit. */
export const machineHelpdeskQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id, 'helpdesk'],
    queryFn: () => call(api.GET('/api/machines/{id}/helpdesk', { params: { path: { id } } })),
    staleTime: 0,
  })

/** What removing a machine would delete; asked for anew each time, because people decide by it. */
export const machineRemovalQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id, 'removal'],
    queryFn: () => call(api.GET('/api/machines/{id}/removal', { params: { path: { id } } })),
    staleTime: 0,
  })

/** Pairs of machines that may be one: they change with the machines. */
export const duplicatesQuery = queryOptions({
  queryKey: ['machines', 'duplicates'],
  queryFn: () =>
    listed<DuplicatePair>(call(api.GET('/api/machine-duplicates'))).then((page) => page.items),
})

/** Installations that wait for a decision, or those about which somebody has decided; newest first. */
export const quarantineQuery = (waiting: boolean) =>
  infiniteQueryOptions({
    queryKey: ['quarantine', waiting ? 'waiting' : 'decided'],
    queryFn: ({ pageParam }) =>
      listed<QuarantineEntry>(
        call(
          api.GET('/api/quarantine', {
            params: { query: { waiting, cursor: pageParam, limit: 50 } },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** How many wait, exactly: the list is read page by page. */
export const quarantineCountsQuery = queryOptions({
  queryKey: ['quarantine', 'counts'],
  queryFn: () => call(api.GET('/api/quarantine/counts')),
})

export const quarantineEntryQuery = (id: string) =>
  queryOptions({
    queryKey: ['quarantine', 'entry', id],
    queryFn: () => call(api.GET('/api/quarantine/{id}', { params: { path: { id } } })),
  })

/** Names of the enrollment tokens by id, for pages that mention one. */
export const tokenNamesQuery = queryOptions({
  queryKey: ['enrollment-tokens', 'names'],
  queryFn: async () => {
    const names: Record<string, string> = {}
    let cursor: string | undefined
    do {
      const page = await call(
        api.GET('/api/enrollment-tokens', { params: { query: { cursor, limit: PAGE } } }),
      )
      for (const { id, name } of page.items) names[id] = name
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    return names
  },
})

/** Whether the server sends e-mail, for whoever wants to send an invitation with it. */
export const mailStatusQuery = queryOptions({
  queryKey: ['mail', 'status'],
  queryFn: () => call(api.GET('/api/mail')),
})

/** How the server sends e-mail. */
export const serverMailQuery = queryOptions({
  queryKey: ['mail', 'settings'],
  queryFn: () => call(api.GET('/api/server-mail')),
})

/** What the server asks of everybody who signs in. It counts people, so it depends on them as well. */
export const signInRulesQuery = queryOptions({
  queryKey: ['accounts', 'sign-in-rules'],
  queryFn: () => call(api.GET('/api/server-sign-in-rules')),
})

/** The server's background jobs. Whoever reads all of them is told of each run for a while. */
export const serverJobsQuery = queryOptions({
  queryKey: ['server-jobs', 'all'],
  queryFn: () =>
    listed<ServerJob>(call(api.GET('/api/server-jobs', { params: { query: {} } }))).then(
      ({ items }) => items,
    ),
})

/** Those of them that fail. */
export const failingJobsQuery = queryOptions({
  queryKey: ['server-jobs', 'failing'],
  queryFn: () =>
    listed<ServerJob>(
      call(api.GET('/api/server-jobs', { params: { query: { failing: true } } })),
    ).then(({ items }) => items),
})

/** E-mail that waits, and what became of the rest. */
export const outboxQuery = (state?: MailState) =>
  infiniteQueryOptions({
    queryKey: ['mail', 'outbox', state],
    queryFn: ({ pageParam }) =>
      listed<Mail>(
        call(
          api.GET('/api/server-mail/outbox', {
            params: { query: { ...(state ? { state } : {}), cursor: pageParam, limit: 50 } },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** Where other systems are told what happens. */
export const webhooksQuery = queryOptions({
  queryKey: ['webhooks', 'all'],
  queryFn: async () => (await call(api.GET('/api/webhooks'))).items,
})

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', 'one', id],
    queryFn: () => call(api.GET('/api/webhooks/{id}', { params: { path: { id } } })),
  })

/** The events that a webhook can ask for; they change with the server's version alone. */
export const webhookEventTypesQuery = queryOptions({
  queryKey: ['webhook-event-types'],
  queryFn: async () => (await call(api.GET('/api/webhook-event-types'))).items,
  staleTime: Infinity,
})

/** What waits for a receiver, and what became of the rest. */
export const deliveriesQuery = (id: string, state?: WebhookDeliveryState) =>
  infiniteQueryOptions({
    queryKey: ['webhooks', 'deliveries', id, state],
    queryFn: ({ pageParam }) =>
      listed<WebhookDelivery>(
        call(
          api.GET('/api/webhooks/{id}/deliveries', {
            params: {
              path: { id },
              query: { ...(state ? { state } : {}), cursor: pageParam, limit: 50 },
            },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })

/** One event with what is sent and what became of each attempt. */
export const deliveryQuery = (id: string, delivery: string) =>
  queryOptions({
    queryKey: ['webhooks', 'delivery', id, delivery],
    queryFn: () =>
      call(
        api.GET('/api/webhooks/{id}/deliveries/{delivery}', {
          params: { path: { id, delivery } },
        }),
      ),
  })

/** Nothing tells consoles of its keys and of who trusts them, so it is asked for anew each time: people decide by it. */
export const serverIdentityQuery = queryOptions({
  queryKey: ['server-identity'],
  queryFn: () => call(api.GET('/api/server-identity')),
  staleTime: 0,
})

/** Nothing tells consoles of it, so it is asked for with each visit. */
export const serverCertificateQuery = queryOptions({
  queryKey: ['server-certificate'],
  queryFn: () => call(api.GET('/api/server-certificate')),
  staleTime: 0,
  refetchOnWindowFocus: true,
})

/** What a machine's agent found in it, all sections that were delivered. Large: some thousand packages. */
export const machineInventoryQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine', id, 'inventory'],
    // The description has facts as any JSON; what they are stands in `inventory.ts`.
    queryFn: async () =>
      (await call<unknown>(
        api.GET('/api/machines/{id}/inventory', { params: { path: { id } } }),
      )) as MachineInventory,
  })

/** What changed about a machine, the newest first. */
export const machineChangesQuery = (id: string, filter: ChangeFilter) =>
  infiniteQueryOptions({
    queryKey: ['machine', id, 'changes', filter],
    queryFn: ({ pageParam }) =>
      listed<InventoryChange>(
        call(
          api.GET('/api/machines/{id}/changes', {
            params: {
              path: { id },
              query: {
                ...(filter.section ? { section: filter.section } : {}),
                ...(filter.kind ? { kind: filter.kind } : {}),
                cursor: pageParam,
                limit: 100,
              },
            },
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // What was there stays while a filter changes.
    placeholderData: keepPreviousData,
  })

/** What is different about a machine between two moments; until now when `to` is left out. */
export const machineComparisonQuery = (id: string, { from, to }: { from: string; to?: string }) =>
  queryOptions({
    queryKey: ['machine', id, 'comparison', from, to],
    queryFn: async () =>
      (await call<unknown>(
        api.GET('/api/machines/{id}/inventory/comparison', {
          params: { path: { id }, query: { from, ...(to ? { to } : {}) } },
        }),
      )) as InventoryComparison,
    placeholderData: keepPreviousData,
  })

/**
 * How busy a machine was until now. No event tells of new figures: they come by themselves, so they are read again as often as there is
 * a new point to see, while the page is in sight.
 */
export const machineMetricsQuery = (id: string, range: PastRange) =>
  queryOptions({
    queryKey: ['metrics', id, range],
    queryFn: () => {
      const from = new Date(Date.now() - PAST_RANGES[range].length).toISOString()
      return call(
        api.GET('/api/machines/{id}/metrics', { params: { path: { id }, query: { from } } }),
      )
    },
    refetchInterval: PAST_RANGES[range].again,
    staleTime: 10_000,
  })

/** How busy a machine is, second by second: each answer is put behind those before. Its agent is quick for as long as this is read. */
export const liveMetricsQuery = (id: string) => {
  const queryKey = ['metrics', id, 'live']
  return queryOptions({
    queryKey,
    queryFn: async ({ client }) => {
      const before = client.getQueryData<LiveMetrics>(queryKey)
      const after = before?.times.at(-1)
      const next = await call(
        api.GET('/api/machines/{id}/metrics/live', {
          params: { path: { id }, query: after ? { after } : {} },
        }),
      )
      return joined(before, next)
    },
    refetchInterval: LIVE_EVERY_MS,
    // What was seen before a pause says nothing of now.
    gcTime: 0,
  })
}

/** Machines that are named in one question: proxies take addresses of up to 8 KB. */
export const CPU_LINES_TOGETHER = 100

/** The processors of some machines in the last hour, by machine. */
export const cpuLinesQuery = (ids: readonly string[]) => {
  const asked = ids.slice(0, CPU_LINES_TOGETHER).toSorted()
  return queryOptions({
    queryKey: ['metrics', 'lines', asked],
    queryFn: async () => {
      const lines = await call(
        api.GET('/api/machines/metrics', { params: { query: { ids: asked.join(',') } } }),
      )
      return new Map(lines.machines.map(({ machine_id: id, cpu }) => [id, cpu]))
    },
    enabled: asked.length > 0,
    refetchInterval: 60_000,
    // Nothing tells consoles of a new minute: whoever comes back to the list sees it at once.
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })
}
