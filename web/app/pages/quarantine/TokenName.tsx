/** The enrollment token that an installation asked with, by its name. Only owners see tokens. */
import { useQuery } from '@tanstack/react-query'

import { tokenNamesQuery } from '~/api/queries'
import { useMayManage } from '~/components/may-manage'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

export function TokenName({ id }: { id: string | null | undefined }) {
  const { quarantine: t, common } = useMessages()
  const mayManage = useMayManage()
  const query = useQuery({ ...tokenNamesQuery, enabled: Boolean(id) && mayManage })
  if (!id) return <span className="text-ink-3">{t.noToken}</span>
  const name = query.data && byCode(query.data, id)
  if (name) return <>{name}</>
  if (query.isSuccess) return <span className="text-ink-3">{t.tokenGone}</span>
  return <span className="text-ink-3">{query.isLoading ? '' : common.none}</span>
}
