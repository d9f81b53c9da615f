/**
 * The page for guests: somebody with the link of an invitation and without an account. The link says who invites to what; with
 * a name it becomes a session, and the page its viewer. No login counts here, and nothing leads into the console.
 */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore, type ReactNode } from 'react'

import { lookAtInvitation } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { useTitle } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { Viewer } from '~/pages/viewer/Viewer'
import type { RemoteSession } from '~/session'
import { guestVisit, type Visit } from '~/session/guest'
import { Notice } from '~/ui/lib/Notice'
import { Spinner } from '~/ui/lib/Spinner'

import { JoinForm, NotValid } from './JoinForm'

export function GuestPage() {
  const secret = useSecret('guest')
  const visit = useSyncExternalStore(guestVisit.subscribe, guestVisit.getSnapshot)
  // A link that was just opened comes first: it may be another invitation.
  if (secret !== null) return <Invited key={secret} secret={secret} visit={visit} />
  return visit.session ? <Visiting session={visit.session} /> : <Arriving />
}

/** In front of the session: a page of its own. */
function Frame({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <SignedOutLayout>
      <h1 className="mb-4 text-2xl font-bold tracking-tight">{title}</h1>
      {children}
    </SignedOutLayout>
  )
}

const Working = ({ children }: { children: ReactNode }) => (
  <p role="status" className="flex items-center gap-2 text-ink-2">
    <Spinner />
    {children}
  </p>
)

function Invited({ secret, visit }: { secret: string; visit: Visit }) {
  const t = useMessages().guest
  const { data, error, refetch } = useQuery({
    queryKey: ['guest-invitation', secret],
    queryFn: () => lookAtInvitation(secret),
    // What is good now may be used a moment later.
    gcTime: 0,
  })
  const notValid = error !== null && asProblem(error).code === 'invitation_not_valid'
  // The link of the session that this tab has, opened once more.
  const goesOn = notValid && (visit.session !== null || guestVisit.mayComeBack())
  useEffect(() => {
    if (goesOn) forgetSecret('guest')
  }, [goesOn])
  return (
    <Frame title={data ? t.title : t.heading}>
      {data ? (
        <JoinForm secret={secret} invitation={data} visit={visit} />
      ) : error === null || goesOn ? (
        <Working>{t.looking}</Working>
      ) : notValid ? (
        <NotValid />
      ) : (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      )}
    </Frame>
  )
}

/** Without a link: back into the session that this tab had before it was loaded anew, if it had one. */
function Arriving() {
  const t = useMessages().guest
  const comesBack = guestVisit.mayComeBack()
  useEffect(() => {
    if (comesBack) guestVisit.comeBack()
  }, [comesBack])
  return (
    <Frame title={t.heading}>
      {comesBack ? (
        <Working>{t.comingBack}</Working>
      ) : (
        <Notice title={t.noLink.title}>{t.noLink.body}</Notice>
      )}
    </Frame>
  )
}

function Visiting({ session }: { session: RemoteSession }) {
  const t = useMessages().guest.viewer
  const { machineName: machine } = useSyncExternalStore(session.subscribe, session.getView)
  return (
    <main className="h-full min-h-0 overflow-hidden">
      <h1 className="sr-only">{t.title({ machine })}</h1>
      <Viewer session={session} />
    </main>
  )
}
