/** A short text on hover or focus. Never the only place of information that matters. */
import { Tooltip as Radix } from 'radix-ui'
import type { ComponentProps, ReactElement } from 'react'

import { Kbd } from './Kbd'

interface TooltipProps {
  text: string
  shortcut?: string | undefined
  side?: ComponentProps<typeof Radix.Content>['side']
  children: ReactElement
}

export const TooltipProvider = Radix.Provider

export function Tooltip({ text, shortcut, side, children }: TooltipProps) {
  return (
    <Radix.Root delayDuration={400}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex max-w-72 animate-appear items-center gap-2 rounded-md bg-nav px-2 py-1 text-xs text-nav-ink shadow-float"
        >
          {text}
          {shortcut && <Kbd onNav>{shortcut}</Kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
