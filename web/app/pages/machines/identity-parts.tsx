/** What the sections about a machine's identity are made of. */
import type { ReactNode } from 'react'

interface SectionProps {
  id: string
  title: string
  hint?: string
  actions?: ReactNode
  children: ReactNode
}

/** A part of the page under its heading. */
export const Section = ({ id, title, hint, actions, children }: SectionProps) => (
  <section aria-labelledby={id} className="min-w-0">
    <div className="mb-2 flex flex-wrap items-end justify-between gap-2">
      <div>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {hint && <p className="max-w-[72ch] text-sm text-ink-3">{hint}</p>}
      </div>
      {actions}
    </div>
    {children}
  </section>
)

/** One fact in a list of them (`facts`). */
export const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[168px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0 max-sm:grid-cols-1 max-sm:gap-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

export const facts = 'rounded-lg border border-line bg-surface text-sm'

export const Code = ({ children }: { children: string }) => (
  <code className="block font-mono text-xs leading-5 break-all">{children}</code>
)
