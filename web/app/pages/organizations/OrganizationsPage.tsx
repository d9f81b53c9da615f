/** Organizations: whose machines, and the sites at which they stand. */
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Archive, ArchiveRestore, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'

import {
  createOrganization,
  createSite,
  renameOrganization,
  restoreOrganization,
} from '~/api/actions'
import { may, mayForServer } from '~/api/can'
import { everySiteQuery, meQuery, organizationsQuery } from '~/api/queries'
import type { Me, Organization } from '~/api/types'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useMessages } from '~/i18n'
import { Button, IconButton } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'
import { Switch } from '~/ui/lib/Switch'
import { useToast } from '~/ui/lib/Toast'

import { ArchivedBadge } from './ArchivedBadge'
import { ArchiveDialog } from './ArchiveDialog'
import { NameDialog } from './NameDialog'
import { SiteTable } from './SiteTable'

interface SectionProps {
  organization: Organization
  me: Me
  /** Whether sites are listed that are archived. */
  archived: boolean
}

function Sites({ organization, me, archived }: SectionProps) {
  const { sites: t } = useMessages().organizations
  const { data: sites, isPending, isError, error, refetch } = useQuery(everySiteQuery)
  if (!may(me, 'machine.see', organization.id)) return <Notice>{t.hidden}</Notice>
  if (isPending) return <SkeletonRows count={2} />
  if (isError && !sites) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <SiteTable
      label={t.label({ organization: organization.name })}
      sites={sites.filter(
        (site) =>
          site.organization_id === organization.id && (archived || site.archived_at === null),
      )}
      mayManage={may(me, 'organization.manage', organization.id)}
    />
  )
}

interface RenameDialogProps {
  organization: Organization
  onClose: () => void
}

function RenameDialog({ organization, onClose }: RenameDialogProps) {
  const { organizations: t } = useMessages()
  const queryClient = useQueryClient()
  return (
    <NameDialog
      title={t.renameTitle}
      thing={organization}
      save={(name, seen) => renameOrganization(seen ?? organization, name)}
      newest={async () => {
        const all = await queryClient.query({ ...organizationsQuery, staleTime: 0 })
        return all.find(({ id }) => id === organization.id)
      }}
      saved={t.renamed}
      onClose={onClose}
    />
  )
}

type Doing = 'rename' | 'site' | 'archive'

interface ActionsProps {
  organization: Organization
  me: Me
  onDo: (what: Doing) => void
}

function Restore({ organization }: { organization: Organization }) {
  const { organizations: t } = useMessages()
  const { name } = organization
  const toast = useToast()
  const onError = useProblemToast()
  const restore = useMutation({
    mutationFn: () => restoreOrganization(organization),
    onSuccess: () => toast({ tone: 'ok', title: t.restored({ name }) }),
    onError,
  })
  return (
    <Button
      size="sm"
      aria-label={t.restoreLabel({ name })}
      pending={restore.isPending}
      onClick={() => restore.mutate()}
    >
      <ArchiveRestore aria-hidden size={14} />
      {t.restore}
    </Button>
  )
}

/** What can be done to an organization. Into one that is archived nothing new goes. */
function Actions({ organization, me, onDo }: ActionsProps) {
  const { organizations: t } = useMessages()
  const { id, name, archived_at: archived } = organization
  const makesThem = mayForServer(me, 'organization.manage')
  if (archived) return makesThem && <Restore organization={organization} />
  if (!may(me, 'organization.manage', id)) return null
  return (
    <>
      <IconButton
        size="sm"
        label={t.renameLabel({ name })}
        icon={<Pencil aria-hidden size={14} />}
        onClick={() => onDo('rename')}
      />
      {makesThem && (
        <IconButton
          size="sm"
          label={t.archiveLabel({ name })}
          icon={<Archive aria-hidden size={14} />}
          onClick={() => onDo('archive')}
        />
      )}
      <Button
        size="sm"
        aria-label={t.sites.createLabel({ organization: name })}
        onClick={() => onDo('site')}
      >
        <Plus aria-hidden size={14} />
        {t.sites.create}
      </Button>
    </>
  )
}

function Section({ organization, me, archived }: SectionProps) {
  const { organizations: t } = useMessages()
  const format = useFormat()
  const [dialog, setDialog] = useState<Doing | null>(null)
  const { id, name } = organization
  const close = () => setDialog(null)
  return (
    <section aria-labelledby={id} className="mb-8">
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={id} className="min-w-0 text-lg font-semibold break-words">
          {name}
        </h2>
        <ArchivedBadge of={organization} />
        <span className="text-sm text-ink-3">
          {t.since({ date: format.dateTime(organization.created_at) })}
        </span>
        <div className="ml-auto flex items-center gap-2">
          <Actions organization={organization} me={me} onDo={setDialog} />
        </div>
      </div>
      <Sites organization={organization} me={me} archived={archived} />
      {dialog === 'rename' && <RenameDialog organization={organization} onClose={close} />}
      {dialog === 'archive' && <ArchiveDialog what={{ organization }} onClose={close} />}
      {dialog === 'site' && (
        <NameDialog
          title={t.sites.createTitle({ organization: name })}
          thing={null}
          save={(site) => createSite(id, site)}
          saved={t.sites.created}
          onClose={close}
        />
      )}
    </section>
  )
}

function Organizations({ me }: { me: Me }) {
  const { organizations: t } = useMessages()
  const query = useQuery(organizationsQuery)
  const { data: sites = [] } = useQuery(everySiteQuery)
  const [creating, setCreating] = useState(false)
  const [archived, setArchived] = useState(false)
  const organizations = query.data?.filter((one) => archived || one.archived_at === null)
  const anyArchived = [...(query.data ?? []), ...sites].some((one) => one.archived_at !== null)
  const button = mayForServer(me, 'organization.manage') && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={organizations && t.count({ count: organizations.length })}
        actions={button}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={3} />
      {anyArchived && (
        <div className="mb-4 flex justify-end">
          <Switch label={t.showArchived} checked={archived} onChange={setArchived} />
        </div>
      )}
      {organizations?.map((organization) => (
        <Section key={organization.id} organization={organization} me={me} archived={archived} />
      ))}
      {creating && (
        <NameDialog
          title={t.createTitle}
          description={t.createIntro}
          thing={null}
          save={(name) => createOrganization(name)}
          saved={t.created}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}

export function OrganizationsPage() {
  const { organizations: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'organization.manage')) return <Organizations me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.notAllowed}</Notice>
    </>
  )
}
