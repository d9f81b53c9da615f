/** Teams: people who are given roles together. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, UsersRound } from 'lucide-react'
import { useState } from 'react'

import { may } from '~/api/can'
import { meQuery, teamsQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { placesToGive } from '~/pages/people/form'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { CreateTeamDialog } from './TeamDialogs'
import { TeamTable } from './TeamTable'

function Teams({ me }: { me: Me }) {
  const { teams: t } = useMessages()
  const query = useQuery(teamsQuery)
  const navigate = useNavigate({ from: '/teams' })
  const { team: shown } = useSearch({ from: '/shell/teams' })
  const [creating, setCreating] = useState(false)
  const teams = query.data
  const button = placesToGive(me).length > 0 && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={teams && t.count({ count: teams.length })}
        actions={teams?.length !== 0 && button}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={4} />
      {teams?.length === 0 && (
        <EmptyState
          icon={<UsersRound aria-hidden size={22} />}
          title={t.empty.title}
          action={button}
        >
          {t.empty.body}
        </EmptyState>
      )}
      {teams && teams.length > 0 && (
        <TeamTable
          teams={teams}
          me={me}
          shown={shown}
          onClose={() => void navigate({ search: {}, replace: true })}
        />
      )}
      {creating && <CreateTeamDialog me={me} onClose={() => setCreating(false)} />}
    </>
  )
}

export function TeamsPage() {
  const { teams: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'account.see')) return <Teams me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.notAllowed}</Notice>
    </>
  )
}
