/** What became of the choice of a monitor: said for a moment, and to those who do not see it, too. */
import { useEffect } from 'react'

import { type Messages, useMessages } from '~/i18n'
import type { MonitorNotice as Notice, RemoteSession } from '~/session'

import { NoticeBar, NoticeClose } from './NoticeBar'

/** How long each stays: one only names what is seen, the others explain why it is not what was asked for. */
const STAYS_MS: Record<Notice['kind'], number> = { shown: 4000, gone: 12_000, too_large: 12_000 }

interface MonitorNoticeProps {
  session: RemoteSession
  notice: Notice
}

export function MonitorNotice({ session, notice }: MonitorNoticeProps) {
  const t = useMessages()
  useEffect(() => {
    const timer = setTimeout(() => session.dismissMonitorNotice(), STAYS_MS[notice.kind])
    return () => clearTimeout(timer)
  }, [session, notice])
  return (
    <NoticeBar text={textOf(t, notice)}>
      <NoticeClose
        label={t.viewer.rights.dismiss}
        onClick={() => {
          session.dismissMonitorNotice()
          session.focus()
        }}
      />
    </NoticeBar>
  )
}

function textOf({ viewer: { monitors } }: Messages, { kind, name }: Notice): string {
  if (kind === 'gone') return monitors.gone({ name: name ?? '' })
  if (kind === 'too_large') return monitors.tooLarge({ name: name ?? '' })
  return name === null ? monitors.all : monitors.shown({ name })
}
