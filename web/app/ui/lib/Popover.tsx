/** A panel beside its trigger, for controls that stay open while they are used. */
import { Popover as Radix } from 'radix-ui'
import type { ComponentProps, ReactElement, ReactNode } from 'react'

/** Closes the panel that it is in, on its child. */
export const PopoverClose = Radix.Close

interface PopoverProps {
  trigger: ReactElement
  label: string
  children: ReactNode
  align?: ComponentProps<typeof Radix.Content>['align']
  side?: ComponentProps<typeof Radix.Content>['side']
}

export function Popover({ trigger, label, children, align = 'end', side }: PopoverProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-40 min-w-52 animate-appear rounded-lg border border-line bg-raised p-3 text-sm text-ink shadow-float outline-none"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
