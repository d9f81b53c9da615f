/**
 * The viewer page: the picture of a machine and, out of its way, what a technician needs beside it. The session itself
 * lives above the router (`~/session`); this page only shows it and goes without ending it.
 */
import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useState, useSyncExternalStore } from 'react'

import { machineQuery } from '~/api/queries'
import type { Access } from '~/api/types'
import { useMessages } from '~/i18n'
import { activeSessions, canTalk, type RemoteSession } from '~/session'
import { classes } from '~/ui/lib/classes'

import { Chat, ChatHint } from './Chat'
import { useFullScreen } from './full-screen'
import { Picture } from './Picture'
import { Situation } from './Situation'
import { StatisticsOverlay } from './StatisticsOverlay'
import { Toolbar } from './Toolbar'

const ROUTE = '/shell/machines/$id/session'

export default function ViewerPage() {
  const { id } = useParams({ from: ROUTE })
  const { rights: access } = useSearch({ from: ROUTE })
  const session = useSession(id, access)
  return session === undefined ? null : <Viewer key={id} session={session} />
}

/** The session of this tab with a machine, started if there is none. */
function useSession(id: string, access: Access): RemoteSession | undefined {
  const session = useSyncExternalStore(activeSessions.subscribe, () => activeSessions.get(id))
  // What is known of the machine helps, but nothing waits for it.
  const machine = useQuery(machineQuery(id)).data
  useEffect(() => {
    const opened = activeSessions.open(
      { id, name: machine?.name ?? '', ...(machine && { capabilities: machine.capabilities }) },
      access,
    )
    return () => {
      // An end that was seen here needs no place in the list of sessions any more.
      if (opened.getView().phase === 'ended') activeSessions.close(id)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what changes about a machine is no reason for another session
  }, [id, access])
  const name = machine?.name
  useEffect(() => {
    if (name !== undefined) session?.named(name)
  }, [session, name])
  return session
}

function Viewer({ session }: { session: RemoteSession }) {
  const t = useMessages()
  const view = useSyncExternalStore(session.subscribe, session.getView)
  const fullScreen = useFullScreen()
  // Counts how often the chord asked for the toolbar; each time it takes the focus.
  const [summons, setSummons] = useState(0)
  const chat = view.company.chatOpen && canTalk(view.company)
  useTitle(t.viewer.title({ machine: view.machineName }))
  return (
    <div
      data-testid="viewer"
      data-phase={view.phase}
      className={classes(
        'flex flex-col overflow-hidden bg-nav',
        fullScreen.active ? 'fixed inset-0 z-30' : 'relative h-full',
      )}
    >
      <Toolbar session={session} view={view} fullScreen={fullScreen} summons={summons} />
      <div className="relative flex min-h-0 flex-1">
        <div className="relative min-w-0 flex-1">
          <Picture
            session={session}
            view={view}
            onEscape={() => setSummons((count) => count + 1)}
          />
          {view.showStatistics && view.phase !== 'ended' && (
            <StatisticsOverlay session={session} view={view} />
          )}
          <Situation session={session} view={view} />
          {!chat && <ChatHint session={session} view={view} />}
        </div>
        {chat && <Chat session={session} view={view} />}
      </div>
    </div>
  )
}

function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title
    document.title = `${title} · Farol`
    return () => {
      document.title = before
    }
  }, [title])
}
