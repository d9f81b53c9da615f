/** Parts of one page, each with an address of its own. */
import type { ReactNode } from 'react'

interface PageTabsProps {
  label: string
  /** Links of the router; the present one has `aria-current="page"`. */
  children: ReactNode
}

export const PageTabs = ({ label, children }: PageTabsProps) => (
  <nav aria-label={label} className="mb-4 flex gap-1 border-b border-line">
    {children}
  </nav>
)

/** The look of a link in `PageTabs`. */
export const pageTab = (current: boolean) => ({
  'aria-current': current ? ('page' as const) : undefined,
  className: [
    '-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 px-3 text-sm',
    current
      ? 'border-beam font-semibold text-ink'
      : 'border-transparent text-ink-2 hover:border-line-strong hover:text-ink',
  ].join(' '),
})
