/** Says that a second factor is asked for, as long as it can be gone on without. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { meQuery } from '~/api/queries'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

export function FactorDue() {
  const { factorAsked: t } = useMessages()
  const format = useFormat()
  const { data: me } = useQuery(meQuery)
  const due = me?.second_factor_missing?.due_at
  if (!due) return null
  const action = (
    <Button asChild size="sm">
      <Link to="/account">{t.toAccount}</Link>
    </Button>
  )
  return (
    <div className="mb-4">
      <Notice tone="warn" title={t.dueTitle} actions={action}>
        {t.dueBody({ time: format.dateTime(due) })}
      </Notice>
    </div>
  )
}
