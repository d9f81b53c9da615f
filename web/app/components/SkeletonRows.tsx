/** Rows of a table that is still loading, in the heights of the real ones. */
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'
import { Skeleton } from '~/ui/lib/Skeleton'

import { tableFrame } from './table'

const widths = ['w-40', 'w-28', 'w-48', 'w-36', 'w-44', 'w-32']

export function SkeletonRows({ count = 8 }: { count?: number }) {
  const t = useMessages()
  return (
    <div className={tableFrame}>
      <span role="status" className="sr-only">
        {t.common.loading}
      </span>
      <div className="h-8" />
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="flex h-9 items-center gap-10 border-t border-line px-4">
          <Skeleton className={widths[index % widths.length]} />
          <Skeleton className="w-16 max-md:hidden" />
          <Skeleton className={classes('max-md:hidden', widths[(index + 2) % widths.length])} />
        </div>
      ))}
    </div>
  )
}
