/** A gray bar in the place of text that is still on its way. */
import { classes } from './classes'

export const Skeleton = ({ className }: { className?: string }) => (
  <span
    aria-hidden
    className={classes(
      'inline-block h-3 animate-pulse rounded-sm bg-line motion-reduce:animate-none',
      className ?? 'w-24',
    )}
  />
)
