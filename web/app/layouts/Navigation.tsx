/** Where one can go. A page is listed here when it is finished, not before. */
import { Link, type LinkProps } from '@tanstack/react-router'
import {
  Activity,
  Building2,
  CopyX,
  Hourglass,
  Headset,
  IdCard,
  KeyRound,
  KeySquare,
  ListChecks,
  LogIn,
  Mail,
  type LucideIcon,
  Monitor,
  MonitorPlay,
  PanelLeftClose,
  PanelLeftOpen,
  ScrollText,
  Settings,
  ShieldQuestionMark,
  Users,
  UsersRound,
  Webhook,
} from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'

import type { Permission } from '~/api/types'
import { Logo } from '~/components/Logo'
import { useMay } from '~/components/may'
import {
  useFailingJobs,
  useRequestsToDecide,
  useWaiting,
  useWaitingPeople,
} from '~/components/waiting'
import { useMessages, type Messages } from '~/i18n'
import { classes } from '~/ui/lib/classes'
import { Tooltip } from '~/ui/lib/Tooltip'

interface Place {
  to: NonNullable<LinkProps['to']>
  icon: LucideIcon
  name: (t: Messages) => string
  /** The server shows it to nobody who lacks this. */
  needs?: Permission
}

/** Places that belong together. */
interface Group {
  /** The first has none: it is what everybody comes for. */
  name?: (t: Messages) => string
  places: readonly Place[]
}

const groups: readonly Group[] = [
  {
    places: [
      { to: '/machines', icon: Monitor, name: (t) => t.shell.machines },
      { to: '/sessions', icon: MonitorPlay, name: (t) => t.shell.sessions, needs: 'session.see' },
      { to: '/support', icon: Headset, name: (t) => t.shell.support, needs: 'support.answer' },
    ],
  },
  {
    name: (t) => t.shell.groups.fleet,
    places: [
      {
        to: '/enrollment',
        icon: KeyRound,
        name: (t) => t.shell.enrollment,
        needs: 'enrollment.manage',
      },
      { to: '/access', icon: ListChecks, name: (t) => t.shell.access, needs: 'access.manage' },
      { to: '/quarantine', icon: ShieldQuestionMark, name: (t) => t.shell.quarantine },
      { to: '/duplicates', icon: CopyX, name: (t) => t.shell.duplicates },
    ],
  },
  {
    name: (t) => t.shell.groups.people,
    places: [
      { to: '/people', icon: Users, name: (t) => t.shell.people, needs: 'account.see' },
      { to: '/teams', icon: UsersRound, name: (t) => t.teams.title, needs: 'account.see' },
      { to: '/roles', icon: IdCard, name: (t) => t.shell.roles, needs: 'account.see' },
      { to: '/access-requests', icon: Hourglass, name: (t) => t.accessRequests.title },
      {
        to: '/organizations',
        icon: Building2,
        name: (t) => t.shell.organizations,
        needs: 'organization.manage',
      },
      {
        to: '/single-sign-on',
        icon: LogIn,
        name: (t) => t.signOn.title,
        needs: 'server.manage',
      },
      { to: '/api-tokens', icon: KeySquare, name: (t) => t.shell.apiTokens },
    ],
  },
  {
    name: (t) => t.shell.groups.server,
    places: [
      { to: '/audit', icon: ScrollText, name: (t) => t.shell.audit, needs: 'audit.read' },
      {
        to: '/webhooks',
        icon: Webhook,
        name: (t) => t.webhooks.title,
        needs: 'webhook.manage',
      },
      { to: '/mail', icon: Mail, name: (t) => t.shell.mail, needs: 'server.manage' },
      {
        to: '/operations',
        icon: Activity,
        name: (t) => t.shell.operations,
        needs: 'server.manage',
      },
      { to: '/settings', icon: Settings, name: (t) => t.shell.settings, needs: 'server.manage' },
    ],
  },
]

/** How many wait or fail there. The link's name says so too. */
const Count = ({ narrow, children }: { narrow: boolean; children: string }) => (
  <span
    className={classes(
      'rounded-full bg-primary text-xs font-semibold text-primary-ink tabular-nums',
      narrow ? 'absolute -top-0.5 -right-1 px-1 leading-4' : 'ml-auto px-1.5 leading-5',
    )}
  >
    {children}
  </span>
)

interface PlaceLinkProps {
  place: Place
  /** How many wait there, if any do. */
  count: string | null | undefined
  narrow: boolean
  onGo: (() => void) | undefined
}

