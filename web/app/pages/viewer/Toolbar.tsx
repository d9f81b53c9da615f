/**
 * The session toolbar. Floats over the upper edge and hides itself while nobody needs it; pinned, it takes a line of its
 * own. Reachable by keyboard with the chord of `desktop/keyboard.ts`, by mouse at its handle.
 */
import { useQuery } from '@tanstack/react-query'
import {
  Activity,
  ClipboardList,
  Crosshair,
  Eye,
  GripHorizontal,
  KeyRound,
  Maximize,
  MessageSquareText,
  Minimize,
  Pin,
  PinOff,
  Unplug,
  Users,
} from 'lucide-react'
import { Toolbar as RadixToolbar } from 'radix-ui'
import { useEffect, useRef, useState } from 'react'

import { machineQuery } from '~/api/queries'
import { isPermitted } from '~/api/can'
import { useMessages } from '~/i18n'
import {
  type CompanyView,
  canTalk,
  hasCompany,
  others,
  type RemoteSession,
  type SessionView,
  watches,
} from '~/session'
import { classes } from '~/ui/lib/classes'

import { BarButton } from './BarButton'
import { BarPopover } from './BarPopover'
import { ClipboardPanel } from './ClipboardPanel'
import type { FullScreen } from './full-screen'
import { KeysMenu, ViewMenu } from './menus'
import { People } from './People'
import { PersonMark } from './PersonMark'
import { useReveal } from './reveal'
import { RightsIcons, RightsPanel, rightsText } from './RightsPanel'
import { WordsPanel } from './WordsPanel'

interface ToolbarProps {
  session: RemoteSession
  view: SessionView
  fullScreen: FullScreen
  /** Grows when the keyboard asks for the toolbar. */
  summons: number
}

export function Toolbar({ session, view, fullScreen, summons }: ToolbarProps) {
  const messages = useMessages()
  const t = messages.viewer.toolbar
  const bar = useRef<HTMLDivElement>(null)
  const [pinned, setPinned] = useState(false)
  const reveal = useReveal(view.phase === 'live' && view.hasPicture && !pinned)
  const { show } = reveal
  useEffect(() => {
    if (summons === 0) return
    show()
    bar.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
  }, [summons, show])
  if (view.phase === 'ended' || view.phase === 'keyChanged') return null

  return (
    <div
      className={classes(
        'on-nav z-20',
        pinned ? 'flex shrink-0 justify-center' : 'absolute inset-x-0 top-0 h-0',
      )}
    >
      <div
        ref={bar}
        {...reveal.handlers}
        className={classes(
          'relative mx-auto w-fit max-w-full transition-transform duration-150',
          !pinned && !reveal.shown && '-translate-y-full',
        )}
      >
        <RadixToolbar.Root
          aria-label={t.label}
          // A bar that is out of sight must not be found by the Tab key either.
          inert={!pinned && !reveal.shown}
          className={classes(
            'flex max-w-[100vw] items-center gap-0.5 overflow-x-auto bg-nav p-1 text-nav-ink',
            !pinned && 'rounded-b-lg border border-t-0 border-nav-line',
            // Out of sight it would still cast its shadow.
            !pinned && reveal.shown && 'shadow-float',
          )}
        >
          <Buttons
            session={session}
            view={view}
            fullScreen={fullScreen}
            onOpenChange={reveal.hold}
          />
          <RadixToolbar.Separator className="mx-1 h-5 w-px bg-nav-line max-sm:hidden" />
          <RadixToolbar.Button asChild>
            <BarButton
              label={pinned ? t.unpin : t.pin}
              icon={pinned ? <PinOff aria-hidden size={16} /> : <Pin aria-hidden size={16} />}
              on={pinned}
              onClick={() => setPinned(!pinned)}
            />
          </RadixToolbar.Button>
          <RadixToolbar.Button asChild>
            <BarButton
              label={view.guest ? messages.guest.viewer.leave : t.end}
              icon={<Unplug aria-hidden size={16} />}
              danger
              onClick={() => void session.end()}
            />
          </RadixToolbar.Button>
        </RadixToolbar.Root>
        {!pinned && !reveal.shown && <Handle label={t.show} onShow={show} />}
      </div>
    </div>
  )
}

interface ButtonsProps extends Omit<ToolbarProps, 'summons'> {
  onOpenChange: (open: boolean) => void
}

