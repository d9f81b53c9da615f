/** While the person at the machine is asked: who is asked for what, for how long now, and the way out. */
import { useQuery } from '@tanstack/react-query'
import { Hourglass } from 'lucide-react'

import { machineQuery } from '~/api/queries'
import { useFormat, useMessages } from '~/i18n'
import type { RemoteSession, SessionView } from '~/session'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { Spinner } from '~/ui/lib/Spinner'

import { Card } from './Card'
import { useNow } from './use-now'
import { Words } from './WordsPanel'

export function WaitingForConsent({
  session,
  view,
}: {
  session: RemoteSession
  view: SessionView
}) {
  const t = useMessages()
  const people =
    useQuery({ ...machineQuery(view.machineId), enabled: !view.guest }).data?.users ?? []
  const machine = view.machineName
  // With several people logged on nobody here knows whom the agent asks.
  const [person] = people.length === 1 ? people : []
  const asking = person
    ? t.viewer.waiting.asking({ person: person.name, machine })
    : t.viewer.waiting.askingSomebody({ machine })
  const wanted = view.rightsAsked.length > 0 ? view.rightsAsked : view.rights
  return (
    <Card icon={<Hourglass aria-hidden size={20} />} title={t.viewer.waiting.title}>
      <p className="flex items-center gap-2 font-semibold">
        <Spinner size={14} />
        <span className="min-w-0 flex-1">{asking}</span>
        {view.askedSince !== null && <Elapsed since={view.askedSince} />}
      </p>
      {wanted.length > 0 && (
        <p className="mt-3 flex flex-wrap items-center gap-1.5 text-sm text-ink-2">
          {t.viewer.waiting.wants}
          {wanted.map((right) => (
            <Badge key={right} tone="beam">
              {t.codes.rights[right]}
            </Badge>
          ))}
        </p>
      )}
      <p className="mt-3 text-sm text-ink-2">{t.viewer.waiting.hint}</p>
      {view.key !== null && (
        <div className="mt-3 border-t border-line pt-3">
          <p className="mb-1 text-sm text-ink-3">{t.viewer.words.open}</p>
          <Words words={view.key.words} />
        </div>
      )}
      <div className="mt-4">
        <Button onClick={() => void session.end()}>{t.viewer.waiting.cancel}</Button>
      </div>
    </Card>
  )
}

/** Not read aloud: it would be every second. */
function Elapsed({ since }: { since: number }) {
  const format = useFormat()
  const now = useNow()
  return (
    <span aria-hidden className="font-normal whitespace-nowrap text-ink-3 tabular-nums">
      {format.duration((now - since) / 1000)}
    </span>
  )
}
