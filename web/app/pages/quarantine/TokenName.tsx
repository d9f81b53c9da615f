/** The enrollment token that an installation asked with, by its name; or why it needed none. Only owners see tokens. */
import { useQuery } from '@tanstack/react-query'

import { tokenNamesQuery } from '~/api/queries'
import type { QuarantineEntry } from '~/api/types'
import { useMay } from '~/components/may'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

type Asked = Pick<QuarantineEntry, 'enrollment_token_id' | 'door'>

export function TokenName({ entry }: { entry: Asked }) {
  const { quarantine: t, common } = useMessages()
  const id = entry.enrollment_token_id
  const mayRead = useMay()('enrollment.manage')
  const query = useQuery({ ...tokenNamesQuery, enabled: Boolean(id) && mayRead })
  if (!id) {
    const why = entry.door === 'helpdesk' ? t.noTokenHelpdesk : t.noToken
    return <span className="text-ink-3">{why}</span>
  }
  const name = query.data && byCode(query.data, id)
  if (name) return <>{name}</>
  if (query.isSuccess) return <span className="text-ink-3">{t.tokenGone}</span>
  return <span className="text-ink-3">{query.isLoading ? '' : common.none}</span>
}
