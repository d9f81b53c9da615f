/**
 * Stands in for the `react-remove-scroll` package (see the alias in vite.config.ts), which Radix dialogs use to keep the
 * page behind them from scrolling. The original writes a style element, which the content security policy refuses;
 * this one marks the document and leaves the rest to the stylesheet.
 */
import { Slot } from 'radix-ui'
import { useEffect, type ReactNode, type Ref } from 'react'

interface RemoveScrollProps {
  children?: ReactNode
  enabled?: boolean
  as?: unknown
  allowPinchZoom?: boolean
  shards?: unknown
  ref?: Ref<HTMLElement>
}

let locks = 0

export function RemoveScroll({
  children,
  enabled = true,
  as: _as,
  allowPinchZoom: _zoom,
  shards: _shards,
  ...rest
}: RemoveScrollProps) {
  useEffect(() => {
    if (!enabled) return
    locks += 1
    document.documentElement.dataset['scrollLocked'] = ''
    return () => {
      locks -= 1
      if (locks === 0) delete document.documentElement.dataset['scrollLocked']
    }
  }, [enabled])
  return <Slot.Root {...rest}>{children}</Slot.Root>
}

export default RemoveScroll
