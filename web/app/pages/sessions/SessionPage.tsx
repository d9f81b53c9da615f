/** One session: who, when, with which rights, who agreed, what happened, how it went and ended. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { canEnd, isGuests } from '~/api/can'
import { invitationsQuery, sessionQuery } from '~/api/queries'
import type { CopiedTexts, Delay, Right, Session } from '~/api/types'
import { Invitations } from '~/components/Invitations'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import {
  endText,
  EndSessionDialog,
  GuestBadge,
  SessionDuration,
  SessionStateBadge,
} from '~/components/SessionTable'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'

import { Timeline } from './Timeline'

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[120px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

function RightBadges({ rights }: { rights: readonly Right[] }) {
  const t = useMessages()
  if (rights.length === 0) return <>{t.common.none}</>
  return (
    <span className="flex flex-wrap gap-1">
      {rights.map((right) => (
        <Badge key={right} tone={right === 'view' ? 'neutral' : 'beam'}>
          {t.codes.rights[right]}
        </Badge>
      ))}
    </span>
  )
}

function ConsentText({ consent }: { consent: Session['consent'] }) {
  const t = useMessages().sessions.one
  const format = useFormat()
  if (consent === null) return <span className="text-ink-2">{t.notAsked}</span>
  const outcome = byCode(t.consentOutcome, consent.outcome) ?? consent.outcome
  const time = format.dateTime(consent.at)
  return (
    <>
      {consent.by
        ? t.consentBy({ outcome, name: consent.by, time })
        : t.consentAt({ outcome, time })}
    </>
  )
}

/** The session of whoever invited a guest; its record may have been removed. */
function HostLink({ id }: { id: string }) {
  const t = useMessages().sessions.one
  const { data: host, isError } = useQuery(sessionQuery(id))
  if (isError) return <>{t.hostUnknown}</>
  return (
    <Link to="/sessions/$id" params={{ id }} className="font-semibold hover:underline">
      {host ? t.hostSession({ name: host.technician.name }) : t.hostUnknown}
    </Link>
  )
}

/** Who was invited into the session; nothing where nobody was. */
function Invited({ session }: { session: Session }) {
  const t = useMessages().invitations
  const { data, error, refetch } = useQuery({
    ...invitationsQuery(session.id),
    // Guests invite nobody.
    enabled: !isGuests(session),
  })
  if (error === null && (data === undefined || data.length === 0)) return null
  return (
    <section aria-labelledby="invitations">
      <h2 id="invitations" className="mb-2 font-semibold">
        {t.title}
      </h2>
      {data ? (
        <div className="bg-surface">
          <Invitations invitations={data} mayRevoke={canEnd(session)} withLinks />
        </div>
      ) : (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      )}
    </section>
  )
}

function Facts({ session }: { session: Session }) {
  const t = useMessages()
  const format = useFormat()
  const { one } = t.sessions
  const time = (at: string | null) => (at === null ? t.common.none : format.dateTime(at))
  return (
    <section aria-labelledby="facts">
      <h2 id="facts" className="mb-2 font-semibold">
        {one.facts}
      </h2>
      <dl className="rounded-lg border border-line bg-surface text-sm">
        <Fact name={one.machine}>
          {session.machine_id ? (
            <Link
              to="/machines/$id"
              params={{ id: session.machine_id }}
              className="font-semibold hover:underline"
            >
              {session.machine_name}
            </Link>
          ) : (
            session.machine_name
          )}
        </Fact>
        {session.guest_of ? (
          <>
            <Fact name={one.guest}>{session.technician.name}</Fact>
            <Fact name={one.guestOf}>
              <HostLink id={session.guest_of} />
            </Fact>
          </>
        ) : (
          <Fact name={one.technician}>{session.technician.name}</Fact>
        )}
        {session.reason && (
          <Fact name={one.reason}>
            <span className="break-words">{session.reason}</span>
          </Fact>
        )}
        <Fact name={one.rights}>
          <RightBadges rights={session.rights} />
        </Fact>
        {session.rights_asked.length > 0 && (
          <Fact name={one.rightsAsked}>
            <RightBadges rights={session.rights_asked} />
          </Fact>
        )}
        <Fact name={one.consent}>
          <ConsentText consent={session.consent} />
        </Fact>
        <Fact name={one.requested}>{time(session.requested_at)}</Fact>
        <Fact name={one.connected}>{time(session.connected_at)}</Fact>
        <Fact name={one.ended}>{time(session.ended_at)}</Fact>
        <Fact name={one.duration}>
          <SessionDuration session={session} />
        </Fact>
        <Fact name={one.interruptions}>{format.number(session.resumes)}</Fact>
        <Fact name={one.toViewer}>{format.bytes(session.bytes_to_viewer)}</Fact>
        <Fact name={one.toAgent}>{format.bytes(session.bytes_to_agent)}</Fact>
        <Fact name={one.id}>
          <code className="font-mono text-xs leading-5 break-all">{session.id}</code>
        </Fact>
      </dl>
    </section>
  )
}

