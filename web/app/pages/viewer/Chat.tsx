/** What people in the session say to each other: a panel beside the picture, and a hint while it is closed. */
import { MessageSquareText, SendHorizontal, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'

import { type Messages, useFormat, useMessages } from '~/i18n'
import { LINE_MAX, personOf, type RemoteSession, type SaidLine, type SessionView } from '~/session'
import { IconButton } from '~/ui/lib/Button'

import { nameOf, PersonMark } from './PersonMark'

/** Lines of one person that follow each other within this stand together, milliseconds. */
const TOGETHER_MS = 120_000

/** Somebody within this of the end of the list, CSS pixels, reads along. */
const READS_ALONG = 40

interface ChatProps {
  session: RemoteSession
  view: SessionView
}

export function Chat({ session, view }: ChatProps) {
  const t = useMessages().viewer.company.chat
  const { said } = view.company
  const list = useRef<HTMLDivElement>(null)
  const readsAlong = useRef(true)
  useLayoutEffect(() => {
    const { current } = list
    if (current !== null && readsAlong.current) current.scrollTop = current.scrollHeight
  }, [said])
  return (
    <aside
      aria-label={t.title}
      className="absolute inset-y-0 right-0 z-10 flex w-full animate-appear flex-col border-l border-line bg-raised text-sm text-ink sm:static sm:w-72 sm:shrink-0"
    >
      <div className="flex items-center justify-between border-b border-line py-1.5 pr-1.5 pl-3">
        <h2 className="font-semibold">{t.title}</h2>
        <IconButton
          size="sm"
          label={t.close}
          icon={<X aria-hidden size={15} />}
          onClick={() => {
            session.together.setChatOpen(false)
            session.focus()
          }}
        />
      </div>
      <div
        ref={list}
        role="log"
        aria-label={t.lines}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- without it nobody could scroll by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          readsAlong.current = scrollHeight - scrollTop - clientHeight < READS_ALONG
        }}
        className="min-h-0 flex-1 overflow-y-auto px-3 py-2 focus-visible:-outline-offset-2"
      >
        {said.length === 0 && <p className="text-ink-3">{t.nothing}</p>}
        <ol>
          {said.map((line, index) => (
            <Line key={index} line={line} before={said[index - 1]} view={view} />
          ))}
        </ol>
      </div>
      <Say session={session} live={view.phase === 'live'} />
    </aside>
  )
}

/** Who said it; of who sits at the machine, that they do. */
function speaker(t: Messages, view: SessionView, line: SaidLine): string {
  const person = personOf(view.company, line.person)
  if (line.name === '') return nameOf(t, person)
  return person?.kind === 'end_user'
    ? t.viewer.company.chat.endUser({ name: line.name })
    : line.name
}

interface LineProps {
  line: SaidLine
  before: SaidLine | undefined
  view: SessionView
}

function Line({ line, before, view }: LineProps) {
  const t = useMessages()
  const format = useFormat()
  const mine = line.person === view.company.roster?.you
  const isGuest = view.company.guests.has(line.person)
  const name = speaker(t, view, line)
  const goesOn = before?.person === line.person && line.at - before.at < TOGETHER_MS
  const at = new Date(line.at).toISOString()
  return (
    <li className={goesOn ? 'pl-9' : 'flex gap-2 pt-2 first:pt-0'}>
      {!goesOn && <PersonMark id={line.person} name={line.name} />}
      <div className="min-w-0 flex-1">
        {!goesOn && (
          <p className="flex items-baseline gap-2">
            <span className="min-w-0 truncate font-semibold">
              {name}
              {isGuest && (
                <span className="font-normal text-warn-text"> ({t.viewer.company.guestWord})</span>
              )}
              {mine && <span className="font-normal text-ink-3"> ({t.viewer.people.you})</span>}
            </span>
            <time
              dateTime={at}
              title={format.exact(at)}
              className="ml-auto text-xs whitespace-nowrap text-ink-3"
            >
              {format.time(at)}
            </time>
          </p>
        )}
        <p className="wrap-anywhere">{line.text}</p>
      </div>
    </li>
  )
}

function Say({ session, live }: { session: RemoteSession; live: boolean }) {
  const t = useMessages().viewer.company.chat
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])
  const say = () => {
    if (!live || text.trim() === '') return
    session.together.say(text)
    setText('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      say()
    } else if (event.key === 'Escape') {
      session.focus()
    }
  }
  return (
    <form
      className="flex items-end gap-1 border-t border-line p-2"
      onSubmit={(event) => {
        event.preventDefault()
        say()
      }}
    >
      <textarea
        ref={field}
        aria-label={t.field}
        placeholder={t.field}
        rows={2}
        maxLength={LINE_MAX}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="min-w-0 flex-1 resize-none rounded-md border border-line-strong/70 bg-surface px-2 py-1 text-ink placeholder:text-ink-3"
      />
      <IconButton
        type="submit"
        look="primary"
        label={live ? t.send : t.later}
        aria-disabled={!live || text.trim() === ''}
        icon={<SendHorizontal aria-hidden size={16} />}
      />
    </form>
  )
}

/** The newest line that nobody looked at yet, where it is seen and in nobody's way. */
export function ChatHint({ session, view }: ChatProps) {
  const t = useMessages()
  const { said, unread } = view.company
  const newest = said.at(-1)
  if (unread === 0 || newest === undefined) return null
  const called = speaker(t, view, newest)
  const name = view.company.guests.has(newest.person)
    ? t.viewer.company.guestNamed({ name: called })
    : called
  return (
    <div
      role="status"
      // Above the news, which take more lines on a phone.
      className="on-nav absolute right-3 bottom-32 max-w-[min(20rem,90%)] sm:bottom-14"
    >
      <button
        type="button"
        onClick={() => session.together.setChatOpen(true)}
        className="flex w-full animate-appear items-center gap-2 rounded-md bg-nav/95 py-1.5 pr-2.5 pl-1.5 text-left text-sm text-nav-ink shadow-float hover:bg-nav-hover"
      >
        <PersonMark id={newest.person} name={newest.name} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{name}</span>
          <span className="block truncate">{newest.text}</span>
        </span>
        <span className="flex shrink-0 items-center gap-1 self-start text-xs text-nav-ink-2">
          <MessageSquareText aria-hidden size={13} />
          {t.viewer.company.chat.unread({ count: unread })}
        </span>
      </button>
    </div>
  )
}
