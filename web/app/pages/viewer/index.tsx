/**
 * The viewer page of technicians. The session itself lives above the router (`~/session`); this page only shows it
 * (`Viewer.tsx`) and goes without ending it.
 */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { EyeOff } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'

import { accessWithin, permittedEverywhere, permittedRights } from '~/api/can'
import { machineQuery, meQuery } from '~/api/queries'
import type { Access, Right } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { useTitle } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { AskButton } from '~/pages/access-requests/AskButton'
import { activeSessions, type RemoteSession } from '~/session'
import { Button } from '~/ui/lib/Button'

import { Viewer } from './Viewer'

const ROUTE = '/shell/machines/$id/session'

export default function ViewerPage() {
  const { id } = useParams({ from: ROUTE })
  const { rights: access } = useSearch({ from: ROUTE })
  const permitted = usePermitted(id)
  const session = useSession(id, access, permitted)
  if (session !== undefined) return <Viewer key={id} session={session} />
  return permitted && !permitted.includes('view') ? <NotAllowed id={id} /> : null
}

/** The rights that the person's roles allow on a machine; undefined while it is not known, null when nobody can say. */
function usePermitted(id: string): readonly Right[] | null | undefined {
  const { data: me } = useSuspenseQuery(meQuery)
  const machine = useQuery(machineQuery(id))
  const permitted = machine.data ? permittedRights(machine.data) : permittedEverywhere(me)
  return permitted ?? (machine.isPending ? undefined : null)
}

/** The session of this tab with a machine, started if there is none and there may be one. */
function useSession(
  id: string,
  access: Access,
  permitted: readonly Right[] | null | undefined,
): RemoteSession | undefined {
  const session = useSyncExternalStore(activeSessions.subscribe, () => activeSessions.get(id))
  // What is known of the machine helps, but nothing waits for it, unless roles differ from machine to machine.
  const machine = useQuery(machineQuery(id)).data
  const known = permitted !== undefined
  const mayLook = permitted === null || permitted?.includes('view') === true
  useEffect(() => {
    // A session that runs stays: the server ends it if it has to.
    if (!known || (!mayLook && activeSessions.get(id) === undefined)) return
    const opened = activeSessions.open(
      {
        id,
        name: machine?.name ?? '',
        ...(machine && { capabilities: machine.capabilities }),
        ...(permitted && { permitted }),
      },
      accessWithin(access, permitted ?? null),
    )
    return () => {
      // An end that was seen here needs no place in the list of sessions any more.
      if (opened.getView().phase === 'ended') activeSessions.close(id)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what changes about a machine or a role is no reason for another session
  }, [id, access, known])
  const name = machine?.name
  useEffect(() => {
    if (name !== undefined) session?.named(name)
  }, [session, name])
  const rights = permitted?.join()
  useEffect(() => {
    if (permitted) session?.permit(permitted)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- another list of the same rights is no change
  }, [session, rights])
  return session
}

function NotAllowed({ id }: { id: string }) {
  const t = useMessages()
  const name = useQuery(machineQuery(id)).data?.name ?? ''
  const action = (
    <div className="flex flex-wrap justify-center gap-2">
      <AskButton machine={{ id, name }} wanted={['screen.view']} size="md" />
      <Button asChild>
        <Link to="/machines/$id" params={{ id }}>
          {t.viewer.end.back}
        </Link>
      </Button>
    </div>
  )
  useTitle(t.machines.connect)
  return (
    <EmptyState
      icon={<EyeOff aria-hidden size={22} />}
      title={t.codes.problem.forbidden.title}
      action={action}
      wholePage
    >
      {t.machines.cannot.notAllowed}
    </EmptyState>
  )
}
