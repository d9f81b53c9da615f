/**
 * What is said over the picture: how far connecting has come, why there is no picture, what is being done about it, how
 * it ended. INVARIANT: whenever there is no current picture, this names the cause.
 */
import { Check, CircleDashed, MonitorOff } from 'lucide-react'
import type { ReactNode } from 'react'

import { useMessages, type Messages } from '~/i18n'
import { type RemoteSession, type SessionView, watches } from '~/session'
import { Spinner } from '~/ui/lib/Spinner'
import { classes } from '~/ui/lib/classes'
import { Card } from './Card'
import { causeOf } from './causes'
import { DriveNotice, hasDriveNews, Watching } from './DriveNotice'
import { EndScreen } from './EndScreen'
import { Interrupted } from './Interrupted'
import { KeyChanged } from './KeyChanged'
import { MonitorNotice } from './MonitorNotice'
import { RightsNotice } from './RightsNotice'
import { WaitingForConsent } from './WaitingForConsent'

interface SituationProps {
  session: RemoteSession
  view: SessionView
}

export function Situation({ session, view }: SituationProps) {
  switch (view.phase) {
    case 'ended':
      return <EndScreen session={session} view={view} />
    case 'keyChanged':
      return <KeyChanged session={session} view={view} />
    case 'waiting':
      return <WaitingForConsent session={session} view={view} />
    case 'interrupted':
      return <Interrupted session={session} view={view} />
    case 'connecting':
      return <Progress view={view} />
    case 'live':
      return <Live session={session} view={view} />
  }
}

const stages = ['asking', 'relay', 'handshake', 'picture'] as const

function Progress({ view }: { view: SessionView }) {
  const t = useMessages()
  const reached = stages.indexOf(view.stage)
  return (
    <Card icon={<Spinner size={20} />} title={view.machineName || t.viewer.progress.label}>
      <ol aria-label={t.viewer.progress.label} className="space-y-2 text-sm">
        {stages.map((stage, index) => (
          <li
            key={stage}
            aria-current={index === reached ? 'step' : undefined}
            className={classes('flex gap-2.5', index > reached && 'text-ink-3')}
          >
            <span className="mt-0.5 flex size-4 shrink-0 items-center justify-center">
              <StageIcon done={index < reached} current={index === reached} />
            </span>
            <span>
              <span className={classes(index === reached && 'font-semibold')}>
                {t.viewer.progress[stage]}
              </span>
              {index === reached && (
                <span className="block text-ink-2">{t.viewer.progress.detail[stage]}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
      {view.interruption !== null && (
        <p className="mt-3 border-t border-line pt-3 text-sm text-ink-2">
          {causeOf(t, view.interruption.cause).title}
        </p>
      )}
    </Card>
  )
}

function StageIcon({ done, current }: { done: boolean; current: boolean }) {
  if (done) return <Check aria-hidden size={14} className="text-ok-text" />
  return current ? <Spinner size={14} /> : <CircleDashed aria-hidden size={14} />
}

/** Conditions that leave a picture worth seeing: a hint at the edge instead of a card in the middle. */
const STILL_SHOWN = new Set(['locked', 'log_on', 'blank'])

function Live({ session, view }: SituationProps) {
  const t = useMessages()
  const condition = view.screen?.condition ?? 'ok'
  const seen = view.hasPicture && (condition === 'ok' || STILL_SHOWN.has(condition))
  // Somebody waits for an answer to the first, the others wait for nobody.
  if (seen && hasDriveNews(view.company)) return <DriveNotice session={session} view={view} />
  if (seen && view.rightsChange !== null)
    return <RightsNotice session={session} change={view.rightsChange} />
  if (seen && view.monitorNotice !== null)
    return <MonitorNotice session={session} notice={view.monitorNotice} />
  if (condition === 'ok')
    return seen ? <Hints session={session} view={view} /> : <Progress view={view} />
  const { title, detail } = t.viewer.screen[condition]
  if (seen) return <Strip>{`${title}. ${detail}`}</Strip>
  return (
    <Card icon={<MonitorOff aria-hidden size={20} />} title={title}>
      <p className="text-ink-2">{detail}</p>
      {view.screen?.detail && (
        <p className="mt-2 text-sm text-ink-3">
          {t.viewer.screen.said({ detail: view.screen.detail })}
        </p>
      )}
    </Card>
  )
}

function Hints({ session, view }: SituationProps) {
  const t = useMessages()
  if (watches(view.company)) return <Watching session={session} view={view} />
  if (view.pointer === 'captured') return <Strip>{t.viewer.pointer.captured}</Strip>
  if (view.pointer === 'refused') return <Strip>{t.viewer.pointer.refused}</Strip>
  if (view.refused !== null && !view.viewOnly) return <Strip>{refusal(t, view.refused)}</Strip>
  if (!view.canInput) return <Strip>{t.viewer.viewOnlyRights}</Strip>
  if (view.viewOnly) return <Strip>{t.viewer.toolbar.viewOnlyOn}</Strip>
  return view.focused ? null : <Strip>{t.viewer.clickToType}</Strip>
}

function refusal(t: Messages, code: string): string {
  const known: Readonly<Record<string, string>> = t.viewer.refused
  return known[code] ?? t.viewer.refused.other
}

/** A line at the lower edge that lets every click through. */
function Strip({ children }: { children: ReactNode }) {
  return (
    <p
      role="status"
      className="pointer-events-none absolute bottom-3 left-1/2 max-w-[90%] -translate-x-1/2 animate-appear rounded-md bg-nav/90 px-3 py-1.5 text-center text-sm text-nav-ink shadow-float"
    >
      {children}
    </p>
  )
}
