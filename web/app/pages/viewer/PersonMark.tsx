/** Who somebody is at a glance: initials on the color that the person has for everybody in the session. */
import { UserRound } from 'lucide-react'

import type { Messages } from '~/i18n'
import { initials, type Person, personColor } from '~/session'
import { classes } from '~/ui/lib/classes'

interface PersonMarkProps {
  id: number
  name: string
  /** Dimmed: not there just now. */
  away?: boolean
  small?: boolean
}

export function PersonMark({ id, name, away, small }: PersonMarkProps) {
  const letters = initials(name)
  return (
    <span
      aria-hidden
      style={{ background: personColor(id) }}
      className={classes(
        'inline-flex shrink-0 items-center justify-center rounded-full font-semibold text-white ring-1 ring-white/70 select-none',
        small === true ? 'size-5 text-[10px]' : 'size-7 text-xs',
        away === true && 'grayscale',
      )}
    >
      {letters === '' ? <UserRound size={small === true ? 12 : 14} /> : letters}
    </span>
  )
}

/** A name to read; agents know some people only by where they sit. */
export function nameOf(t: Messages, person: Pick<Person, 'name' | 'kind'> | undefined): string {
  if (person?.name) return person.name
  const { atMachine, guest, somebody } = t.viewer.company
  if (person?.kind === 'guest') return guest
  return person?.kind === 'end_user' ? atMachine : somebody
}

/** The same, where nothing beside it says who is a guest. */
export function fullNameOf(t: Messages, person: Pick<Person, 'name' | 'kind'> | undefined): string {
  const name = nameOf(t, person)
  return person?.kind === 'guest' && person.name !== ''
    ? t.viewer.company.guestNamed({ name })
    : name
}
