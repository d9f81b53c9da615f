/** What happened in a session, oldest first: when, what, by whom. */
import type { SessionEvent } from '~/api/types'
import { actorText } from '~/components/actor'
import { useFormat, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { classes } from '~/ui/lib/classes'

/** Kinds that deserve a look. */
const troubled = new Set(['consent_refused', 'interrupted', 'rights_refused', 'rights_taken_back'])

export function Timeline({ events }: { events: readonly SessionEvent[] }) {
  const t = useMessages()
  const format = useFormat()
  if (events.length === 0) return <p className="text-ink-3">{t.sessions.one.noEvents}</p>
  return (
    <ol className="relative">
      {events.map((event, index) => (
        <li key={index} className="relative flex gap-3 pb-4 last:pb-0">
          <Mark troubled={troubled.has(event.kind)} last={index === events.length - 1} />
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-medium">
                {byCode(t.sessions.one.event, event.kind) ?? event.kind}
              </span>
              <span className="text-ink-2">{actorText(t, event.who.kind, event.who.name)}</span>
              <time
                dateTime={event.at}
                title={format.exact(event.at)}
                className="ml-auto text-xs whitespace-nowrap text-ink-3"
              >
                {format.moment(event.at, Date.parse(event.at))}
              </time>
            </p>
            <Detail event={event} />
          </div>
        </li>
      ))}
    </ol>
  )
}

function Mark({ troubled, last }: { troubled: boolean; last: boolean }) {
  return (
    <span aria-hidden className="relative flex w-3 shrink-0 justify-center">
      {!last && <span className="absolute top-3 -bottom-2 w-px bg-line" />}
      <span
        className={classes(
          'relative mt-1.5 size-2 rounded-full',
          troubled ? 'bg-warn' : 'bg-line-strong',
        )}
      />
    </span>
  )
}

function Detail({ event }: { event: SessionEvent }) {
  const t = useMessages()
  const text = detailText(t, event)
  return text === '' ? null : <p className="text-sm wrap-anywhere text-ink-2">{text}</p>
}

/** Which field of a kind names the rights it is about; `rights` in all others. */
const RIGHTS_FIELD: Readonly<Record<string, string>> = {
  rights_granted: 'given',
  rights_taken_back: 'taken',
}

/** Rights, outcome, reason and words of whoever said something; fields of a newer server are left out. */
function detailText(t: Messages, { kind, detail }: SessionEvent): string {
  const fields = detail as Readonly<Record<string, unknown>>
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '')
  const rights = fields[RIGHTS_FIELD[kind] ?? 'rights']
  const code = text('reason') || text('code')
  const outcome = text('outcome')
  return [
    // Only the refusal of a question has an outcome that its title does not say.
    kind === 'consent_given' && outcome === 'allowed'
      ? ''
      : (byCode(t.sessions.one.consentOutcome, outcome) ?? outcome),
    Array.isArray(rights) && kind !== 'consent_refused' && kind !== 'rights_refused'
      ? rights.flatMap((right) => byCode(t.codes.rights, String(right)) ?? []).join(', ')
      : '',
    byCode(t.codes.endReason, code) ?? code,
    text('detail'),
    text('text'),
    text('to') && t.sessions.one.drivesNow({ name: text('to') }),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
