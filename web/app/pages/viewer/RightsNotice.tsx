/** Calm news about rights that came or went while the session runs. */
import { X } from 'lucide-react'
import { useEffect } from 'react'

import { useMessages } from '~/i18n'
import type { RemoteSession, RightsChange } from '~/session'

import { rightsText } from './RightsPanel'

/** Good news needs no closing. */
const GRANTED_MS = 6000

interface RightsNoticeProps {
  session: RemoteSession
  change: RightsChange
}

export function RightsNotice({ session, change }: RightsNoticeProps) {
  const t = useMessages()
  useEffect(() => {
    if (change.kind !== 'granted') return
    const timer = setTimeout(() => session.dismissRightsChange(), GRANTED_MS)
    return () => clearTimeout(timer)
  }, [session, change])
  return (
    <div className="on-nav pointer-events-none absolute inset-x-0 bottom-3 flex justify-center px-3">
      <div className="pointer-events-auto flex max-w-full animate-appear items-center gap-2 rounded-md bg-nav/95 py-1.5 pr-1.5 pl-3 text-sm text-nav-ink shadow-float">
        <p role="status">
          {t.viewer.rights.change[change.kind]({ rights: rightsText(t, change.rights) })}
        </p>
        <button
          type="button"
          aria-label={t.viewer.rights.dismiss}
          onClick={() => {
            session.dismissRightsChange()
            session.focus()
          }}
          className="flex size-6 shrink-0 items-center justify-center rounded-sm text-nav-ink-2 hover:bg-nav-hover hover:text-nav-ink"
        >
          <X aria-hidden size={14} />
        </button>
      </div>
    </div>
  )
}
