/** How a session ended: who, why, and what can be done now. */
import { Link } from '@tanstack/react-router'
import { Eye, RotateCw, Unplug } from 'lucide-react'

import { useFormat, useMessages } from '~/i18n'
import type { RemoteSession, SessionEnding, SessionView } from '~/session'
import { AskButton } from '~/pages/access-requests/AskButton'
import { Button } from '~/ui/lib/Button'
import { Card } from './Card'
import { type Cause, causeOf, guestCauseOf } from './causes'

interface EndScreenProps {
  session: RemoteSession
  view: SessionView
}

export function EndScreen({ session, view }: EndScreenProps) {
  const t = useMessages()
  const { ending } = view
  if (ending === null) return null
  if (view.guest) return <GuestEnd view={view} ending={ending} />
  const cause = causeOf(t, ending.code)
  return (
    <Card
      icon={<Unplug aria-hidden size={20} />}
      title={view.hasPicture ? t.viewer.end.title : t.viewer.end.failedTitle}
    >
      <p className="font-semibold">{cause.title}</p>
      <Who ending={ending} />
      {cause.detail && <p className="text-ink-2">{cause.detail}</p>}
      {ending.gaveUp && <p className="text-ink-2">{t.viewer.end.gaveUp}</p>}
      <Lasted view={view} />
      {ending.detail && !isKnownProblem(ending, cause) && (
        <p className="mt-2 text-sm text-ink-3">{t.viewer.end.said({ detail: ending.detail })}</p>
      )}
      {ending.requestId && (
        <p className="mt-2 font-mono text-xs text-ink-3">
          {t.viewer.end.requestId({ id: ending.requestId })}
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <Button look="primary" onClick={() => session.restart()}>
          <RotateCw aria-hidden size={14} />
          {t.viewer.end.reconnect}
        </Button>
        {REFUSALS.has(ending.code) && view.access === 'control' && (
          <Button onClick={() => session.restart('view')}>
            <Eye aria-hidden size={14} />
            {t.viewer.end.viewInstead}
          </Button>
        )}
        {ending.code === 'forbidden' && (
          <AskButton
            machine={{ id: view.machineId, name: view.machineName }}
            wanted={view.access === 'control' ? ['screen.view', 'screen.control'] : ['screen.view']}
            size="md"
          />
        )}
        <Button asChild>
          <Link to="/machines/$id" params={{ id: view.machineId }}>
            {t.viewer.end.back}
          </Link>
        </Button>
      </div>
    </Card>
  )
}

/** Rules or roles refuse what was asked for; less of it may be allowed. */
const REFUSALS = new Set(['access_never', 'forbidden'])

/** A guest's way ends here: nothing leads into the console. */
function GuestEnd({ view, ending }: { view: SessionView; ending: SessionEnding }) {
  const t = useMessages()
  const words = t.guest.viewer
  const cause = guestCauseOf(t, ending.code)
  return (
    <Card icon={<Unplug aria-hidden size={20} />} title={words.ended}>
      <p className="font-semibold">{ending.byMe ? words.left : cause.title}</p>
      {!ending.byMe && cause.detail && <p className="text-ink-2">{cause.detail}</p>}
      <Lasted view={view} />
      <p className="mt-3 text-ink-2">
        {ending.code !== 'already_connected' && `${words.again} `}
        {words.leftBody}
      </p>
      {ending.requestId && (
        <p className="mt-2 font-mono text-xs text-ink-3">
          {t.viewer.end.requestId({ id: ending.requestId })}
        </p>
      )}
    </Card>
  )
}

/** Problems whose sentence names what ours cannot know, such as the rule. */
const SAYS_MORE = new Set(['access_never', 'capability_missing'])

/** A problem of the API comes with the server's English sentence, which mostly says nothing that ours does not. */
function isKnownProblem({ code, requestId }: SessionEnding, cause: Cause): boolean {
  return requestId !== null && cause.detail !== '' && !SAYS_MORE.has(code)
}

function Who({ ending }: { ending: SessionEnding }) {
  const t = useMessages()
  if (ending.byMe) return <p className="text-ink-2">{t.viewer.end.byYou}</p>
  if (!ending.by?.name) return null
  return <p className="text-ink-2">{t.viewer.end.by({ name: ending.by.name })}</p>
}

function Lasted({ view }: { view: SessionView }) {
  const t = useMessages()
  const format = useFormat()
  if (view.lasted === null) return null
  return (
    <p className="text-ink-2">{t.viewer.end.lasted({ duration: format.duration(view.lasted) })}</p>
  )
}
