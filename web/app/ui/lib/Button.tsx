/** Buttons. `Button` has a label, `IconButton` an icon and a label that is read aloud and shown as a tooltip. */
import { Slot } from 'radix-ui'
import type { ComponentProps, ReactNode } from 'react'

import { classes } from './classes'
import { Spinner } from './Spinner'
import { Tooltip } from './Tooltip'

const looks = {
  primary:
    'bg-primary text-primary-ink hover:bg-primary-hover aria-disabled:bg-primary font-semibold',
  secondary: 'border border-line-strong/60 bg-surface text-ink hover:bg-hover font-medium',
  quiet: 'text-ink-2 hover:bg-hover hover:text-ink font-medium',
  danger: 'bg-danger text-white hover:bg-danger-hover font-semibold dark:text-black',
  dangerQuiet: 'text-danger-text hover:bg-danger-soft font-medium',
}
const sizes = {
  sm: 'h-6.5 px-2 text-sm gap-1.5',
  md: 'h-8 px-3 text-sm gap-2',
  lg: 'h-10 px-4 gap-2',
}

const shape =
  'inline-flex shrink-0 items-center justify-center rounded-md whitespace-nowrap select-none transition-colors disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50 aria-disabled:cursor-not-allowed'

/** The classes of a button, for links that look like one. */
export const buttonClass = (
  look: keyof typeof looks = 'secondary',
  size: keyof typeof sizes = 'md',
) => classes(shape, looks[look], sizes[size])

interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks
  size?: keyof typeof sizes
  /** Shows a spinner and refuses clicks; the label stays, so the width does not jump. */
  pending?: boolean
  /** Renders the child (a link) in the shape of a button. */
  asChild?: boolean
}

export function Button({ look, size, pending, asChild, className, ...rest }: ButtonProps) {
  const shaped = classes(buttonClass(look, size), className)
  if (asChild) return <Slot.Root {...rest} className={shaped} />
  const { children, onClick, ...others } = rest
  return (
    <button
      type="button"
      {...others}
      className={shaped}
      aria-disabled={pending || others['aria-disabled']}
      aria-busy={pending}
      onClick={pending ? (event) => event.preventDefault() : onClick}
    >
      {pending && <Spinner />}
      {children}
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  label: string
  icon: ReactNode
  look?: keyof typeof looks
  size?: 'sm' | 'md'
  side?: ComponentProps<typeof Tooltip>['side']
  /** Shown in the tooltip behind the label. */
  shortcut?: string
}

export function IconButton({
  label,
  icon,
  look = 'quiet',
  size = 'md',
  side,
  shortcut,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut} side={side}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes(shape, looks[look], size === 'sm' ? 'size-7' : 'size-8', className)}
      >
        {icon}
      </button>
    </Tooltip>
  )
}