function PlaceLink({ place: { to, icon: Icon, name }, count, narrow, onGo }: PlaceLinkProps) {
  const t = useMessages()
  const counted = to === '/operations' ? t.shell.failing : t.shell.waiting
  const label = count ? counted({ name: name(t), count }) : name(t)
  const link = (
    <Link
      to={to}
      onClick={onGo}
      aria-label={narrow || count ? label : undefined}
      className={classes(
        'relative flex h-8 items-center gap-2.5 rounded-md text-base text-nav-ink-2 hover:bg-nav-hover hover:text-nav-ink',
        narrow ? 'w-9 justify-center' : 'px-2.5',
      )}
      activeProps={{
        className:
          'bg-nav-active !text-nav-ink font-semibold before:absolute before:inset-y-1.5 before:-left-2 before:w-[3px] before:rounded-r-full before:bg-beam',
      }}
    >
      <Icon aria-hidden size={17} className="shrink-0" />
      {!narrow && <span className="truncate">{name(t)}</span>}
      {count && <Count narrow={narrow}>{count}</Count>}
    </Link>
  )
  if (!narrow) return link
  return (
    <Tooltip text={label} side="right">
      {link}
    </Tooltip>
  )
}

function Places({ narrow, onGo }: { narrow: boolean; onGo?: () => void }) {
  const t = useMessages()
  const counts: Partial<Record<string, string | null>> = {
    '/quarantine': useWaiting(),
    '/support': useWaitingPeople(),
    '/access-requests': useRequestsToDecide(),
    '/operations': useFailingJobs(),
  }
  const may = useMay()
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-2">
      {groups.map(({ name, places }, at) => {
        const shown = places.filter(({ needs }) => needs === undefined || may(needs))
        if (shown.length === 0) return null
        const links = shown.map((place) => (
          <li key={place.to}>
            <PlaceLink place={place} count={counts[place.to]} narrow={narrow} onGo={onGo} />
          </li>
        ))
        return (
          <div key={at} className={narrow && at > 0 ? 'mx-2 border-t border-nav-hover' : ''}>
            {name && !narrow && (
              <p aria-hidden className="px-[18px] pt-2 text-xs font-semibold text-nav-ink-2">
                {name(t)}
              </p>
            )}
            <ul
              aria-label={name?.(t)}
              className={classes('flex flex-col gap-0.5 py-1.5', narrow && at > 0 ? '' : 'px-2')}
            >
              {links}
            </ul>
          </div>
        )
      })}
    </div>
  )
}

function Brand({ narrow }: { narrow: boolean }) {
  return (
    <div
      className={classes(
        'flex h-10 shrink-0 items-center gap-2',
        narrow ? 'justify-center' : 'px-3.5',
      )}
    >
      <Logo size={22} />
      {!narrow && <span className="text-lg font-bold tracking-tight text-nav-ink">Farol</span>}
    </div>
  )
}

interface NavigationProps {
  narrow: boolean
  /** The page decides the width: no button to change it. */
  fixed: boolean
  onToggle: () => void
}

/** The bar on the left, from tablet width on. */
export function Navigation({ narrow, fixed, onToggle }: NavigationProps) {
  const t = useMessages()
  const label = narrow ? t.shell.expand : t.shell.collapse
  const Icon = narrow ? PanelLeftOpen : PanelLeftClose
  return (
    <nav
      aria-label={t.shell.navigation}
      className={classes(
        'on-nav row-span-2 flex flex-col bg-nav text-nav-ink max-md:hidden',
        narrow ? 'w-[52px]' : 'w-[200px]',
      )}
    >
      <Brand narrow={narrow} />
      <Places narrow={narrow} />
      {!fixed && (
        <div className="p-2">
          <Tooltip text={label} side="right">
            <button
              type="button"
              aria-label={label}
              aria-expanded={!narrow}
              onClick={onToggle}
              className="flex size-9 items-center justify-center rounded-md text-nav-ink-2 hover:bg-nav-hover hover:text-nav-ink"
            >
              <Icon aria-hidden size={17} />
            </button>
          </Tooltip>
        </div>
      )}
    </nav>
  )
}

/** The same on a small screen, behind a button. */
export function NavigationDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useMessages()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="on-nav fixed inset-y-0 left-0 z-40 flex w-60 flex-col bg-nav text-nav-ink shadow-float outline-none"
        >
          <Radix.Title className="sr-only">{t.shell.navigation}</Radix.Title>
          <Brand narrow={false} />
          <Places narrow={false} onGo={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
