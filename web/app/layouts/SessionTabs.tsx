/** The remote sessions that this browser tab holds, always in sight: where they are and how to end them. */
import { Link } from '@tanstack/react-router'
import { Eye, MonitorPlay, X } from 'lucide-react'

import { useMessages } from '~/i18n'
import { activeSessions, useActiveSessions, type ActiveSession } from '~/session-slot'
import { classes } from '~/ui/lib/classes'

const dots: Record<ActiveSession['phase'], string> = {
  connecting: 'bg-beam animate-pulse',
  waiting: 'bg-beam animate-pulse',
  keyChanged: 'bg-danger',
  live: 'bg-ok',
  interrupted: 'bg-warn animate-pulse',
  ended: 'bg-idle',
}

function SessionTab({ session }: { session: ActiveSession }) {
  const t = useMessages()
  const { machineId, machineName, phase, access } = session
  const Icon = access === 'view' ? Eye : MonitorPlay
  return (
    <li className="flex min-w-0 shrink items-center rounded-md border border-line bg-canvas has-aria-[current=page]:border-beam has-aria-[current=page]:bg-beam-soft">
      <Link
        to="/machines/$id/session"
        params={{ id: machineId }}
        search={{ rights: access }}
        className="flex h-7 min-w-0 items-center gap-1.5 rounded-md pr-1 pl-2 text-sm hover:text-ink"
      >
        <Icon aria-hidden size={14} className="shrink-0 text-ink-3" />
        <span
          className={classes('max-w-40 truncate', phase === 'ended' && 'text-ink-3 line-through')}
        >
          {machineName}
        </span>
        <span aria-hidden className={classes('size-1.5 shrink-0 rounded-full', dots[phase])} />
        <span className="sr-only">{t.shell.phase[phase]}</span>
      </Link>
      <button
        type="button"
        aria-label={t.shell.endSession({ machine: machineName })}
        title={t.shell.endSession({ machine: machineName })}
        onClick={() => activeSessions.close(machineId)}
        className="mr-0.5 flex size-6 shrink-0 items-center justify-center rounded-sm text-ink-3 hover:bg-danger-soft hover:text-danger-text"
      >
        <X aria-hidden size={13} />
      </button>
    </li>
  )
}

export function SessionTabs() {
  const t = useMessages()
  const sessions = useActiveSessions()
  if (sessions.length === 0) return null
  return (
    <ul
      aria-label={t.shell.activeSessions}
      className="flex min-w-0 items-center gap-1 overflow-x-auto py-1"
    >
      {sessions.map((session) => (
        <SessionTab key={session.machineId} session={session} />
      ))}
    </ul>
  )
}
