/** A card over the middle of the picture. */
import type { ReactNode } from 'react'

import { classes } from '~/ui/lib/classes'

interface CardProps {
  icon: ReactNode
  title: string
  children: ReactNode
  wide?: boolean
}

export function Card({ icon, title, children, wide = false }: CardProps) {
  return (
    <div className="absolute inset-0 grid place-content-center-safe overflow-auto p-4">
      <section
        role="status"
        className={classes(
          'animate-appear rounded-lg border border-line bg-raised p-5 text-ink shadow-float',
          wide ? 'w-[min(560px,calc(100vw-32px))]' : 'w-[min(440px,calc(100vw-32px))]',
        )}
      >
        <h2 className="mb-3 flex items-center gap-2.5 text-lg font-semibold">
          <span className="flex size-6 items-center justify-center text-ink-2">{icon}</span>
          {title}
        </h2>
        {children}
      </section>
    </div>
  )
}
