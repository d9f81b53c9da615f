/** Who came with a token: the machines that were enrolled, also those that are gone, and how many wait. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { enrollmentTokenUsesQuery } from '~/api/queries'
import type { EnrollmentToken, EnrollmentTokenUse } from '~/api/types'
import { LoadMore } from '~/components/LoadMore'
import { ProblemNotice } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

/** The machine as it is now, or what became of it. */
function UsedBy({ used }: { used: EnrollmentTokenUse }) {
  const { uses: t } = useMessages().enrollment
  const { machine } = used
  if (!machine) {
    return (
      <>
        {used.machine_name} <span className="text-ink-3">{t.removed}</span>
      </>
    )
  }
  const link = (
    <Link
      to="/machines/$id"
      params={{ id: machine.id }}
      className="font-semibold underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {machine.name}
    </Link>
  )
  if (machine.id === used.machine_id) return link
  return (
    <>
      {used.machine_name} <span className="text-ink-3">{t.mergedInto}</span> {link}
    </>
  )
}

function UsesTable({ uses }: { uses: readonly EnrollmentTokenUse[] }) {
  const { common, enrollment } = useMessages()
  const t = enrollment.uses
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{t.machine}</th>
            <th className={headCell}>{t.when}</th>
            <th className={classes(headCell, fromMd)}>{t.address}</th>
          </tr>
        </thead>
        <tbody>
          {uses.map((used) => (
            <tr key={used.id} className={bodyRow}>
              <td className={cell}>
                <UsedBy used={used} />
              </td>
              <td className={cell}>
                <RelativeTime at={used.at} />
              </td>
              <td className={classes(cell, fromMd, 'font-mono text-xs')}>
                {used.address ?? common.none}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function UsesDialog({ token, onClose }: { token: EnrollmentToken; onClose: () => void }) {
  const { uses: t } = useMessages().enrollment
  const query = useInfiniteQuery(enrollmentTokenUsesQuery(token.id))
  const uses = query.data?.pages.flatMap((page) => page.items)
  return (
    <Dialog open onClose={onClose} title={t.title({ name: token.name })} wide>
      <div className="flex flex-col gap-3">
        {token.waiting > 0 && <Notice tone="warn">{t.waiting({ count: token.waiting })}</Notice>}
        {query.isError && !query.isFetchNextPageError && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <SkeletonRows count={3} />}
        {uses?.length === 0 && <p className="text-sm text-ink-2">{t.none}</p>}
        {uses && uses.length > 0 && <UsesTable uses={uses} />}
        <LoadMore query={query} />
      </div>
    </Dialog>
  )
}
