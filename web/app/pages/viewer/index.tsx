/**
 * The viewer page of technicians. The session itself lives above the router (`~/session`); this page only shows it
 * (`Viewer.tsx`) and goes without ending it.
 */
import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useSyncExternalStore } from 'react'

import { machineQuery } from '~/api/queries'
import type { Access } from '~/api/types'
import { activeSessions, type RemoteSession } from '~/session'

import { Viewer } from './Viewer'

const ROUTE = '/shell/machines/$id/session'

export default function ViewerPage() {
  const { id } = useParams({ from: ROUTE })
  const { rights: access } = useSearch({ from: ROUTE })
  const session = useSession(id, access)
  return session === undefined ? null : <Viewer key={id} session={session} />
}

/** The session of this tab with a machine, started if there is none. */
function useSession(id: string, access: Access): RemoteSession | undefined {
  const session = useSyncExternalStore(activeSessions.subscribe, () => activeSessions.get(id))
  // What is known of the machine helps, but nothing waits for it.
  const machine = useQuery(machineQuery(id)).data
  useEffect(() => {
    const opened = activeSessions.open(
      { id, name: machine?.name ?? '', ...(machine && { capabilities: machine.capabilities }) },
      access,
    )
    return () => {
      // An end that was seen here needs no place in the list of sessions any more.
      if (opened.getView().phase === 'ended') activeSessions.close(id)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what changes about a machine is no reason for another session
  }, [id, access])
  const name = machine?.name
  useEffect(() => {
    if (name !== undefined) session?.named(name)
  }, [session, name])
  return session
}
