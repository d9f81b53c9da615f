/** A button of the session toolbar: an icon, and its name read aloud and shown as a tooltip. */
import type { ComponentProps, ReactNode } from 'react'

import { classes } from '~/ui/lib/classes'

interface BarButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  label: string
  icon: ReactNode
  /** For switches: whether it is on. */
  on?: boolean
  danger?: boolean
}

export function BarButton({ label, icon, on, danger, className, ...rest }: BarButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...(on === undefined ? {} : { 'aria-pressed': on })}
      {...rest}
      className={classes(
        'relative inline-flex size-8 shrink-0 items-center justify-center rounded-md transition-colors disabled:pointer-events-none disabled:opacity-40',
        danger
          ? 'text-nav-ink hover:bg-danger'
          : 'text-nav-ink-2 hover:bg-nav-hover hover:text-nav-ink',
        on === true && 'bg-nav-active text-nav-ink',
        className,
      )}
    >
      {icon}
    </button>
  )
}
