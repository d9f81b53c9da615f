/** The sites of one organization as rows: how many machines stand there, and what can be done to each. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { renameSite } from '~/api/actions'
import { machinesQuery, sitesQuery } from '~/api/queries'
import type { Site } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { DeleteSiteDialog } from './DeleteSiteDialog'
import { NameDialog } from './NameDialog'

type Doing = 'rename' | 'delete'

interface SiteRowProps {
  site: Site
  /** Undefined while it is not known. */
  machines: number | undefined
  mayManage: boolean
  onDo: (what: Doing) => void
}

function SiteRow({ site, machines, mayManage, onDo }: SiteRowProps) {
  const t = useMessages()
  const format = useFormat()
  const { sites: words } = t.organizations
  const trigger = (
    <IconButton
      size="sm"
      label={words.actionsFor({ name: site.name })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <tr className={bodyRow}>
      <th scope="row" className={classes(cell, 'max-w-[320px] font-semibold break-words')}>
        {site.name}
      </th>
      <td className={classes(cell, 'w-32 tabular-nums')}>
        {machines === undefined ? t.common.none : format.number(machines)}
      </td>
      <td className={classes(cell, fromMd, 'w-48 text-ink-3')}>
        <RelativeTime at={site.created_at} />
      </td>
      {mayManage && (
        <td className={classes(cell, 'w-0 text-right')}>
          <Menu trigger={trigger}>
            <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('rename')}>
              {t.organizations.rename}
            </MenuItem>
            <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
              {words.remove}
            </MenuItem>
          </Menu>
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
        const sites = await queryClient.query({ ...sitesQuery, staleTime: 0 })
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
      {site && open?.what === 'delete' && <DeleteSiteDialog site={site} onClose={close} />}
    </div>
  )
}
