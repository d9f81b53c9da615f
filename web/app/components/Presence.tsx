/** Online or offline, told by shape, color and word. */
import type { Machine } from '~/api/types'
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'

type Status = Machine['presence']['status']

/** Filled while online, a ring while offline. The word stands beside it or is read aloud. */
export function PresenceDot({ status, labelled }: { status: Status; labelled?: boolean }) {
  const t = useMessages()
  const word = status === 'online' ? t.machines.online : t.machines.offline
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span
        aria-hidden
        className={classes(
          'size-2 shrink-0 rounded-full',
          status === 'online' ? 'bg-ok' : 'border-[1.5px] border-idle',
        )}
      />
      <span className={labelled ? undefined : 'sr-only'}>{word}</span>
    </span>
  )
}
