/** The head of a page: its name, which is also the title of the browser tab, what it is about, and its actions. */
import { useEffect, type ReactNode } from 'react'

import { PAGE_HEADING } from './focus-next'

interface PageHeaderProps {
  title: string
  /** Above the title, for example a way back. */
  crumb?: ReactNode
  /** Beside the title, such as a count. */
  aside?: ReactNode
  /** Under the title. */
  children?: ReactNode
  actions?: ReactNode
}

/** Names the browser tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Farol`
  }, [title])
}

export function PageHeader({ title, crumb, aside, children, actions }: PageHeaderProps) {
  useTitle(title)
  return (
    <header className="mb-4">
      {crumb && <div className="mb-1 text-sm text-ink-3">{crumb}</div>}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <h1
            id={PAGE_HEADING}
            tabIndex={-1}
            className="min-w-0 text-xl font-bold tracking-tight outline-none"
          >
            {title}
          </h1>
          {aside && <div className="text-sm text-ink-3">{aside}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children && <div className="mt-1 max-w-[72ch] text-sm text-ink-2">{children}</div>}
    </header>
  )
}
