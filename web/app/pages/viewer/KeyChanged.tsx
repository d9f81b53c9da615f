/**
 * The machine has another key than the one known here: stops before anything is sent to it, until a person has compared
 * the words or leaves.
 */
import { Link } from '@tanstack/react-router'
import { ShieldAlert } from 'lucide-react'
import { useState } from 'react'

import { useFormat, useMessages } from '~/i18n'
import type { RemoteSession, SessionView } from '~/session'
import { Button } from '~/ui/lib/Button'

import { Card } from './Card'
import { Words } from './WordsPanel'

export function KeyChanged({ session, view }: { session: RemoteSession; view: SessionView }) {
  const messages = useMessages()
  const t = messages.viewer.keyChanged
  const format = useFormat()
  const { keyChange } = view
  if (keyChange === null) return null
  return (
    <Card
      wide
      icon={<ShieldAlert aria-hidden size={20} className="text-danger-text" />}
      title={t.title}
    >
      <p className="font-semibold">
        {view.guest ? messages.guest.viewer.keyBody : t.body({ machine: view.machineName })}
      </p>
      <dl className="my-4 grid gap-3 rounded-md border border-line p-3">
        <div>
          <dt className="mb-1 text-sm text-ink-3">
            {t.before({ time: format.dateTime(keyChange.since) })}
          </dt>
          <dd>
            <Words words={keyChange.wordsBefore} />
          </dd>
        </div>
        <div>
          <dt className="mb-1 text-sm text-ink-3">{t.now}</dt>
          <dd>
            <Words words={keyChange.words} tone="warn" />
          </dd>
        </div>
      </dl>
      {view.guest ? <GuestLeaves session={session} /> : <Decision session={session} view={view} />}
    </Card>
  )
}

/** A guest has nobody to compare words with. */
function GuestLeaves({ session }: { session: RemoteSession }) {
  const t = useMessages().guest.viewer
  return (
    <Button look="primary" onClick={() => void session.end()}>
      {t.leave}
    </Button>
  )
}

function Decision({ session, view }: { session: RemoteSession; view: SessionView }) {
  const t = useMessages().viewer.keyChanged
  const [compared, setCompared] = useState(false)
  return (
    <>
      <p className="text-ink-2">{t.why}</p>
      <p className="mt-2 text-ink-2">{t.how}</p>
      <label className="mt-4 flex items-start gap-2.5">
        <input
          type="checkbox"
          checked={compared}
          onChange={(event) => setCompared(event.target.checked)}
          className="mt-0.5 size-4 shrink-0 accent-control"
        />
        <span>{t.compared}</span>
      </label>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button asChild look="primary">
          <Link
            to="/machines/$id"
            params={{ id: view.machineId }}
            onClick={() => void session.end()}
          >
            {t.leave}
          </Link>
        </Button>
        <Button disabled={!compared} onClick={() => void session.trustKey()}>
          {t.trust}
        </Button>
      </div>
    </>
  )
}
