/** Organizations: whose machines, and the sites at which they stand. */
import { useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Pencil, Plus } from 'lucide-react'
import { useState } from 'react'

import { createOrganization, createSite, renameOrganization } from '~/api/actions'
import { may, mayForServer } from '~/api/can'
import { meQuery, organizationsQuery, sitesQuery } from '~/api/queries'
import type { Me, Organization } from '~/api/types'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useMessages } from '~/i18n'
import { Button, IconButton } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { NameDialog } from './NameDialog'
import { SiteTable } from './SiteTable'

function Sites({ organization, me }: { organization: Organization; me: Me }) {
  const { sites: t } = useMessages().organizations
  const { data: sites, isPending, isError, error, refetch } = useQuery(sitesQuery)
  if (!may(me, 'machine.see', organization.id)) return <Notice>{t.hidden}</Notice>
  if (isPending) return <SkeletonRows count={2} />
  if (isError && !sites) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <SiteTable
      label={t.label({ organization: organization.name })}
      sites={sites.filter((site) => site.organization_id === organization.id)}
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

function Section({ organization, me }: { organization: Organization; me: Me }) {
  const { organizations: t } = useMessages()
  const format = useFormat()
  const [dialog, setDialog] = useState<'rename' | 'site' | null>(null)
  const { id, name } = organization
  const close = () => setDialog(null)
  return (
    <section aria-labelledby={id} className="mb-8">
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={id} className="min-w-0 text-lg font-semibold break-words">
          {name}
        </h2>
        <span className="text-sm text-ink-3">
          {t.since({ date: format.dateTime(organization.created_at) })}
        </span>
        {may(me, 'organization.manage', id) && (
          <div className="ml-auto flex items-center gap-2">
            <IconButton
              size="sm"
              label={t.renameLabel({ name })}
              icon={<Pencil aria-hidden size={14} />}
              onClick={() => setDialog('rename')}
            />
            <Button
              size="sm"
              aria-label={t.sites.createLabel({ organization: name })}
              onClick={() => setDialog('site')}
            >
              <Plus aria-hidden size={14} />
              {t.sites.create}
            </Button>
          </div>
        )}
      </div>
      <Sites organization={organization} me={me} />
      {dialog === 'rename' && <RenameDialog organization={organization} onClose={close} />}
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
  const [creating, setCreating] = useState(false)
  const organizations = query.data
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
      {organizations?.map((organization) => (
        <Section key={organization.id} organization={organization} me={me} />
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
