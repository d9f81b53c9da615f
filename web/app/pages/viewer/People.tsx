/** Who is in the machine's sessions now: who drives and who watches, how that changes, and who else may come. */
import { useQuery } from '@tanstack/react-query'

import { mayControl } from '~/api/can'
import { machineQuery } from '~/api/queries'
import type { SessionSummary } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { drives, mayAskToDrive, type Person, type RemoteSession, type SessionView } from '~/session'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'

import { Invite } from './Invite'
import { nameOf, PersonMark } from './PersonMark'
import { useNow } from './use-now'

interface PeopleProps {
  session: RemoteSession
  view: SessionView
}

export function People({ session, view }: PeopleProps) {
  const messages = useMessages()
  const t = messages.viewer.people
  const { roster } = view.company
  return (
    <>
      <h2 className="mb-2 font-semibold">{t.title}</h2>
      {roster === null && view.guest ? (
        <p className="text-ink-3">{messages.guest.viewer.people}</p>
      ) : roster === null ? (
        <Connected view={view} />
      ) : (
        <ul className="space-y-2">
          {roster.people.map((person) => (
            <Member key={person.id} person={person} session={session} view={view} />
          ))}
        </ul>
      )}
      <Invite view={view} />
    </>
  )
}

/** Somebody as the agent knows them, with what can be done about who drives. */
function Member({ person, session, view }: PeopleProps & { person: Person }) {
  const messages = useMessages()
  const t = messages.viewer.company
  const { roster } = view.company
  const mine = person.id === roster?.you
  const name = nameOf(messages, person)
  return (
    <li className="flex flex-wrap items-center gap-2">
      <PersonMark id={person.id} name={person.name} away={person.interrupted} />
      <span className="min-w-0 flex-1 truncate">
        {name}
        {mine && <span className="text-ink-3"> ({messages.viewer.people.you})</span>}
      </span>
      {person.kind === 'guest' && <Badge tone="warn">{t.guest}</Badge>}
      {person.interrupted && <Badge tone="warn">{t.away}</Badge>}
      {person.kind === 'end_user' ? (
        <Badge>{t.atMachine}</Badge>
      ) : person.id === roster?.driver ? (
        <Badge tone="beam">{t.drives}</Badge>
      ) : (
        <Badge>{t.watches}</Badge>
      )}
      <Actions person={person} mine={mine} session={session} view={view} />
    </li>
  )
}

interface ActionsProps extends PeopleProps {
  person: Person
  mine: boolean
}

function Actions({ person, mine, session, view }: ActionsProps) {
  const messages = useMessages()
  const t = messages.viewer.company
  const { company } = view
  if (mine && mayAskToDrive(company))
    return company.asking?.kind === 'waiting' ? (
      <span className="w-full pl-9 text-beam-text">{t.waits}</span>
    ) : (
      <span className="w-full pl-9">
        <Button size="sm" onClick={() => session.together.askToDrive()}>
          {t.ask}
        </Button>
      </span>
    )
  if (mine || !drives(company) || !person.mayDrive || person.interrupted) return null
  const name = nameOf(messages, person)
  return (
    <span className="flex w-full flex-wrap gap-1.5 pl-9">
      <Button size="sm" onClick={() => session.together.handOver(person.id)}>
        {t.handOverTo({ name })}
      </Button>
      {company.askedBy.includes(person.id) && (
        <Button size="sm" look="quiet" onClick={() => session.together.refuse(person.id)}>
          {t.notNow}
        </Button>
      )}
    </span>
  )
}

/** The server's list, for agents that tell nothing of company. */
function Connected({ view }: { view: SessionView }) {
  const sessions = useQuery(machineQuery(view.machineId)).data?.sessions ?? []
  const now = useNow()
  return (
    <ul className="space-y-2">
      {sessions.map((session) => (
        <ConnectedOne
          key={session.id}
          session={session}
          mine={session.id === view.session?.id}
          now={now}
        />
      ))}
    </ul>
  )
}

interface ConnectedOneProps {
  session: SessionSummary
  mine: boolean
  now: number
}

function ConnectedOne({ session, mine, now }: ConnectedOneProps) {
  const t = useMessages()
  const format = useFormat()
  const { connected_at: since } = session
  const controls = mayControl(session)
  return (
    <li className="flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate">
        {session.technician.name}
        {mine && <span className="text-ink-3"> ({t.viewer.people.you})</span>}
      </span>
      <Badge tone={controls ? 'beam' : 'neutral'}>
        {t.codes.rights[controls ? 'control' : 'view']}
      </Badge>
      <span className="text-ink-3">
        {since === null || session.state === 'interrupted'
          ? t.codes.sessionState[session.state].toLowerCase()
          : t.viewer.people.since({ duration: format.duration((now - Date.parse(since)) / 1000) })}
      </span>
    </li>
  )
}
