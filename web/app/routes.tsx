/**
 * Every route of the console, in one table. A new page is one line here and one in the navigation.
 * Pages are loaded when they are first opened.
 */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type RouterHistory,
} from '@tanstack/react-router'

import { meQuery } from '~/api/queries'
import { isSignedOut } from '~/api/problem'
import type { Access } from '~/api/types'
import { GUEST_PAGE } from '~/fragment'
import { Shell } from '~/layouts/Shell'
import { auditSearchOf, type AuditSearch } from '~/pages/audit/filter'
import { ErrorPage } from '~/pages/ErrorPage'
import { machinePageSearchOf, type MachinePageSearch } from '~/pages/machines/inventory/tabs'
import { NotFoundPage } from '~/pages/NotFoundPage'

export interface RouterContext {
  queryClient: QueryClient
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
})

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  // Who is signed in already needs no form to learn that there is an account. Any failure here says nothing.
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient
      .query({ ...meQuery, staleTime: 'static' })
      .catch(() => null)
    return { signedIn: me !== null }
  },
  component: lazyRouteComponent(() => import('~/pages/setup/SetupPage'), 'SetupPage'),
})

/**
 * A path of this console, or nothing. A full address here would let a link send people elsewhere after they sign in.
 * What a validator leaves out stays as it came, so every one of them names all of its parameters.
 */
export const ownPath = (next: unknown): string | undefined =>
  typeof next === 'string' && /^\/(?![/\\]|sign-in\b)/.test(next) ? next : undefined

export interface SignInSearch {
  /** Where to go afterwards; a path of this console. */
  next?: string
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): SignInSearch => ({ next: ownPath(search['next']) }),
  component: lazyRouteComponent(() => import('~/pages/sign-in/SignInPage'), 'SignInPage'),
})

/** For the person at a machine, whose helpdesk agent opens it; no account's login counts here. */
const thisMachine = createRoute({
  getParentRoute: () => root,
  path: '/this-machine',
  component: lazyRouteComponent(
    () => import('~/pages/this-machine/ThisMachinePage'),
    'ThisMachinePage',
  ),
})

/** For anybody with a support code; no login counts here. */
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  component: lazyRouteComponent(() => import('~/pages/join/JoinPage'), 'JoinPage'),
})

/** For whoever was invited into a session; no login counts here. */
const guest = createRoute({
  getParentRoute: () => root,
  path: GUEST_PAGE,
  component: lazyRouteComponent(() => import('~/pages/guest/GuestPage'), 'GuestPage'),
})

/** For whoever has the link of an invitation, whether somebody is signed in or not. */
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  // Who is signed in is told which account the invitation is for. Any failure here says nothing.
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient
      .query({ ...meQuery, staleTime: 'static' })
      .catch(() => null)
    return { me }
  },
  component: lazyRouteComponent(
    () => import('~/pages/invitation/InvitationPage'),
    'InvitationPage',
  ),
})

/** Everything that needs a login stands under the shell. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient
      .query({ ...meQuery, staleTime: 'static' })
      .catch((problem: unknown) => {
        if (isSignedOut(problem)) return null
        throw problem
      })
    if (!me) {
      const next =
        location.href === '/' || location.href === '/machines' ? {} : { next: location.href }
      redirect({ to: '/sign-in', search: next, replace: true, throw: true })
    }
  },
})

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/machines', replace: true, throw: true })
  },
})

const machines = createRoute({
  getParentRoute: () => shell,
  path: '/machines',
  validateSearch: (search): { q?: string } => ({
    // A search for digits alone arrives as a number.
    q: ['string', 'number'].includes(typeof search['q']) ? String(search['q']) : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/machines/MachinesPage'), 'MachinesPage'),
})

const machine = createRoute({
  getParentRoute: () => shell,
  path: '/machines/$id',
  validateSearch: (search): MachinePageSearch => machinePageSearchOf(search),
  component: lazyRouteComponent(() => import('~/pages/machines/MachinePage'), 'MachinePage'),
})

export interface ViewerSearch {
  /** What to ask for when this tab has no session with the machine yet. */
  rights: Access
}

