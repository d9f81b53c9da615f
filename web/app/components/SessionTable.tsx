/** Sessions as rows: on their own page with the machine, on a machine's page without. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Eye, MonitorPlay } from 'lucide-react'
import { useState } from 'react'

import { endSession } from '~/api/actions'
import { canEnd } from '~/api/can'
import type { Session } from '~/api/types'
import { useFormat, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { useNow } from './clock'
import { useProblemToast } from './ProblemNotice'
import { RelativeTime } from './RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from './table'

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

function SessionEnding({ session }: { session: Session }) {
  const t = useMessages()
  if (session.state !== 'ended') {
    const tone = session.state === 'connected' ? 'ok' : 'beam'
    return <Badge tone={tone}>{t.codes.sessionState[session.state]}</Badge>
  }
  const calm = session.end && wanted.has(session.end.reason)
  return (
    <span
      title={session.end?.detail ?? undefined}
      className={calm ? 'text-ink-2' : 'text-warn-text'}
    >
      {endText(t, session)}
    </span>
  )
}

/** How long somebody was connected; running ones count on. */
function Duration({ session }: { session: Session }) {
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
  onEnd: () => void
}

function SessionRow({ session, withMachine, onEnd }: SessionRowProps) {
  const t = useMessages()
  const format = useFormat()
  const Rights = session.rights === 'view' ? Eye : MonitorPlay
  const machine = session.machine_name
  const technician = session.technician.name
  return (
    <tr className={bodyRow}>
      {withMachine && (
        <td className={classes(cell, 'font-semibold')}>
          {session.machine_id ? (
            <Link
              to="/machines/$id"
              params={{ id: session.machine_id }}
              className="hover:underline"
            >
              {machine}
            </Link>
          ) : (
            machine
          )}
          <div className="text-xs font-normal text-ink-3 md:hidden">{technician}</div>
        </td>
      )}
      <td className={classes(cell, 'whitespace-nowrap', withMachine && fromMd)}>{technician}</td>
      <td className={classes(cell, fromLg)}>
        <span className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap text-ink-2">
          <Rights aria-hidden size={14} className="text-ink-3" />
          <span className={withMachine ? undefined : 'max-2xl:sr-only'}>
            {t.codes.rights[session.rights]}
          </span>
        </span>
      </td>
      <td className={classes(cell, 'text-ink-2 max-md:hidden')}>
        <RelativeTime at={session.requested_at} />
      </td>
      <td className={classes(cell, fromMd, 'whitespace-nowrap text-ink-2')}>
        <Duration session={session} />
      </td>
      <td className={classes(cell, fromLg, 'whitespace-nowrap text-ink-2')}>
        {session.connected_at ? format.bytes(session.bytes_to_viewer) : t.common.none}
      </td>
      <td className={cell}>
        <SessionEnding session={session} />
        <div className="text-xs text-ink-3 md:hidden">
          <RelativeTime at={session.requested_at} />
        </div>
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {canEnd(session) && (
          <Button
            size="sm"
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

function EndDialog({ session, onClose }: { session: Session; onClose: () => void }) {
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

interface SessionTableProps {
  sessions: readonly Session[]
  withMachine?: boolean
}

export function SessionTable({ sessions, withMachine = false }: SessionTableProps) {
  const t = useMessages()
  const [ending, setEnding] = useState<Session | null>(null)
  const { columns } = t.sessions
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
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
        <tbody>
          {sessions.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              withMachine={withMachine}
              onEnd={() => setEnding(session)}
            />
          ))}
        </tbody>
      </table>
      {ending && <EndDialog session={ending} onClose={() => setEnding(null)} />}
    </div>
  )
}
