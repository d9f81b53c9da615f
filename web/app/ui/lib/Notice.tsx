/** A framed message inside a page or form: what happened and what to do. */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

import { classes } from './classes'

const tones = {
  danger: { box: 'border-danger/40 bg-danger-soft', icon: CircleAlert, ink: 'text-danger-text' },
  warn: { box: 'border-warn/40 bg-warn-soft', icon: TriangleAlert, ink: 'text-warn-text' },
  info: { box: 'border-line bg-sunken', icon: Info, ink: 'text-ink-2' },
}

interface NoticeProps {
  tone?: keyof typeof tones
  title?: string
  children?: ReactNode
  /** Buttons under the text. */
  actions?: ReactNode
}

export function Notice({ tone = 'info', title, children, actions }: NoticeProps) {
  const { box, icon: Icon, ink } = tones[tone]
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={classes('flex gap-2.5 rounded-md border px-3 py-2.5 text-sm', box)}
    >
      <Icon aria-hidden size={16} className={classes('mt-0.5 shrink-0', ink)} />
      <div className="min-w-0 flex-1 space-y-1">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className="text-ink-2">{children}</div>}
        {actions && <div className="flex flex-wrap gap-2 pt-1.5">{actions}</div>}
      </div>
    </div>
  )
}
