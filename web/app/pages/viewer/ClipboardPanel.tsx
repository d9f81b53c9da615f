/** What the clipboard does by itself here, and by hand what it cannot. */
import { useState } from 'react'

import { useFormat, useMessages } from '~/i18n'
import { drives, type RemoteSession, type SessionView } from '~/session'
import { type Copied, pictureSize } from '~/session/copied'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

interface ClipboardPanelProps {
  session: RemoteSession
  view: SessionView
}

export function ClipboardPanel({ session, view }: ClipboardPanelProps) {
  const t = useMessages().viewer.clipboard
  const { clipboard } = view
  return (
    <div className="space-y-3">
      <h2 className="font-semibold">{t.title}</h2>
      {view.canClipboard ? (
        <>
          <Permission session={session} permission={clipboard.permission} />
          {clipboard.problem !== null && (
            <Notice tone="warn">{t.problem[clipboard.problem]}</Notice>
          )}
          {clipboard.coming !== null && (
            <p className="text-ink-2">
              {t.coming({ percent: Math.floor(clipboard.coming * 100) })}
            </p>
          )}
          {clipboard.offered !== null && <Offer session={session} copied={clipboard.offered} />}
          {!view.viewOnly && drives(view.company) && <Give session={session} />}
        </>
      ) : (
        <p className="text-ink-2">{t.closed}</p>
      )}
    </div>
  )
}

interface PermissionProps {
  session: RemoteSession
  permission: SessionView['clipboard']['permission']
}

function Permission({ session, permission }: PermissionProps) {
  const t = useMessages().viewer.clipboard
  if (permission === 'granted') return <p className="text-ink-2">{t.automatic}</p>
  if (permission === 'prompt')
    return (
      <div className="space-y-2">
        <p className="text-ink-2">{t.needsPermission}</p>
        <Button size="sm" onClick={() => void session.clipboard.ask()}>
          {t.allow}
        </Button>
      </div>
    )
  return <p className="text-ink-2">{permission === 'denied' ? t.denied : t.unsupported}</p>
}

function Offer({ session, copied }: { session: RemoteSession; copied: Copied }) {
  const t = useMessages().viewer.clipboard
  const format = useFormat()
  const { text, html, picture } = copied
  const size = picture === null ? null : pictureSize(picture)
  const shown =
    picture === null || size === null ? null : { ...size, size: format.bytes(picture.length) }
  return (
    <div className="space-y-2">
      <p className="font-medium">{t.offered}</p>
      {text !== null && (
        <pre className="max-h-32 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap">
          {text}
        </pre>
      )}
      {text === null && html !== null && <p>{t.formatted}</p>}
      {shown !== null && (
        <p>{text === null && html === null ? t.picture(shown) : t.withPicture(shown)}</p>
      )}
      <Button size="sm" look="primary" onClick={() => void session.clipboard.take()}>
        {t.take}
      </Button>
    </div>
  )
}

function Give({ session }: { session: RemoteSession }) {
  const t = useMessages().viewer.clipboard
  const [text, setText] = useState('')
  const [sent, setSent] = useState(false)
  return (
    <form
      className="space-y-2"
      onSubmit={(event) => {
        event.preventDefault()
        session.clipboard.giveText(text)
        setSent(true)
      }}
    >
      <label className="block space-y-1">
        <span className="font-medium">{t.give}</span>
        <textarea
          value={text}
          rows={3}
          onChange={(event) => {
            setText(event.target.value)
            setSent(false)
          }}
          className="block w-full resize-y rounded-md border border-line-strong bg-surface p-2 font-mono text-xs"
        />
      </label>
      <Button size="sm" type="submit" disabled={text === ''}>
        {sent ? t.sent : t.send}
      </Button>
    </form>
  )
}
