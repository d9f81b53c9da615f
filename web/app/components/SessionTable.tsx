/** Sessions as rows: on their own page with the machine, on a machine's page without. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Eye, MonitorPlay } from 'lucide-react'
import { useState } from 'react'

import { endSession } from '~/api/actions'
import { canEnd, canRemoveRecord, isGuests, mayControl } from '~/api/can'
import type { Session, SessionState } from '~/api/types'
import { useFormat, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { Check } from './Check'
import { useNow } from './clock'
import { useProblemToast } from './ProblemNotice'
import { RelativeTime } from './RelativeTime'
import { useRowKeys } from './row-keys'
import {
  aboveRowLink,
  bodyRow,
  cell,
  fromLg,
  fromMd,
  headCell,
  rowLink,
  table,
  tableFrame,
} from './table'

/** Ends that somebody wanted; all others deserve a look. */
const wanted = new Set(['technician_ended', 'end_user_ended', 'login_ended'])

/** Why a session ended, in words. */
export function endText(t: Messages, session: Session): string {
  const { end, technician } = session
  if (!end) return t.codes.sessionState[session.state]
  const reason = byCode(t.codes.endReason, end.reason) ?? end.reason
  const name = end.by?.name
  return name && name !== technician.name ? t.sessions.by({ reason, name }) : reason
}

/** Where a session stands, or how it ended; leads to its page, from anywhere in the row. */
function StateLink({ session }: { session: Session }) {
  const t = useMessages()
  const { id, state, end } = session
  const label = t.sessions.openLabel({
    technician: session.technician.name,
    machine: session.machine_name,
  })
  const calm = end && wanted.has(end.reason)
  return (
    <Link
      to="/sessions/$id"
      params={{ id }}
      data-row
      title={end?.detail ?? undefined}
      className={classes(rowLink, 'font-normal!')}
    >
      {state === 'ended' ? (
        <span className={calm ? 'text-ink-2' : 'text-warn-text'}>{endText(t, session)}</span>
      ) : (
        <SessionStateBadge state={state} />
      )}
      <span className="sr-only">. {label}</span>
    </Link>
  )
}

const tones: Record<SessionState, Tone> = {
  requested: 'beam',
  waiting_for_consent: 'beam',
  active: 'ok',
  interrupted: 'warn',
  ended: 'neutral',
}

export function SessionStateBadge({ state }: { state: SessionState }) {
  const t = useMessages()
  return <Badge tone={tones[state]}>{t.codes.sessionState[state]}</Badge>
}

/** Behind the name of somebody who was invited. */
export function GuestBadge() {
  const t = useMessages()
  return <Badge tone="warn">{t.sessions.guest}</Badge>
}

/** How long somebody was connected; running ones count on. */
export function SessionDuration({ session }: { session: Session }) {
  const t = useMessages()
  const format = useFormat()
  const now = useNow()
  const { connected_at: from, ended_at: to } = session
  if (!from) return <span className="text-ink-3">{t.sessions.notConnected}</span>
  const end = to ? new Date(to).getTime() : now
  return <>{format.duration((end - new Date(from).getTime()) / 1000)}</>
}

interface SessionRowProps {
  session: Session
  withMachine: boolean
  selected: boolean
  /** Null for those who may not remove records. */
  onSelect: ((selected: boolean) => void) | null
  onEnd: () => void
}

