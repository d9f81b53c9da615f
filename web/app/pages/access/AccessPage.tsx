/** Access rules: who has to be asked before something is done on a machine, and what is not allowed. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { ListChecks, Plus } from 'lucide-react'
import { useState } from 'react'

import { may, openOrganizations } from '~/api/can'
import { accessRulesQuery, meQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { PageHeader } from '~/components/PageHeader'
import { tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

import { CreateRuleDialog } from './CreateRuleDialog'
import { RuleTable } from './RuleTable'

function Rules({ me }: { me: Me }) {
  const { access: t } = useMessages()
  const query = useQuery(accessRulesQuery)
  const [creating, setCreating] = useState(false)
  const rules = query.data
  const button = (
    <Button look="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={t.title}
        aside={rules && rules.length > 0 && t.count({ count: rules.length })}
        actions={button}
      >
        {t.intro}
      </PageHeader>
      <ListState query={query} rows={5} />
      {rules?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<ListChecks aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {rules && rules.length > 0 && <RuleTable rules={rules} />}
      {creating && (
        <CreateRuleDialog
          organizations={openOrganizations(me)}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}

export function AccessPage() {
  const { access: t } = useMessages()
  const { data: me } = useSuspenseQuery(meQuery)
  if (may(me, 'access.manage')) return <Rules me={me} />
  return (
    <>
      <PageHeader title={t.title} />
      <Notice>{t.ownersOnly}</Notice>
    </>
  )
}
