/** Ctrl/Cmd+K: go to a machine or page, or do something, by typing a part of its name. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, type LinkProps } from '@tanstack/react-router'
import { Command } from 'cmdk'
import {
  Activity,
  Building2,
  CopyX,
  Eye,
  Headset,
  Hourglass,
  IdCard,
  KeyRound,
  KeySquare,
  Link2,
  ListChecks,
  LogIn,
  Mail,
  Languages,
  LogOut,
  type LucideIcon,
  Monitor,
  MonitorPlay,
  MoonStar,
  Plus,
  ScrollText,
  Settings,
  ShieldQuestionMark,
  UserRound,
  Users,
  UsersRound,
  Webhook,
} from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

import { waysToConnect } from '~/api/can'
import { machinesQuery } from '~/api/queries'
import type { Permission } from '~/api/types'
import { useMay } from '~/components/may'
import { PresenceDot } from '~/components/Presence'
import { locales, useI18n } from '~/i18n'
import { themes, useTheme } from '~/theme'

import { useSignOut } from './sign-out'
import { useLanguageChoice } from './use-language-choice'

const group =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3'

interface EntryProps {
  /** Unique, and what the search matches along with `keywords`. */
  value: string
  keywords?: string[]
  icon: ReactNode
  children: ReactNode
  onSelect: () => void
}

const Entry = ({ value, keywords, icon, children, onSelect }: EntryProps) => (
  <Command.Item
    value={value}
    {...(keywords ? { keywords } : {})}
    onSelect={onSelect}
    className="flex h-8 items-center gap-2.5 rounded-sm px-2 text-sm data-[selected=true]:bg-beam-soft data-[selected=true]:text-beam-text"
  >
    <span className="flex w-4 justify-center text-ink-3">{icon}</span>
    <span className="truncate">{children}</span>
  </Command.Item>
)

type Run = (action: () => unknown) => () => void

function Machines({ run }: { run: Run }) {
  const { messages: t } = useI18n()
  const navigate = useNavigate()
  const { data: machines = [] } = useQuery(machinesQuery)
  if (machines.length === 0) return null
  return (
    <Command.Group heading={t.shell.palette.machines} className={group}>
      {machines.map((machine) => {
        const { id, name, hostname, presence } = machine
        const { verdict, ways } = waysToConnect(machine)
        const [rights = 'view'] = ways
        const Way = rights === 'control' ? MonitorPlay : Eye
        const connect =
          rights === 'control'
            ? t.shell.palette.connect({ machine: name })
            : t.shell.palette.watch({ machine: name })
        const words = [hostname, ...machine.users.map((user) => user.name)]
        return [
          <Entry
            key={id}
            value={`${name} ${id}`}
            keywords={words}
            icon={<PresenceDot status={presence.status} />}
            onSelect={run(() => navigate({ to: '/machines/$id', params: { id } }))}
          >
            {name}
          </Entry>,
          verdict === 'yes' && (
            <Entry
              key={`${id} connect`}
              value={`${connect} ${id}`}
              keywords={words}
              icon={<Way aria-hidden size={15} />}
              onSelect={run(() =>
                navigate({ to: '/machines/$id/session', params: { id }, search: { rights } }),
              )}
            >
              {connect}
            </Entry>
          ),
        ]
      })}
    </Command.Group>
  )
}

interface Page {
  to: NonNullable<LinkProps['to']>
  name: string
  Icon: LucideIcon
  /** The server shows it to nobody who lacks this. */
  needs?: Permission
}

