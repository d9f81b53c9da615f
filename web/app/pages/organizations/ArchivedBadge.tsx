/** Marks an organization or a site into which nothing new goes. */
import type { Organization } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'

/** Since when nothing new goes in, and who decided that. */
export function ArchivedBadge({
  of,
}: {
  of: Pick<Organization, 'archived_at' | 'archived_by_name'>
}) {
  const { organizations: t } = useMessages()
  const format = useFormat()
  if (!of.archived_at) return null
  const says = t.archivedBy({
    name: of.archived_by_name ?? '',
    time: format.dateTime(of.archived_at),
  })
  return (
    <span title={says}>
      <Badge>{t.archived}</Badge>
    </span>
  )
}
