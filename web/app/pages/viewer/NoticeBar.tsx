/** News at the lower edge of the picture, with what can be done about them. */
import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import { classes } from '~/ui/lib/classes'

export function NoticeBar({ text, children }: { text: ReactNode; children?: ReactNode }) {
  return (
    <div className="on-nav pointer-events-none absolute inset-x-0 bottom-3 flex justify-center px-3">
      <div className="pointer-events-auto flex max-w-full animate-appear flex-wrap items-center gap-x-2 gap-y-1 rounded-md bg-nav/95 py-1.5 pr-1.5 pl-3 text-sm text-nav-ink shadow-float">
        <p role="status" className="flex min-w-0 items-center gap-2">
          {text}
        </p>
        <span className="ml-auto flex gap-1">{children}</span>
      </div>
    </div>
  )
}

interface NoticeButtonProps {
  onClick: () => void
  /** What most people will want. */
  first?: boolean
  children: ReactNode
}

export function NoticeButton({ onClick, first, children }: NoticeButtonProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={classes(
        'inline-flex h-6.5 items-center rounded-sm px-2 font-medium whitespace-nowrap',
        first === true
          ? 'bg-primary text-primary-ink hover:bg-primary-hover'
          : 'text-nav-ink hover:bg-nav-hover',
      )}
    >
      {children}
    </button>
  )
}

export function NoticeClose({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onClick}
      className="flex size-6.5 shrink-0 items-center justify-center rounded-sm text-nav-ink-2 hover:bg-nav-hover hover:text-nav-ink"
    >
      <X aria-hidden size={14} />
    </button>
  )
}