function Buttons({ session, view, fullScreen, onOpenChange }: ButtonsProps) {
  const messages = useMessages()
  const t = messages.viewer.toolbar
  // Nothing that people could not use is in their way: guests have what they were invited to, others what their roles allow.
  const acts = view.guest ? view.access === 'control' : isPermitted(view.permitted, 'control')
  const shares = !view.guest && isPermitted(view.permitted, 'clipboard')
  const may = rightsText(messages, view.rights) || messages.viewer.rights.nothing
  return (
    <>
      {!view.guest && (
        <BarPopover
          label={messages.viewer.rights.open({ rights: may })}
          icon={<RightsIcons view={view} />}
          wide
          onOpenChange={onOpenChange}
          onClosed={() => session.focus()}
        >
          <RightsPanel session={session} view={view} />
        </BarPopover>
      )}
      <BarPopover
        label={messages.viewer.words.open}
        icon={<KeyRound aria-hidden size={16} />}
        onOpenChange={onOpenChange}
        onClosed={() => session.focus()}
      >
        <WordsPanel view={view} />
      </BarPopover>
      <RadixToolbar.Separator className="mx-1 h-5 w-px bg-nav-line max-sm:hidden" />
      <ViewMenu session={session} view={view} onOpenChange={onOpenChange} />
      <RadixToolbar.Button asChild>
        <BarButton
          label={fullScreen.active ? t.leaveFullScreen : t.fullScreen}
          icon={
            fullScreen.active ? (
              <Minimize aria-hidden size={16} />
            ) : (
              <Maximize aria-hidden size={16} />
            )
          }
          onClick={() => {
            fullScreen.toggle()
            session.focus()
          }}
        />
      </RadixToolbar.Button>
      {acts && <KeysMenu session={session} view={view} onOpenChange={onOpenChange} />}
      {shares && (
        <BarPopover
          label={t.clipboard}
          icon={<ClipboardIcon waiting={view.clipboard.offered !== null} />}
          onOpenChange={onOpenChange}
          onClosed={() => session.focus()}
        >
          <ClipboardPanel session={session} view={view} />
        </BarPopover>
      )}
      {acts && (
        <RadixToolbar.Button asChild disabled={!view.canInput}>
          <BarButton
            label={t.viewOnly}
            icon={<Eye aria-hidden size={16} />}
            on={view.viewOnly || !view.canInput}
            disabled={!view.canInput}
            onClick={() => {
              session.setViewOnly(!view.viewOnly)
              session.focus()
            }}
          />
        </RadixToolbar.Button>
      )}
      <RadixToolbar.Button asChild>
        <BarButton
          label={t.statistics}
          icon={<Activity aria-hidden size={16} />}
          on={view.showStatistics}
          onClick={() => {
            session.setShowStatistics(!view.showStatistics)
            session.focus()
          }}
        />
      </RadixToolbar.Button>
      <BarPopover
        label={t.people}
        icon={<PeopleIcon view={view} />}
        wide={hasCompany(view.company)}
        onOpenChange={onOpenChange}
        onClosed={() => session.focus()}
      >
        <People session={session} view={view} />
      </BarPopover>
      <CompanyButtons session={session} view={view} />
    </>
  )
}

/** What stays of a hidden bar: small, at the edge, in nobody's way. */
function Handle({ label, onShow }: { label: string; onShow: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onShow}
      className="absolute top-full left-1/2 flex h-3.5 w-16 -translate-x-1/2 items-center justify-center rounded-b-md bg-nav text-nav-ink-2 opacity-70 hover:opacity-100 focus-visible:opacity-100"
    >
      <GripHorizontal aria-hidden size={14} />
    </button>
  )
}

function ClipboardIcon({ waiting }: { waiting: boolean }) {
  return (
    <>
      <ClipboardList aria-hidden size={16} />
      {waiting && <span className="absolute top-1 right-1 size-2 rounded-full bg-beam" />}
    </>
  )
}

/** What there is only with others: pointing something out to them, and talking, which needs but somebody at the machine. */
function CompanyButtons({ session, view }: { session: RemoteSession; view: SessionView }) {
  const t = useMessages().viewer.company
  const { company } = view
  if (!canTalk(company)) return null
  return (
    <>
      {watches(company) && (
        <RadixToolbar.Button asChild>
          <BarButton
            label={t.laser}
            icon={<Crosshair aria-hidden size={16} />}
            on={company.laser}
            onClick={() => session.together.setLaser(!company.laser)}
          />
        </RadixToolbar.Button>
      )}
      <RadixToolbar.Button asChild>
        <BarButton
          label={company.unread > 0 ? t.chat.openUnread({ count: company.unread }) : t.chat.title}
          icon={<ChatIcon unread={company.unread} />}
          on={company.chatOpen}
          onClick={() => {
            session.together.setChatOpen(!company.chatOpen)
            if (company.chatOpen) session.focus()
          }}
        />
      </RadixToolbar.Button>
    </>
  )
}

function ChatIcon({ unread }: { unread: number }) {
  return (
    <>
      <MessageSquareText aria-hidden size={16} />
      {unread > 0 && <Count count={unread} />}
    </>
  )
}

/** More than this is "many". */
const COUNT_MAX = 99

function Count({ count }: { count: number }) {
  return (
    <span className="absolute top-0 right-0 min-w-4 rounded-full bg-beam px-1 text-center text-xs/4 font-semibold text-black">
      {count > COUNT_MAX ? `${COUNT_MAX}+` : count}
    </span>
  )
}

/** Shows at a glance when somebody else is connected too, and who. */
function PeopleIcon({ view }: { view: SessionView }) {
  const count =
    useQuery({ ...machineQuery(view.machineId), enabled: !view.guest }).data?.sessions.length ?? 1
  const { roster } = view.company
  if (roster !== null && others(roster).length > 0) return <Faces roster={roster} />
  return (
    <>
      <Users aria-hidden size={16} />
      {roster === null && count > 1 && <Count count={count} />}
    </>
  )
}

/** Faces beside each other before the rest is a number. */
const FACES_MAX = 3

function Faces({ roster }: { roster: NonNullable<CompanyView['roster']> }) {
  const all = others(roster)
  return (
    <span className="flex items-center">
      {all.slice(0, FACES_MAX).map(({ id, name, interrupted }) => (
        <span
          key={id}
          className={classes(
            '-ml-1 inline-flex rounded-full first:ml-0',
            id === roster.driver && 'ring-2 ring-beam',
          )}
        >
          <PersonMark id={id} name={name} away={interrupted} small />
        </span>
      ))}
      {all.length > FACES_MAX && <span className="ml-1 text-xs">+{all.length - FACES_MAX}</span>}
    </span>
  )
}
