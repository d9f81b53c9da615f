/** What is known about a machine, as label and value. Everything here comes from the agent and is shown as text. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { sitesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { CopyButton } from '~/ui/lib/CopyButton'

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[104px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

const screenTones: Record<string, Tone> = { ok: 'ok', locked: 'warn', blank: 'warn' }

function Screen({ machine }: { machine: Machine }) {
  const t = useMessages()
  const { screen } = machine
  if (!screen) return <span className="text-ink-3">{t.machines.screenUnknown}</span>
  return (
    <>
      <Badge tone={screenTones[screen.state] ?? 'danger'}>
        {byCode(t.codes.screen, screen.state) ?? screen.state}
      </Badge>
      {screen.detail && <p className="mt-1 text-xs text-ink-3">{screen.detail}</p>}
    </>
  )
}

function Users({ users }: { users: Machine['users'] }) {
  const t = useMessages()
  if (users.length === 0) return <span className="text-ink-3">{t.machines.nobody}</span>
  return (
    <ul>
      {users.map(({ name, since }) => (
        <li key={name}>
          {name}
          {since && (
            <span className="ml-1.5 text-xs text-ink-3">
              <RelativeTime at={since} />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}

function Site({ id }: { id: string }) {
  const t = useMessages()
  const { data: sites } = useQuery(sitesQuery)
  return sites?.find((site) => site.id === id)?.name ?? t.common.none
}

export function MachineFacts({ machine }: { machine: Machine }) {
  const t = useMessages()
  const format = useFormat()
  const { fact } = t.machines
  const { os, id, labels } = machine
  const online = machine.presence.status === 'online'
  return (
    <section aria-labelledby="facts" className="min-w-0">
      <h2 id="facts" className="mb-2 font-semibold">
        {t.machines.facts}
      </h2>
      <dl className="rounded-lg border border-line bg-surface text-sm">
        <Fact name={fact.screen}>
          <Screen machine={machine} />
        </Fact>
        <Fact name={fact.users}>{online ? <Users users={machine.users} /> : t.common.none}</Fact>
        <Fact name={fact.system}>
          {os.name} {os.version}
        </Fact>
        <Fact name={fact.architecture}>{os.arch}</Fact>
        <Fact name={fact.hostname}>{machine.hostname}</Fact>
        <Fact name={fact.site}>
          <Site id={machine.site_id} />
        </Fact>
        {labels.department && <Fact name={t.enrollment.form.department}>{labels.department}</Fact>}
        {labels.device_type && (
          <Fact name={t.enrollment.form.deviceType}>{labels.device_type}</Fact>
        )}
        {labels.tags.length > 0 && (
          <Fact name={t.enrollment.form.tags}>{labels.tags.join(', ')}</Fact>
        )}
        <Fact name={fact.address}>{machine.address ?? t.common.none}</Fact>
        <Fact name={fact.agent}>{machine.agent_version}</Fact>
        <Fact name={fact.capabilities}>
          {machine.capabilities
            .map((code) => byCode(t.codes.capability, code) ?? code)
            .join(', ') || t.common.none}
        </Fact>
        <Fact name={fact.doors}>
          {machine.doors.map((door) => byCode(t.quarantine.door, door) ?? door).join(', ')}
        </Fact>
        {!online && (
          <Fact name={fact.lastSeen}>
            {machine.last_seen_at ? format.dateTime(machine.last_seen_at) : t.machines.never}
          </Fact>
        )}
        <Fact name={fact.enrolled}>{format.dateTime(machine.enrolled_at)}</Fact>
        <Fact name={fact.id}>
          <span className="flex items-start gap-1">
            <code className="min-w-0 truncate font-mono text-xs leading-5" title={id}>
              {id}
            </code>
            <span className="-my-1">
              <CopyButton text={id} label={t.machines.copyId} />
            </span>
          </span>
        </Fact>
      </dl>
    </section>
  )
}
