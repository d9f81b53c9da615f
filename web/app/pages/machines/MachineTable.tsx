/** The machines as a dense table; on small screens as a list of the same rows. */
import { useQueries, type UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Ban, Eye, MonitorPlay } from 'lucide-react'
import { memo, useMemo, type Ref } from 'react'

import { isBlocked, mayControl, waysToConnect } from '~/api/can'
import { canMeasure, type MetricValues } from '~/api/metrics'
import { CPU_LINES_TOGETHER, cpuLinesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { PresenceDot } from '~/components/Presence'
import { RelativeTime } from '~/components/RelativeTime'
import {
  aboveRowLink,
  bodyRow,
  cell,
  fromLg,
  fromMd,
  fromXl,
  headCell,
  rowLink,
  table,
  tableFrame,
} from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { AskButton } from '~/pages/access-requests/AskButton'
import { Badge } from '~/ui/lib/Badge'
import { classes } from '~/ui/lib/classes'

import { ConnectButton, useHasSession } from './connect'
import { CpuLine } from './metrics/CpuLine'

/** "Debian GNU/Linux 12" without the code name that the full version carries. */
export const systemName = ({ name, version }: Machine['os']): string =>
  [name, version.split(' ')[0]].filter(Boolean).join(' ')

function Status({ machine }: { machine: Machine }) {
  const t = useMessages()
  const format = useFormat()
  const { status, since } = machine.presence
  if (status === 'online') {
    return (
      <span title={t.machines.since({ time: format.dateTime(since) })}>
        <PresenceDot status="online" labelled />
      </span>
    )
  }
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-ink-3">
      <span aria-hidden className="size-2 shrink-0 rounded-full border-[1.5px] border-idle" />
      <span>
        {t.machines.offlineSince} <RelativeTime at={since} />
      </span>
    </span>
  )
}

function Users({ users }: { users: Machine['users'] }) {
  const t = useMessages()
  const [first, ...others] = users
  if (!first) return <span className="text-ink-3">{t.machines.nobody}</span>
  const text = others.length
    ? t.machines.moreUsers({ first: first.name, count: others.length })
    : first.name
  return <span title={users.map((user) => user.name).join(', ')}>{text}</span>
}

function InSession({ sessions }: { sessions: Machine['sessions'] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {sessions.map((session) => (
        <Badge key={session.id} tone="beam">
          {mayControl(session) ? (
            <MonitorPlay aria-hidden size={12} />
          ) : (
            <Eye aria-hidden size={12} />
          )}
          <span className="truncate">{session.technician.name}</span>
        </Badge>
      ))}
    </span>
  )
}

function BlockedBadge({ machine }: { machine: Machine }) {
  const t = useMessages().identity.block
  return (
    <span title={machine.block?.reason} className="shrink-0 self-center">
      <Badge tone="danger">
        <Ban aria-hidden size={12} />
        {t.badge}
      </Badge>
    </span>
  )
}

function MachineRow({ machine, cpu }: { machine: Machine; cpu: MetricValues | undefined }) {
  const { id, name, hostname, os, users, agent_version, sessions, presence } = machine
  const online = presence.status === 'online'
  const inSession = useHasSession(id)
  const { ways } = waysToConnect(machine)
  return (
    <tr data-machine={id} className={classes(bodyRow, 'relative')}>
      <td className={classes(cell, 'max-w-[320px]')}>
        <div className="flex items-baseline gap-2">
          <Link
            to="/machines/$id"
            params={{ id }}
            data-row
            className={classes(rowLink, 'min-w-0 truncate')}
          >
            {name}
          </Link>
          {isBlocked(machine) && <BlockedBadge machine={machine} />}
          {hostname !== name && (
            <span className="truncate text-xs text-ink-3 proportional-nums max-md:hidden">
              {hostname}
            </span>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-x-2 text-xs text-ink-3 md:hidden">
          <Status machine={machine} />
          <span>{systemName(os)}</span>
          {users[0] && <span>{users[0].name}</span>}
        </div>
      </td>
      <td className={classes(cell, fromMd)}>
        <Status machine={machine} />
      </td>
      <td className={classes(cell, fromLg, 'max-w-[220px] truncate text-ink-2 proportional-nums')}>
        {systemName(os)}
      </td>
      <td className={classes(cell, fromMd, 'max-w-[160px] truncate text-ink-2')}>
        {online && <Users users={users} />}
      </td>
      <td className={classes(cell, fromLg)}>
        <InSession sessions={sessions} />
      </td>
      <td className={classes(cell, fromXl)}>{online && <CpuLine values={cpu} />}</td>
      <td className={classes(cell, fromXl, 'text-ink-3 proportional-nums')}>{agent_version}</td>
      <td className={classes(cell, 'w-0 text-right')}>
        {online && (inSession || ways.length > 0) && (
          <span className={aboveRowLink}>
            <ConnectButton machine={machine} look="quiet" size="sm" />
          </span>
        )}
        {online && !inSession && ways.length === 0 && (
          <span className={aboveRowLink}>
            <AskButton machine={machine} wanted={['screen.view']} look="quiet" />
          </span>
        )}
      </td>
    </tr>
  )
}

type CpuLinesResult = UseQueryResult<ReadonlyMap<string, MetricValues>>

// A list without these lines is a list all the same: a failure says nothing here.
const together = (results: readonly CpuLinesResult[]): ReadonlyMap<string, MetricValues> =>
  new Map(results.flatMap(({ data }) => [...(data ?? [])]))

/** By machine. What is loaded later asks for itself, and leaves what is there. */
function useCpuLines(machines: readonly Machine[]) {
  const queries = useMemo(() => {
    const count = Math.ceil(machines.length / CPU_LINES_TOGETHER)
    return Array.from({ length: count }, (_, index) => {
      const start = index * CPU_LINES_TOGETHER
      const some = machines.slice(start, start + CPU_LINES_TOGETHER)
      return cpuLinesQuery(some.filter((one) => canMeasure(one) === 'yes').map(({ id }) => id))
    })
  }, [machines])
  return useQueries({ queries, combine: together })
}

interface MachineTableProps {
  machines: readonly Machine[]
  ref: Ref<HTMLTableSectionElement>
}

/** Drawn anew when the machines are others, and not with each key of a search. */
export const MachineTable = memo(function MachineTable({ machines, ref }: MachineTableProps) {
  const t = useMessages()
  const { columns } = t.machines
  const lines = useCpuLines(machines)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={classes(headCell, fromMd)}>{columns.status}</th>
            <th className={classes(headCell, fromLg)}>{columns.system}</th>
            <th className={classes(headCell, fromMd)}>{columns.user}</th>
            <th className={classes(headCell, fromLg)}>{columns.sessions}</th>
            <th className={classes(headCell, fromXl)}>{t.metrics.column}</th>
            <th className={classes(headCell, fromXl)}>{columns.agent}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={ref}>
          {machines.map((machine) => (
            <MachineRow key={machine.id} machine={machine} cpu={lines.get(machine.id)} />
          ))}
        </tbody>
      </table>
    </div>
  )
})
