/** The enrollment token that an installation asked with, by its name; or why it needed none. */
import { useQuery } from '@tanstack/react-query'

import { tokenNamesQuery } from '~/api/queries'
import type { QuarantineEntry } from '~/api/types'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

type Asked = Pick<QuarantineEntry, 'enrollment_token_id' | 'door'>

export function TokenName({ entry }: { entry: Asked }) {
  const t = useMessages().quarantine
  const id = entry.enrollment_token_id
  const { data: names, isSuccess } = useQuery({ ...tokenNamesQuery, enabled: Boolean(id) })
  if (!id) {
    const why = entry.door === 'helpdesk' ? t.noTokenHelpdesk : t.noToken
    return <span className="text-ink-3">{why}</span>
  }
  const name = names && byCode(names, id)
  if (name) return <>{name}</>
  return <span className="text-ink-3">{isSuccess ? t.tokenGone : ''}</span>
}
