/** Who is connected to the machine now: name, rights, for how long. */
import { useQuery } from '@tanstack/react-query'

import { mayControl } from '~/api/can'
import { machineQuery } from '~/api/queries'
import type { SessionSummary } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import type { SessionView } from '~/session'
import { Badge } from '~/ui/lib/Badge'

import { useNow } from './use-now'

export function People({ view }: { view: SessionView }) {
  const t = useMessages().viewer.people
  const sessions = useQuery(machineQuery(view.machineId)).data?.sessions ?? []
  const now = useNow()
  return (
    <>
      <h2 className="mb-2 font-semibold">{t.title}</h2>
      <ul className="space-y-2">
        {sessions.map((session) => (
          <Person
            key={session.id}
            session={session}
            mine={session.id === view.session?.id}
            now={now}
          />
        ))}
      </ul>
    </>
  )
}

function Person({ session, mine, now }: { session: SessionSummary; mine: boolean; now: number }) {
  const t = useMessages()
  const format = useFormat()
  const { connected_at: since } = session
  const controls = mayControl(session)
  return (
    <li className="flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate">
        {session.technician.name}
        {mine && <span className="text-ink-3"> ({t.viewer.people.you})</span>}
      </span>
      <Badge tone={controls ? 'beam' : 'neutral'}>
        {t.codes.rights[controls ? 'control' : 'view']}
      </Badge>
      <span className="text-ink-3">
        {since === null || session.state === 'interrupted'
          ? t.codes.sessionState[session.state].toLowerCase()
          : t.viewer.people.since({ duration: format.duration((now - Date.parse(since)) / 1000) })}
      </span>
    </li>
  )
}
