/**
 * Over an interrupted session: what it waits for and for how long. At the lower edge and open to clicks around it, because
 * the last picture may still be read and typing goes on.
 */
import { CloudOff, MonitorOff, Unplug, WifiOff } from 'lucide-react'

import { useFormat, useMessages } from '~/i18n'
import type { RemoteSession, SessionView } from '~/session'
import { Button } from '~/ui/lib/Button'
import { Spinner } from '~/ui/lib/Spinner'

import { causeOf } from './causes'
import { useNow } from './use-now'

const icons = { network: WifiOff, server: CloudOff, machine: MonitorOff }

export function Interrupted({ session, view }: { session: RemoteSession; view: SessionView }) {
  const t = useMessages()
  const { interruption } = view
  if (interruption === null) return null
  const cause = causeOf(t, interruption.cause)
  const Icon = icons[interruption.waitsFor]
  const mayType = view.canInput && !view.viewOnly
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-0 flex justify-center p-4">
      <section
        aria-label={t.viewer.interruption.title}
        className="pointer-events-auto w-[min(460px,calc(100vw-32px))] animate-appear rounded-lg border border-line bg-raised p-4 text-ink shadow-float"
      >
        <div className="flex items-start gap-3">
          <span className="mt-0.5 flex size-6 shrink-0 items-center justify-center text-warn-text">
            <Icon aria-hidden size={20} />
          </span>
          <div className="min-w-0 flex-1">
            <div role="status">
              <h2 className="flex items-center gap-2 font-semibold">
                {t.viewer.interruption.waitsFor[interruption.waitsFor]}
                <Spinner size={14} />
              </h2>
              <p className="text-sm text-ink-2">
                {cause.title}. {cause.detail}
              </p>
            </div>
          </div>
          <Elapsed since={interruption.since} />
        </div>
        <div className="mt-3 flex items-end justify-between gap-3 border-t border-line pt-3">
          <p className="text-sm text-ink-3">
            {view.heldInput > 0 ? (
              <span className="font-medium text-beam-text">
                {t.viewer.interruption.held({ count: view.heldInput })}{' '}
              </span>
            ) : (
              view.hasPicture && `${t.viewer.interruption.stale} `
            )}
            {mayType && t.viewer.interruption.keeps}
          </p>
          <Button size="sm" onClick={() => void session.end()}>
            <Unplug aria-hidden size={13} />
            {view.guest ? t.guest.viewer.leave : t.viewer.toolbar.end}
          </Button>
        </div>
      </section>
    </div>
  )
}

/** Not read aloud: it would be every second. */
function Elapsed({ since }: { since: number }) {
  const format = useFormat()
  const now = useNow()
  return (
    <span aria-hidden className="shrink-0 text-sm whitespace-nowrap text-ink-3 tabular-nums">
      {format.duration((now - since) / 1000)}
    </span>
  )
}
