/** The enrollment token that an installation asked with, by its name. */
import { useQuery } from '@tanstack/react-query'

import { tokenNamesQuery } from '~/api/queries'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

export function TokenName({ id }: { id: string | null | undefined }) {
  const t = useMessages().quarantine
  const { data: names, isSuccess } = useQuery({ ...tokenNamesQuery, enabled: Boolean(id) })
  if (!id) return <span className="text-ink-3">{t.noToken}</span>
  const name = names && byCode(names, id)
  if (name) return <>{name}</>
  return <span className="text-ink-3">{isSuccess ? t.tokenGone : ''}</span>
}
