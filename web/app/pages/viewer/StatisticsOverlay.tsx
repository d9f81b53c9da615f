/** Figures of the connection over a corner of the picture: where the time goes, stage by stage, and how much is sent. */
import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import { machineQuery } from '~/api/queries'
import { type Messages, useFormat, useI18n, useMessages } from '~/i18n'
import type { RemoteSession, SessionView, Statistics } from '~/session'
import { STAGES } from '~/session/statistics'
import { whySlow } from '~/session/why-slow'

import { Sparkline } from './Sparkline'

interface OverlayProps {
  session: RemoteSession
  view: SessionView
}

export function StatisticsOverlay({ session, view }: OverlayProps) {
  const t = useMessages().viewer.statistics
  const statistics = useSyncExternalStore(session.subscribeStatistics, session.getStatistics)
  return (
    <aside
      aria-label={t.title}
      className="pointer-events-none absolute top-4 right-3 z-10 w-64 rounded-lg bg-nav/90 p-3 text-xs text-nav-ink shadow-float"
    >
      {statistics === null ? (
        <p className="text-nav-ink-2">{t.waiting}</p>
      ) : (
        <>
          <Latency statistics={statistics} />
          <Traffic statistics={statistics} view={view} />
        </>
      )}
      <Save session={session} view={view} />
    </aside>
  )
}

function Latency({ statistics }: { statistics: Statistics }) {
  const t = useMessages().viewer.statistics
  const milliseconds = useMilliseconds()
  const { total, stages } = statistics
  if (total === null) return <p className="text-nav-ink-2">{t.waiting}</p>
  const longest = Math.max(...STAGES.map((stage) => stages[stage] ?? 0), 1)
  return (
    <>
      <p className="mb-1.5 font-semibold">{statistics.fromInput ? t.fromInput : t.fromDamage}</p>
      <table className="w-full">
        <tbody>
          {STAGES.map((stage) => {
            const spent = stages[stage]
            if (spent === null) return null
            return (
              <tr key={stage}>
                <th scope="row" className="py-px pr-2 text-left font-normal text-nav-ink-2">
                  {t.stages[stage]}
                </th>
                <td className="w-16">
                  <span
                    className="block h-1.5 rounded-sm bg-beam"
                    style={{ width: `${(spent / longest) * 100}%` }}
                  />
                </td>
                <td className="pl-2 text-right whitespace-nowrap">{milliseconds(spent)}</td>
              </tr>
            )
          })}
        </tbody>
        <tfoot>
          <tr className="border-t border-nav-line font-semibold">
            <th scope="row" className="pt-0.5 text-left font-semibold">
              {t.total}
            </th>
            <td />
            <td className="pt-0.5 pl-2 text-right whitespace-nowrap">{milliseconds(total)}</td>
          </tr>
        </tfoot>
      </table>
      <Sparkline label={t.recent} values={statistics.recent} />
    </>
  )
}

function Traffic({ statistics, view }: { statistics: Statistics; view: SessionView }) {
  const t = useMessages().viewer.statistics
  const format = useFormat()
  const milliseconds = useMilliseconds()
  const { roundTrip, framesPerSecond, videoPerSecond, bytesPerSecond } = statistics
  const { bytesReceived, bytesSent, lastFrameBytes } = statistics
  const rows: [string, string][] = [
    [t.roundTrip, roundTrip === null ? '–' : milliseconds(roundTrip)],
    [t.frames, format.number(Math.round(framesPerSecond * 10) / 10)],
    [t.video, format.number(Math.round(videoPerSecond * 10) / 10)],
    [t.bandwidth, t.perSecond({ amount: format.bytes(bytesPerSecond) })],
    [t.total_received, format.bytes(bytesReceived)],
    [t.total_sent, format.bytes(bytesSent)],
    [t.frameSize, format.bytes(lastFrameBytes)],
    [t.picture, view.exact === null ? '–' : view.exact ? t.exact : t.lossy],
    [t.desktop, view.layout === null ? '–' : sizeOf(view.layout)],
    ...shownRows(t, view.layout),
  ]
  return (
    <dl className="mt-2 grid grid-cols-[1fr_auto] gap-x-2 border-t border-nav-line pt-2">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-nav-ink-2">{name}</dt>
          <dd className="text-right whitespace-nowrap">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Everything of the last minutes as a file, for whoever is to find out why it was slow. */
function Save({ session, view }: OverlayProps) {
  const t = useMessages().viewer.statistics
  const machine = useQuery({ ...machineQuery(view.machineId), enabled: !view.guest }).data
  const save = async () => {
    const { quality, scale, monitor, viewOnly, layout } = view
    const text = whySlow(await session.measured(), {
      at: Date.now(),
      browser: navigator.userAgent,
      agentVersion: machine?.agent_version ?? null,
      settings: {
        ...{ quality, scale, one_monitor: monitor !== null, view_only: viewOnly },
        ...{ desktop_width: layout?.width ?? null, desktop_height: layout?.height ?? null },
        pixel_ratio: window.devicePixelRatio,
      },
    })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    link.download = 'why-slow.json'
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <button
      type="button"
      title={t.saveHint}
      onClick={() => void save().then(() => session.focus())}
      className="pointer-events-auto mt-2 inline-flex h-6.5 items-center gap-1.5 rounded-sm px-2 font-medium hover:bg-nav-hover"
    >
      <Download aria-hidden size={14} />
      {t.save}
    </button>
  )
}

const sizeOf = ({ width, height }: { width: number; height: number }) => `${width} × ${height}`

/** What of the desktop comes, where that is not all of it as it is. */
function shownRows(
  t: Messages['viewer']['statistics'],
  layout: SessionView['layout'],
): [string, string][] {
  if (layout === null) return []
  const { surface } = layout
  const shrunk = surface.picture.width < surface.width || surface.picture.height < surface.height
  const size = sizeOf(surface)
  const rows: [string, string][] = []
  if (surface.monitor !== null) rows.push([t.monitor, size])
  if (shrunk) rows.push([t.shrunk, sizeOf(surface.picture)])
  return rows
}

/** Microseconds as milliseconds with one decimal. */
function useMilliseconds(): (microseconds: number) => string {
  const { locale } = useI18n()
  const numbers = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  return (microseconds) => `${numbers.format(microseconds / 1000)} ms`
}
