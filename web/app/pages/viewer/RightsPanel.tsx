/** What the technician may do in this session, and the ways to ask for more. */
import { useMutation } from '@tanstack/react-query'
import { Check, ClipboardList, Eye, Hourglass, Minus, MousePointer2 } from 'lucide-react'
import type { ReactNode } from 'react'

import { isPermitted } from '~/api/can'
import type { Right } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages, type Messages } from '~/i18n'
import type { RemoteSession, SessionView } from '~/session'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'

/** Those that a session can have now; files and terminals come with their channels. */
const SHOWN = ['view', 'control', 'clipboard'] as const

const icons = { view: Eye, control: MousePointer2, clipboard: ClipboardList }

/** Rights by name, in the reader's language: "View, Control". */
export const rightsText = (t: Messages, rights: readonly Right[]): string =>
  rights.map((right) => t.codes.rights[right]).join(', ')

type State = 'may' | 'waiting' | 'not'

function stateOf(view: SessionView, right: Right): State {
  if (view.rights.includes(right)) return 'may'
  return view.rightsAsked.includes(right) ? 'waiting' : 'not'
}

/** The rights at a glance: bright when they are there, pulsing while somebody is asked. */
export function RightsIcons({ view }: { view: SessionView }) {
  return (
    <span className="flex items-center gap-1.5">
      {SHOWN.map((right) => {
        const Icon = icons[right]
        const state = stateOf(view, right)
        return (
          <Icon
            key={right}
            aria-hidden
            size={15}
            data-right={right}
            data-state={state}
            className={classes(
              state === 'may' && 'text-beam',
              state === 'waiting' && 'animate-pulse text-beam',
              state === 'not' && 'opacity-45',
            )}
          />
        )
      })}
    </span>
  )
}

export function RightsPanel({ session, view }: { session: RemoteSession; view: SessionView }) {
  const t = useMessages().viewer.rights
  return (
    <>
      <h2 className="mb-2 font-semibold">{t.title}</h2>
      <ul className="space-y-1">
        {SHOWN.map((right) => (
          <RightLine key={right} right={right} session={session} view={view} />
        ))}
      </ul>
      <p className="mt-3 text-ink-3">{t.hint}</p>
    </>
  )
}

interface RightLineProps {
  right: (typeof SHOWN)[number]
  session: RemoteSession
  view: SessionView
}

function RightLine({ right, session, view }: RightLineProps) {
  const t = useMessages()
  const onError = useProblemToast()
  const ask = useMutation({ mutationFn: () => session.askRights([right]), onError })
  const Icon = icons[right]
  const state = stateOf(view, right)
  return (
    <li className="flex min-h-8 items-center gap-2">
      <Icon aria-hidden size={15} className="shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1 truncate">{t.codes.rights[right]}</span>
      {state === 'not' ? (
        !isPermitted(view.permitted, right) ? (
          <Standing icon={<Minus aria-hidden size={13} />} text={t.viewer.rights.notInRoles} />
        ) : view.phase === 'live' ? (
          <Button size="sm" pending={ask.isPending} onClick={() => ask.mutate()}>
            {t.viewer.rights.ask[right]}
          </Button>
        ) : (
          <Standing icon={<Minus aria-hidden size={13} />} text={t.viewer.rights.not} />
        )
      ) : state === 'waiting' ? (
        <Standing icon={<Hourglass aria-hidden size={13} />} text={t.viewer.rights.waiting} beam />
      ) : (
        <Standing icon={<Check aria-hidden size={14} />} text={t.viewer.rights.may} ok />
      )}
    </li>
  )
}

interface StandingProps {
  icon: ReactNode
  text: string
  ok?: boolean
  beam?: boolean
}

function Standing({ icon, text, ok, beam }: StandingProps) {
  return (
    <span
      className={classes(
        'flex items-center gap-1.5',
        ok ? 'text-ok-text' : beam ? 'text-beam-text' : 'text-ink-3',
      )}
    >
      {icon}
      {text}
    </span>
  )
}
