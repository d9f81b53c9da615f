/** A session on a page: the picture and, out of its way, what is needed beside it. For technicians and for guests. */
import { useEffect, useState, useSyncExternalStore } from 'react'

import { useMessages } from '~/i18n'
import { canTalk, type RemoteSession } from '~/session'
import { classes } from '~/ui/lib/classes'

import { Chat, ChatHint } from './Chat'
import { useFullScreen } from './full-screen'
import { Picture } from './Picture'
import { Situation } from './Situation'
import { StatisticsOverlay } from './StatisticsOverlay'
import { Toolbar } from './Toolbar'

export function Viewer({ session }: { session: RemoteSession }) {
  const t = useMessages()
  const view = useSyncExternalStore(session.subscribe, session.getView)
  const fullScreen = useFullScreen()
  // Counts how often the chord asked for the toolbar; each time it takes the focus.
  const [summons, setSummons] = useState(0)
  const chat = view.company.chatOpen && canTalk(view.company)
  const { guest, machineName: machine } = view
  useTitle(guest ? t.guest.viewer.title({ machine }) : t.viewer.title({ machine }))
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
          {/* Before the picture, whose keyboard takes the Tab key: from the toolbar one gets here. */}
          {view.showStatistics && view.phase !== 'ended' && (
            <StatisticsOverlay session={session} view={view} />
          )}
          <Picture
            session={session}
            view={view}
            onEscape={() => setSummons((count) => count + 1)}
          />
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
