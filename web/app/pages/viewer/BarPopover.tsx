/** A panel under a button of the session toolbar. */
import { Popover, Toolbar as RadixToolbar } from 'radix-ui'
import type { ReactNode } from 'react'

import { BarButton } from './BarButton'

interface BarPopoverProps {
  label: string
  icon: ReactNode
  /** The icon is several. */
  wide?: boolean
  onOpenChange: (open: boolean) => void
  /** Where the focus goes when the panel closes. */
  onClosed: () => void
  children: ReactNode
}

export function BarPopover(props: BarPopoverProps) {
  const { label, icon, wide = false, onOpenChange, onClosed, children } = props
  return (
    <Popover.Root onOpenChange={onOpenChange}>
      <RadixToolbar.Button asChild>
        <Popover.Trigger asChild>
          <BarButton label={label} icon={icon} {...(wide ? { className: 'w-auto px-2' } : {})} />
        </Popover.Trigger>
      </RadixToolbar.Button>
      <Popover.Portal>
        <Popover.Content
          aria-label={label}
          align="center"
          sideOffset={6}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            onClosed()
          }}
          className="z-40 w-80 max-w-[calc(100vw-16px)] animate-appear rounded-lg border border-line bg-raised p-3 text-sm text-ink shadow-float outline-none"
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
