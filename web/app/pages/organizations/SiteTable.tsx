/** The sites of one organization as rows: how many machines stand there, and what can be done to each. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive, ArchiveRestore, MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { renameSite, restoreSite } from '~/api/actions'
import { everySiteQuery, machinesQuery } from '~/api/queries'
import type { Site } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'
import { useToast } from '~/ui/lib/Toast'

import { ArchivedBadge } from './ArchivedBadge'
import { ArchiveDialog } from './ArchiveDialog'
import { DeleteSiteDialog } from './DeleteSiteDialog'
import { NameDialog } from './NameDialog'

type Doing = 'rename' | 'archive' | 'delete'

interface SiteRowProps {
  site: Site
  /** Undefined while it is not known. */
  machines: number | undefined
  mayManage: boolean
  onDo: (what: Doing) => void
}

function SiteMenu({ site, onDo }: Pick<SiteRowProps, 'site' | 'onDo'>) {
  const { organizations: t } = useMessages()
  const { name } = site
  const toast = useToast()
  const onError = useProblemToast()
  const restore = useMutation({
    mutationFn: () => restoreSite(site),
    onSuccess: () => toast({ tone: 'ok', title: t.sites.restored({ name }) }),
    onError,
  })
  const trigger = (
    <IconButton
      size="sm"
      label={t.sites.actionsFor({ name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <Menu trigger={trigger}>
      <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('rename')}>
        {t.rename}
      </MenuItem>
      {site.archived_at ? (
        <MenuItem icon={<ArchiveRestore size={14} />} onSelect={() => restore.mutate()}>
          {t.restore}
        </MenuItem>
      ) : (
        <MenuItem icon={<Archive size={14} />} onSelect={() => onDo('archive')}>
          {t.archive}
        </MenuItem>
      )}
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
        {t.sites.remove}
      </MenuItem>
    </Menu>
  )
}

function SiteRow({ site, machines, mayManage, onDo }: SiteRowProps) {
  const t = useMessages()
  const format = useFormat()
  return (
    <tr className={bodyRow}>
      <th scope="row" className={classes(cell, 'max-w-[320px] font-semibold break-words')}>
        {site.name} <ArchivedBadge of={site} />
      </th>
      <td className={classes(cell, 'w-32 tabular-nums')}>
        {machines === undefined ? t.common.none : format.number(machines)}
      </td>
      <td className={classes(cell, fromMd, 'w-48 text-ink-3')}>
        <RelativeTime at={site.created_at} />
      </td>
      {mayManage && (
        <td className={classes(cell, 'w-0 text-right')}>
          <SiteMenu site={site} onDo={onDo} />
        </td>
      )}
    </tr>
  )
}

function RenameSiteDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const { sites: t } = useMessages().organizations
  const queryClient = useQueryClient()
  return (
    <NameDialog
      title={t.renameTitle}
      thing={site}
      save={(name, seen) => renameSite(seen ?? site, name)}
      newest={async () => {
        const sites = await queryClient.query({ ...everySiteQuery, staleTime: 0 })
        return sites.find(({ id }) => id === site.id)
      }}
      saved={t.renamed}
      onClose={onClose}
    />
  )
}

interface SiteTableProps {
  label: string
  sites: readonly Site[]
  mayManage: boolean
}

export function SiteTable({ label, sites, mayManage }: SiteTableProps) {
  const t = useMessages()
  const { columns } = t.organizations.sites
  const { data: machines } = useQuery(machinesQuery)
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the site whose dialog is open; the dialog closes with its row.
  const site = sites.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table} aria-label={label}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={headCell}>{columns.machines}</th>
            <th className={classes(headCell, fromMd)}>{columns.created}</th>
            {mayManage && (
              <th className={headCell}>
                <span className="sr-only">{t.common.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {sites.map((row) => (
            <SiteRow
              key={row.id}
              site={row}
              machines={machines?.filter(({ site_id }) => site_id === row.id).length}
              mayManage={mayManage}
              onDo={(what) => setOpen({ id: row.id, what })}
            />
          ))}
        </tbody>
      </table>
      {site && open?.what === 'rename' && <RenameSiteDialog site={site} onClose={close} />}
      {site && open?.what === 'archive' && <ArchiveDialog what={{ site }} onClose={close} />}
      {site && open?.what === 'delete' && <DeleteSiteDialog site={site} onClose={close} />}
    </div>
  )
}
