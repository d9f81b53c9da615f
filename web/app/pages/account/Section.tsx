/** One part of the page of one's own account. */
import { useId, type ReactNode } from 'react'

interface SectionProps {
  title: string
  intro?: string
  /** Buttons beside the title. */
  actions?: ReactNode
  children?: ReactNode
}

export function Section({ title, intro, actions, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          {intro && <p className="max-w-[64ch] text-sm text-ink-2">{intro}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  )
}

/** One line in a frame: what there is. */
export const Fact = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line bg-surface px-4 py-2.5 text-sm">
    {children}
  </div>
)