const viewer = createRoute({
  getParentRoute: () => shell,
  path: '/machines/$id/session',
  validateSearch: (search): ViewerSearch => ({
    rights: search['rights'] === 'view' ? 'view' : 'control',
  }),
  component: lazyRouteComponent(() => import('~/pages/viewer')),
})

const sessions = createRoute({
  getParentRoute: () => shell,
  path: '/sessions',
  component: lazyRouteComponent(() => import('~/pages/sessions/SessionsPage'), 'SessionsPage'),
})

const session = createRoute({
  getParentRoute: () => shell,
  path: '/sessions/$id',
  component: lazyRouteComponent(() => import('~/pages/sessions/SessionPage'), 'SessionPage'),
})

const support = createRoute({
  getParentRoute: () => shell,
  path: '/support',
  // Whether the dialog for a new code is open.
  validateSearch: (search): { create?: boolean | undefined } => ({
    create: search['create'] ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/support/SupportPage'), 'SupportPage'),
})

interface EnrollmentSearch {
  /** The dialog for a new token is open. */
  create?: boolean | undefined
  /** Which tokens are listed; all when left out. */
  show?: 'active' | 'ended' | undefined
}

const enrollment = createRoute({
  getParentRoute: () => shell,
  path: '/enrollment',
  validateSearch: (search): EnrollmentSearch => ({
    create: search['create'] ? true : undefined,
    show: search['show'] === 'active' || search['show'] === 'ended' ? search['show'] : undefined,
  }),
  component: lazyRouteComponent(
    () => import('~/pages/enrollment/EnrollmentPage'),
    'EnrollmentPage',
  ),
})

const access = createRoute({
  getParentRoute: () => shell,
  path: '/access',
  component: lazyRouteComponent(() => import('~/pages/access/AccessPage'), 'AccessPage'),
})

interface AccessRequestsSearch {
  /** The dialog that asks for more is open. */
  ask?: boolean | undefined
  /** Those that are over are listed, too. */
  over?: boolean | undefined
}

const accessRequests = createRoute({
  getParentRoute: () => shell,
  path: '/access-requests',
  validateSearch: (search): AccessRequestsSearch => ({
    ask: search['ask'] ? true : undefined,
    over: search['over'] ? true : undefined,
  }),
  component: lazyRouteComponent(
    () => import('~/pages/access-requests/AccessRequestsPage'),
    'AccessRequestsPage',
  ),
})

interface PeopleSearch {
  /** The dialog for an invitation is open. */
  invite?: boolean | undefined
  /** Invitations that ended are listed, too. */
  ended?: boolean | undefined
  /** Only people without a second factor are listed. */
  without?: boolean | undefined
}

const people = createRoute({
  getParentRoute: () => shell,
  path: '/people',
  validateSearch: (search): PeopleSearch => ({
    invite: search['invite'] ? true : undefined,
    ended: search['ended'] ? true : undefined,
    without: search['without'] ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/people/PeoplePage'), 'PeoplePage'),
})

const organizations = createRoute({
  getParentRoute: () => shell,
  path: '/organizations',
  component: lazyRouteComponent(
    () => import('~/pages/organizations/OrganizationsPage'),
    'OrganizationsPage',
  ),
})

interface TeamsSearch {
  /** The team whose people are shown. */
  team?: string | undefined
}

const teams = createRoute({
  getParentRoute: () => shell,
  path: '/teams',
  validateSearch: (search): TeamsSearch => ({
    team: typeof search['team'] === 'string' ? search['team'] : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/teams/TeamsPage'), 'TeamsPage'),
})

const roles = createRoute({
  getParentRoute: () => shell,
  path: '/roles',
  component: lazyRouteComponent(() => import('~/pages/roles/RolesPage'), 'RolesPage'),
})

interface ApiTokensSearch {
  /** Whose; the reader's own when left out. */
  tab?: 'service' | 'others' | undefined
  /** A dialog for a new one is open. */
  create?: boolean | undefined
  /** Those that ended are listed, too. */
  ended?: boolean | undefined
}

const apiTokens = createRoute({
  getParentRoute: () => shell,
  path: '/api-tokens',
  validateSearch: (search): ApiTokensSearch => ({
    tab: search['tab'] === 'service' || search['tab'] === 'others' ? search['tab'] : undefined,
    create: search['create'] ? true : undefined,
    ended: search['ended'] ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/api-tokens/ApiTokensPage'), 'ApiTokensPage'),
})

const webhooks = createRoute({
  getParentRoute: () => shell,
  path: '/webhooks',
  // Whether the dialog for a new one is open.
  validateSearch: (search): { create?: boolean | undefined } => ({
    create: search['create'] ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/webhooks/WebhooksPage'), 'WebhooksPage'),
})

const webhook = createRoute({
  getParentRoute: () => shell,
  path: '/webhooks/$id',
  validateSearch: (search): { show?: 'waiting' | 'delivered' | 'dead' } => {
    const states = ['waiting', 'delivered', 'dead'] as const
    const shown = states.find((one) => one === search['show'])
    return shown ? { show: shown } : {}
  },
  component: lazyRouteComponent(() => import('~/pages/webhooks/WebhookPage'), 'WebhookPage'),
})

const singleSignOn = createRoute({
  getParentRoute: () => shell,
  path: '/single-sign-on',
  component: lazyRouteComponent(
    () => import('~/pages/single-sign-on/SingleSignOnPage'),
    'SingleSignOnPage',
  ),
})

const connections = createRoute({
  getParentRoute: () => shell,
  path: '/connections',
  component: lazyRouteComponent(
    () => import('~/pages/connections/ConnectionsPage'),
    'ConnectionsPage',
  ),
})

const quarantine = createRoute({
  getParentRoute: () => shell,
  path: '/quarantine',
  validateSearch: (search): { show?: 'decided' } => ({
    show: search['show'] === 'decided' ? 'decided' : undefined,
  }),
  component: lazyRouteComponent(
    () => import('~/pages/quarantine/QuarantinePage'),
    'QuarantinePage',
  ),
})

const quarantineEntry = createRoute({
  getParentRoute: () => shell,
  path: '/quarantine/$id',
  component: lazyRouteComponent(() => import('~/pages/quarantine/EntryPage'), 'EntryPage'),
})

const duplicates = createRoute({
  getParentRoute: () => shell,
  path: '/duplicates',
  component: lazyRouteComponent(
    () => import('~/pages/duplicates/DuplicatesPage'),
    'DuplicatesPage',
  ),
})

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('~/pages/settings/SettingsPage'), 'SettingsPage'),
})

/** One's own account, whatever one may do. */
const account = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: lazyRouteComponent(() => import('~/pages/account/AccountPage'), 'AccountPage'),
})

const mail = createRoute({
  getParentRoute: () => shell,
  path: '/mail',
  validateSearch: (search): { show?: 'waiting' | 'sent' | 'failed' } => {
    const shown = (['waiting', 'sent', 'failed'] as const).find((one) => one === search['show'])
    return shown ? { show: shown } : {}
  },
  component: lazyRouteComponent(() => import('~/pages/mail/MailPage'), 'MailPage'),
})

const operations = createRoute({
  getParentRoute: () => shell,
  path: '/operations',
  component: lazyRouteComponent(
    () => import('~/pages/operations/OperationsPage'),
    'OperationsPage',
  ),
})

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: (search): AuditSearch => auditSearchOf(search),
  component: lazyRouteComponent(() => import('~/pages/audit/AuditPage'), 'AuditPage'),
})

const routeTree = root.addChildren([
  setup,
  signIn,
  thisMachine,
  join,
  guest,
  invitation,
  shell.addChildren([
    home,
    machines,
    machine,
    viewer,
    sessions,
    session,
    support,
    enrollment,
    access,
    accessRequests,
    people,
    teams,
    organizations,
    roles,
    apiTokens,
    webhooks,
    webhook,
    singleSignOn,
    connections,
    quarantine,
    quarantineEntry,
    duplicates,
    audit,
    settings,
    account,
    mail,
    operations,
  ]),
])

export const createConsoleRouter = (queryClient: QueryClient, history?: RouterHistory) =>
  createRouter({
    routeTree,
    ...(history ? { history } : {}),
    context: { queryClient },
    defaultPreload: 'intent',
    // The query cache decides what is stale.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // Inside the shell, so that a failing page takes nothing else with it.
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
