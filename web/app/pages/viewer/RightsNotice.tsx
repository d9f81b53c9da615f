/** Calm news about rights that came or went while the session runs. */
import { useEffect } from 'react'

import { useMessages } from '~/i18n'
import type { RemoteSession, RightsChange } from '~/session'

import { NoticeBar, NoticeClose } from './NoticeBar'
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
    <NoticeBar text={t.viewer.rights.change[change.kind]({ rights: rightsText(t, change.rights) })}>
      <NoticeClose
        label={t.viewer.rights.dismiss}
        onClick={() => {
          session.dismissRightsChange()
          session.focus()
        }}
      />
    </NoticeBar>
  )
}