function SessionRow({ session, withMachine, selected, onSelect, onEnd }: SessionRowProps) {
  const t = useMessages()
  const format = useFormat()
  const controls = mayControl(session)
  const Rights = controls ? MonitorPlay : Eye
  const machine = session.machine_name
  const technician = session.technician.name
  return (
    <tr className={classes(bodyRow, 'relative', selected && 'bg-beam-soft!')}>
      {onSelect && (
        <td className={classes(cell, 'w-0')}>
          {canRemoveRecord(session) && (
            <Check
              label={t.sessions.select({ technician, machine })}
              checked={selected}
              onChange={onSelect}
            />
          )}
        </td>
      )}
      {withMachine && (
        <td className={classes(cell, 'font-semibold')}>
          {session.machine_id ? (
            <Link
              to="/machines/$id"
              params={{ id: session.machine_id }}
              className={classes(aboveRowLink, 'hover:underline')}
            >
              {machine}
            </Link>
          ) : (
            machine
          )}
          <div className="text-xs font-normal text-ink-3 md:hidden">
            {technician} {isGuests(session) && <GuestBadge />}
          </div>
        </td>
      )}
      <td className={classes(cell, 'whitespace-nowrap', withMachine && fromMd)}>
        {technician} {isGuests(session) && <GuestBadge />}
      </td>
      <td className={classes(cell, fromLg)}>
        <span className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap text-ink-2">
          <Rights aria-hidden size={14} className="text-ink-3" />
          <span className={withMachine ? undefined : 'max-2xl:sr-only'}>
            {t.codes.rights[controls ? 'control' : 'view']}
          </span>
        </span>
      </td>
      <td className={classes(cell, 'text-ink-2 max-md:hidden')}>
        <RelativeTime at={session.requested_at} />
      </td>
      <td className={classes(cell, fromMd, 'whitespace-nowrap text-ink-2')}>
        <SessionDuration session={session} />
      </td>
      <td className={classes(cell, fromLg, 'whitespace-nowrap text-ink-2')}>
        {session.connected_at ? format.bytes(session.bytes_to_viewer) : t.common.none}
      </td>
      <td className={cell}>
        <StateLink session={session} />
        <div className="text-xs text-ink-3 md:hidden">
          <RelativeTime at={session.requested_at} />
        </div>
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {canEnd(session) && (
          <Button
            size="sm"
            className={aboveRowLink}
            aria-label={t.sessions.endLabel({ machine, technician })}
            onClick={onEnd}
          >
            {t.sessions.end}
          </Button>
        )}
      </td>
    </tr>
  )
}

export function EndSessionDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const t = useMessages()
  const toast = useToast()
  const onError = useProblemToast()
  const end = useMutation({
    mutationFn: () => endSession(session.id),
    onSuccess: () => toast({ tone: 'ok', title: t.sessions.ended }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.sessions.endTitle}
      action={t.sessions.end}
      onConfirm={() => end.mutate()}
      pending={end.isPending}
    >
      {t.sessions.endBody({ machine: session.machine_name, technician: session.technician.name })}
    </ConfirmDialog>
  )
}

interface Selection {
  readonly ids: ReadonlySet<string>
  readonly onSelect: (ids: readonly string[], selected: boolean) => void
}

interface SessionTableProps {
  sessions: readonly Session[]
  withMachine?: boolean
  /** For those who may remove records. */
  selection?: Selection | undefined
}

export function SessionTable({ sessions, withMachine = false, selection }: SessionTableProps) {
  const t = useMessages()
  const { list } = useRowKeys<HTMLTableSectionElement>()
  const [ending, setEnding] = useState<Session | null>(null)
  const { columns } = t.sessions
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            {selection && (
              <th className={classes(headCell, 'w-0')}>
                <SelectAll sessions={sessions} selection={selection} />
              </th>
            )}
            {withMachine && <th className={headCell}>{columns.machine}</th>}
            <th className={classes(headCell, withMachine && fromMd)}>{columns.technician}</th>
            <th className={classes(headCell, fromLg)}>{columns.rights}</th>
            <th className={classes(headCell, fromMd)}>{columns.started}</th>
            <th className={classes(headCell, fromMd)}>{columns.duration}</th>
            <th className={classes(headCell, fromLg)} title={t.sessions.dataHint}>
              {columns.data}
            </th>
            <th className={headCell}>{columns.end}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={list}>
          {sessions.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              withMachine={withMachine}
              selected={selection?.ids.has(session.id) ?? false}
              onSelect={selection ? (on) => selection.onSelect([session.id], on) : null}
              onEnd={() => setEnding(session)}
            />
          ))}
        </tbody>
      </table>
      {ending && <EndSessionDialog session={ending} onClose={() => setEnding(null)} />}
    </div>
  )
}

/** All records that can be removed. */
function SelectAll({
  sessions,
  selection,
}: {
  sessions: readonly Session[]
  selection: Selection
}) {
  const t = useMessages()
  const ids = sessions.filter(canRemoveRecord).map(({ id }) => id)
  const chosen = ids.filter((id) => selection.ids.has(id)).length
  const all = chosen > 0 && chosen === ids.length
  return (
    <Check
      label={t.sessions.selectAll}
      checked={all}
      mixed={chosen > 0 && !all}
      onChange={(checked) => selection.onSelect(ids, checked)}
    />
  )
}
