/** What stands in place of a list that has nothing in it, and the way to the first entry. */
import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
  /** The page has no other heading. */
  wholePage?: boolean
}

export const EmptyState = ({ icon, title, children, action, wholePage }: EmptyStateProps) => (
  <div className="flex flex-col items-center px-6 py-14 text-center">
    <div className="mb-4 flex size-12 items-center justify-center rounded-full bg-beam-soft text-beam-text">
      {icon}
    </div>
    {wholePage ? (
      <h1 className="text-lg font-semibold">{title}</h1>
    ) : (
      <h2 className="text-lg font-semibold">{title}</h2>
    )}
    {children && <div className="mt-1 max-w-[52ch] text-sm text-ink-2">{children}</div>}
    {action && <div className="mt-5">{action}</div>}
  </div>
)
