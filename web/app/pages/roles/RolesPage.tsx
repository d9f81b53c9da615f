/** Roles: what people may do, and, for those who manage roles, new ones. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'

import { may, mayForServer } from '~/api/can'
import { meQuery, rolesQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { blankForm } from './form'
import { CreateRoleDialog } from './RoleDialog'
import { RoleTable } from './RoleTable'

function Roles({ me }: { me: Me }) {
  const { roles: t } = useMessages()
  const query = useQuery(rolesQuery)
  const [creating, setCreating] = useState(false)
  const roles = query.data
  const button = mayForServer(me, 'role.manage') && (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={roles && t.count({ count: roles.length })}
        actions={button}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={6} />
      {roles && <RoleTable roles={roles} me={me} />}
      {creating && <CreateRoleDialog me={me} from={blankForm} onClose={() => setCreating(false)} />}
    </>
  )
}

export function RolesPage() {
  const { roles: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'account.see')) return <Roles me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.notAllowed}</Notice>
    </>
  )
}