function Spread({ delay }: { delay: Delay | null }) {
  const t = useMessages()
  const format = useFormat()
  if (delay === null) return <>{t.common.none}</>
  const { p50_us: half, p95_us: most } = delay
  return <>{t.sessions.one.spread({ half: format.span(half), most: format.span(most) })}</>
}

function Quality({ figures }: { figures: Session['figures'] }) {
  const t = useMessages().sessions.one
  const format = useFormat()
  const texts = ({ times, bytes }: CopiedTexts) =>
    t.copied({ count: times, size: format.bytes(bytes) })
  return (
    <section aria-labelledby="quality">
      <h2 id="quality" className="mb-2 font-semibold">
        {t.quality}
      </h2>
      {figures ? (
        <dl className="rounded-lg border border-line bg-surface text-sm">
          <Fact name={t.pictureDelay}>
            <Spread delay={figures.picture_delay} />
          </Fact>
          <Fact name={t.roundTrip}>
            <Spread delay={figures.round_trip} />
          </Fact>
          <Fact name={t.pictures}>{format.number(figures.pictures)}</Fact>
          <Fact name={t.copiedToViewer}>{texts(figures.copied_to_viewer)}</Fact>
          <Fact name={t.copiedToAgent}>{texts(figures.copied_to_agent)}</Fact>
        </dl>
      ) : (
        <p className="rounded-lg border border-line bg-surface px-4 py-2 text-sm text-ink-2">
          {t.noFigures}
        </p>
      )}
    </section>
  )
}

function SessionView({ session }: { session: Session }) {
  const t = useMessages()
  const [ending, setEnding] = useState(false)
  return (
    <>
      <PageHeader
        title={t.sessions.one.title({ machine: session.machine_name })}
        crumb={
          <Link to="/sessions" className="inline-flex items-center gap-1 hover:text-ink">
            <ChevronLeft aria-hidden size={14} />
            {t.sessions.title}
          </Link>
        }
        aside={
          <span className="flex gap-1.5">
            {isGuests(session) && <GuestBadge />}
            <SessionStateBadge state={session.state} />
          </span>
        }
        actions={
          canEnd(session) && <Button onClick={() => setEnding(true)}>{t.sessions.end}</Button>
        }
      >
        {session.state === 'ended' && endText(t, session)}
        {session.end?.detail && ` (${session.end.detail})`}
      </PageHeader>
      <div className="grid gap-6 lg:grid-cols-[380px_minmax(0,1fr)]">
        <div className="min-w-0 space-y-6">
          <Facts session={session} />
          <Quality figures={session.figures} />
          <Invited session={session} />
        </div>
        <section aria-labelledby="timeline" className="min-w-0">
          <h2 id="timeline" className="mb-2 font-semibold">
            {t.sessions.one.timeline}
          </h2>
          <div className="rounded-lg border border-line bg-surface p-4">
            <Timeline events={session.timeline ?? []} />
          </div>
        </section>
      </div>
      {ending && <EndSessionDialog session={session} onClose={() => setEnding(false)} />}
    </>
  )
}

export function SessionPage() {
  const t = useMessages()
  const { id } = useParams({ from: '/shell/sessions/$id' })
  const query = useQuery(sessionQuery(id))
  if (query.data) return <SessionView session={query.data} />
  return (
    <>
      <PageHeader title={t.sessions.title} />
      {query.isError ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows count={6} />
      )}
    </>
  )
}
