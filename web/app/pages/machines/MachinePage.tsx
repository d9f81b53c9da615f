/** One machine: what is known about it, the way into a session, and who was connected to it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import {
  Ban,
  ChevronLeft,
  MapPin,
  Merge,
  MoreHorizontal,
  Pencil,
  Trash2,
  Undo2,
} from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { isBlocked, mayOn, waysToConnect } from '~/api/can'
import { machineQuery, sessionsQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { actorText } from '~/components/actor'
import { LoadMore } from '~/components/LoadMore'
import { PageHeader } from '~/components/PageHeader'
import { PageTabs, pageTab } from '~/components/PageTabs'
import { PresenceDot } from '~/components/Presence'
import { ProblemNotice } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SessionTable } from '~/components/SessionTable'
import { useShortcut } from '~/components/shortcuts'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useMessages } from '~/i18n'
import { MoreAccess } from '~/pages/access-requests/MoreAccess'
import { Badge } from '~/ui/lib/Badge'
import { Button, IconButton } from '~/ui/lib/Button'
import { Menu, MenuItem } from '~/ui/lib/Menu'
import { Notice } from '~/ui/lib/Notice'

import { AccessLine } from './AccessLine'
import { BlockDialog, useUnblock } from './BlockDialog'
import { ConnectButton, useConnect, useHasSession } from './connect'
import { HardwareTab } from './inventory/HardwareTab'
import { HistoryTab } from './inventory/HistoryTab'
import { NetworkTab } from './inventory/NetworkTab'
import { InventoryOverview } from './inventory/Overview'
import { PeopleTab } from './inventory/PeopleTab'
import { ReadAgain } from './inventory/read-again'
import { SoftwareTab } from './inventory/SoftwareTab'
import { INVENTORY_TABS, type InventoryTab, type MachinePageSearch } from './inventory/tabs'
import { MachineFacts } from './MachineFacts'
import { MachineIdentityView } from './MachineIdentityView'
import { MergeWithDialog } from './MergeWithDialog'
import { MetricsTab } from './metrics/MetricsTab'
import { MoveDialog } from './MoveDialog'
import { RemoveDialog } from './RemoveDialog'
import { RenameDialog } from './RenameDialog'

function MachineActions({ machine, mayManage }: { machine: Machine; mayManage: boolean }) {
  const t = useMessages()
  const [dialog, setDialog] = useState<'rename' | 'move' | 'merge' | 'block' | 'remove' | null>(
    null,
  )
  const { unblock } = useUnblock(machine)
  const connect = useConnect()
  const inSession = useHasSession(machine.id)
  const { ways } = waysToConnect(machine)
  const mayRemove = mayOn(machine, 'machine.remove')
  useShortcut('c', () => connect(machine))
  const close = () => setDialog(null)
  const trigger = (
    <IconButton label={t.common.actions} icon={<MoreHorizontal aria-hidden size={17} />} />
  )
  return (
    <>
      {!inSession && ways.length > 1 && <ConnectButton machine={machine} rights="view" />}
      {(inSession || ways.length > 0) && <ConnectButton machine={machine} look="primary" />}
      {(mayManage || mayRemove) && (
        <Menu trigger={trigger}>
          {mayManage && (
            <>
              <MenuItem
                icon={<Pencil aria-hidden size={15} />}
                onSelect={() => setDialog('rename')}
              >
                {t.machines.rename}
              </MenuItem>
              <MenuItem icon={<MapPin aria-hidden size={15} />} onSelect={() => setDialog('move')}>
                {t.machines.move.menu}
              </MenuItem>
              <MenuItem icon={<Merge aria-hidden size={15} />} onSelect={() => setDialog('merge')}>
                {t.identity.merge.menu}
              </MenuItem>
              {isBlocked(machine) ? (
                <MenuItem icon={<Undo2 aria-hidden size={15} />} onSelect={unblock}>
                  {t.identity.block.unblock}
                </MenuItem>
              ) : (
                <MenuItem icon={<Ban aria-hidden size={15} />} onSelect={() => setDialog('block')}>
                  {t.identity.block.action}
                </MenuItem>
              )}
            </>
          )}
          {mayRemove && (
            <MenuItem
              danger
              icon={<Trash2 aria-hidden size={15} />}
              onSelect={() => setDialog('remove')}
            >
              {t.machines.remove}
            </MenuItem>
          )}
        </Menu>
      )}
      {dialog === 'rename' && <RenameDialog machine={machine} onClose={close} />}
      {dialog === 'move' && <MoveDialog machine={machine} onClose={close} />}
      {dialog === 'merge' && <MergeWithDialog machine={machine} onClose={close} />}
      {dialog === 'block' && <BlockDialog machine={machine} onClose={close} />}
      {dialog === 'remove' && <RemoveDialog machine={machine} onClose={close} />}
    </>
  )
}

function History({ machineId }: { machineId: string }) {
  const t = useMessages()
  const query = useInfiniteQuery(sessionsQuery({ machineId }))
  const sessions = query.data?.pages.flatMap((page) => page.items)
  return (
    <section aria-labelledby="history" className="min-w-0">
      <h2 id="history" className="mb-2 font-semibold">
        {t.machines.history}
      </h2>
      {query.isError && !query.isFetchNextPageError && (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <SkeletonRows count={4} />}
      {sessions?.length === 0 && (
        <p className="rounded-lg border border-line bg-surface px-4 py-8 text-center text-sm text-ink-2">
          {t.machines.noHistory}
        </p>
      )}
      {sessions && sessions.length > 0 && <SessionTable sessions={sessions} />}
      <LoadMore query={query} />
    </section>
  )
}

function Status({ machine }: { machine: Machine }) {
  const t = useMessages()
  const { status } = machine.presence
  return (
    <span className="inline-flex items-center gap-1.5">
      {isBlocked(machine) && (
        <Badge tone="danger">
          <Ban aria-hidden size={12} />
          {t.identity.block.badge}
        </Badge>
      )}
      <PresenceDot status={status} labelled />
      {status === 'offline' && (
        <span className="text-ink-3">
          · {t.machines.fact.lastSeen.toLowerCase()}{' '}
          {machine.last_seen_at ? <RelativeTime at={machine.last_seen_at} /> : t.machines.never}
        </span>
      )}
    </span>
  )
}

function BlockedNotice({ machine, mayManage }: { machine: Machine; mayManage: boolean }) {
  const messages = useMessages()
  const t = messages.identity.block
  const format = useFormat()
  const { unblock, pending } = useUnblock(machine)
  const { block } = machine
  const title = block
    ? t.notice({
        name: actorText(messages, block.by_kind, block.by),
        time: format.dateTime(block.at),
      })
    : t.badge
  const action = mayManage && (
    <Button size="sm" onClick={unblock} pending={pending}>
      {t.unblock}
    </Button>
  )
  return (
    <Notice tone="warn" title={title} actions={action}>
      {block?.reason || t.noReason}
    </Notice>
  )
}

type Tab = MachinePageSearch['tab']

function Tabs({ machine, tab: present }: { machine: Machine; tab: Tab }) {
  const { identity, inventory, metrics } = useMessages()
  const params = { id: machine.id }
  const tabs: readonly (readonly [Tab, string])[] = [
    [undefined, identity.tabs.overview],
    ['metrics', metrics.tab],
    ...INVENTORY_TABS.map((tab) => [tab, inventory.tabs[tab]] as const),
    ['identity', identity.tabs.identity],
  ]
  return (
    // Eight of them: on a small screen in two rows.
    <div className="[&>nav]:flex-wrap">
      <PageTabs label={identity.tabs.label}>
        {tabs.map(([tab, name]) => (
          <Link
            key={name}
            to="/machines/$id"
            params={params}
            search={tab ? { tab } : {}}
            {...pageTab(tab === present)}
          >
            {name}
          </Link>
        ))}
      </PageTabs>
    </div>
  )
}

function Overview({ machine }: { machine: Machine }) {
  return (
    <div className="grid gap-6 lg:grid-cols-[304px_minmax(0,1fr)]">
      <MachineFacts machine={machine} />
      <div className="grid min-w-0 content-start gap-6">
        <InventoryOverview machine={machine} />
        <History machineId={machine.id} />
      </div>
    </div>
  )
}

const views: Record<InventoryTab, (p: { machine: Machine }) => ReactNode> = {
  hardware: HardwareTab,
  software: SoftwareTab,
  people: PeopleTab,
  network: NetworkTab,
  history: HistoryTab,
}

function TabView({ machine, tab }: { machine: Machine; tab: Tab }) {
  if (tab === 'identity') return <MachineIdentityView machine={machine} />
  if (tab === 'metrics') return <MetricsTab machine={machine} />
  const View = tab ? views[tab] : Overview
  return <View machine={machine} />
}

function MachineView({ machine }: { machine: Machine }) {
  const t = useMessages()
  const { tab } = useSearch({ from: '/shell/machines/$id' })
  const mayManage = mayOn(machine, 'machine.manage')
  const { verdict } = waysToConnect(machine)
  return (
    <>
      <PageHeader
        title={machine.name}
        crumb={
          <Link to="/machines" className="inline-flex items-center gap-1 hover:text-ink">
            <ChevronLeft aria-hidden size={14} />
            {t.shell.machines}
          </Link>
        }
        aside={<Status machine={machine} />}
        actions={<MachineActions machine={machine} mayManage={mayManage} />}
      />
      {verdict !== 'yes' && (
        <div className="mb-4">
          {verdict === 'blocked' ? (
            <BlockedNotice machine={machine} mayManage={mayManage} />
          ) : (
            <Notice>{t.machines.cannot[verdict]}</Notice>
          )}
        </div>
      )}
      <div className="mb-4">
        <AccessLine machine={machine} mayManage={mayManage} />
      </div>
      <MoreAccess machine={machine} />
      <Tabs machine={machine} tab={tab} />
      {tab !== 'identity' && tab !== 'metrics' && (
        <div className="mb-4 empty:hidden">
          <ReadAgain machine={machine} />
        </div>
      )}
      <TabView machine={machine} tab={tab} />
    </>
  )
}

export function MachinePage() {
  const t = useMessages()
  const { id } = useParams({ from: '/shell/machines/$id' })
  const query = useQuery(machineQuery(id))
  // Filters and what is waited for are about one machine: another one begins anew.
  if (query.data) return <MachineView key={id} machine={query.data} />
  return (
    <>
      <PageHeader title={t.shell.machines} />
      {query.isError ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows count={6} />
      )}
    </>
  )
}