function Pages({ run }: { run: Run }) {
  const { messages: t } = useI18n()
  const navigate = useNavigate()
  const may = useMay()
  const pages: readonly Page[] = [
    { to: '/machines', name: t.shell.machines, Icon: Monitor },
    { to: '/sessions', name: t.shell.sessions, Icon: MonitorPlay, needs: 'session.see' },
    { to: '/support', name: t.shell.support, Icon: Headset, needs: 'support.answer' },
    { to: '/enrollment', name: t.shell.enrollment, Icon: KeyRound, needs: 'enrollment.manage' },
    { to: '/access', name: t.shell.access, Icon: ListChecks, needs: 'access.manage' },
    { to: '/people', name: t.shell.people, Icon: Users, needs: 'account.see' },
    { to: '/teams', name: t.teams.title, Icon: UsersRound, needs: 'account.see' },
    {
      to: '/organizations',
      name: t.shell.organizations,
      Icon: Building2,
      needs: 'organization.manage',
    },
    { to: '/roles', name: t.shell.roles, Icon: IdCard, needs: 'account.see' },
    { to: '/access-requests', name: t.accessRequests.title, Icon: Hourglass },
    { to: '/api-tokens', name: t.shell.apiTokens, Icon: KeySquare },
    { to: '/webhooks', name: t.webhooks.title, Icon: Webhook, needs: 'webhook.manage' },
    { to: '/single-sign-on', name: t.signOn.title, Icon: LogIn, needs: 'server.manage' },
    { to: '/connections', name: t.signOn.connections.title, Icon: Link2 },
    { to: '/quarantine', name: t.shell.quarantine, Icon: ShieldQuestionMark },
    { to: '/duplicates', name: t.shell.duplicates, Icon: CopyX },
    { to: '/audit', name: t.shell.audit, Icon: ScrollText, needs: 'audit.read' },
    { to: '/settings', name: t.shell.settings, Icon: Settings, needs: 'server.manage' },
    { to: '/account', name: t.ownAccount.title, Icon: UserRound },
    { to: '/mail', name: t.shell.mail, Icon: Mail, needs: 'server.manage' },
    { to: '/operations', name: t.shell.operations, Icon: Activity, needs: 'server.manage' },
  ]
  const shown = pages.filter(({ needs }) => needs === undefined || may(needs))
  return (
    <Command.Group heading={t.shell.palette.pages} className={group}>
      {shown.map(({ to, name, Icon }) => (
        <Entry
          key={to}
          value={to}
          keywords={[name]}
          icon={<Icon aria-hidden size={15} />}
          onSelect={run(() => navigate({ to }))}
        >
          {name}
        </Entry>
      ))}
    </Command.Group>
  )
}

function Actions({ run }: { run: Run }) {
  const { messages: t } = useI18n()
  const navigate = useNavigate()
  const [, setTheme] = useTheme()
  const chooseLanguage = useLanguageChoice()
  const signOut = useSignOut()
  const may = useMay()
  const newCode = () => navigate({ to: '/support', search: { create: true } })
  const newToken = () => navigate({ to: '/enrollment', search: { create: true } })
  const askForAccess = () => navigate({ to: '/access-requests', search: { ask: true } })
  return (
    <Command.Group heading={t.shell.palette.actions} className={group}>
      {may('support.answer') && (
        <Entry
          value={t.shell.palette.newCode}
          icon={<Headset aria-hidden size={15} />}
          onSelect={run(newCode)}
        >
          {t.shell.palette.newCode}
        </Entry>
      )}
      {may('enrollment.manage') && (
        <Entry
          value={t.shell.palette.newToken}
          icon={<Plus aria-hidden size={15} />}
          onSelect={run(newToken)}
        >
          {t.shell.palette.newToken}
        </Entry>
      )}
      <Entry
        value={t.accessRequests.ask}
        icon={<Hourglass aria-hidden size={15} />}
        onSelect={run(askForAccess)}
      >
        {t.accessRequests.ask}
      </Entry>
      {themes.map((theme) => {
        const name = t.shell.palette.theme({ theme: t.shell.themes[theme] })
        return (
          <Entry
            key={theme}
            value={name}
            icon={<MoonStar aria-hidden size={15} />}
            onSelect={run(() => setTheme(theme))}
          >
            {name}
          </Entry>
        )
      })}
      {Object.entries(locales).map(([locale, language]) => {
        const name = t.shell.palette.language({ language })
        return (
          <Entry
            key={locale}
            value={name}
            icon={<Languages aria-hidden size={15} />}
            onSelect={run(() => chooseLanguage(locale))}
          >
            {name}
          </Entry>
        )
      })}
      <Entry
        value={t.shell.signOut}
        icon={<LogOut aria-hidden size={15} />}
        onSelect={run(signOut)}
      >
        {t.shell.signOut}
      </Entry>
    </Command.Group>
  )
}

export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { messages: t } = useI18n()
  const run: Run = (action) => () => {
    onClose()
    void action()
  }
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-0 top-[10vh] z-40 mx-auto w-[calc(100vw-32px)] max-w-[560px] animate-appear overflow-hidden rounded-lg border border-line bg-raised text-ink shadow-float outline-none"
        >
          <Radix.Title className="sr-only">{t.shell.palette.title}</Radix.Title>
          <Command label={t.shell.palette.title} loop>
            <Command.Input
              placeholder={t.shell.palette.placeholder}
              className="h-11 w-full border-b border-line bg-transparent px-4 text-base outline-none placeholder:text-ink-3"
            />
            <Command.List className="max-h-[min(420px,60vh)] overflow-y-auto p-1">
              <Command.Empty className="px-3 py-8 text-center text-sm text-ink-3">
                {t.shell.palette.empty}
              </Command.Empty>
              <Pages run={run} />
              <Machines run={run} />
              <Actions run={run} />
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
