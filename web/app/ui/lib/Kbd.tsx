/** One key or combination, as printed on the keyboard. */
import { classes } from './classes'

export const Kbd = ({ children, onNav }: { children: string; onNav?: boolean }) => (
  <kbd
    className={classes(
      'inline-flex h-5 min-w-5 items-center justify-center rounded-sm border px-1 font-sans text-xs whitespace-nowrap',
      onNav ? 'border-nav-line bg-nav-hover text-nav-ink-2' : 'border-line bg-sunken text-ink-2',
    )}
  >
    {children}
  </kbd>
)
