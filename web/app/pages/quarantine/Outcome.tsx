/** What became of an installation after the decision. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { machinesQuery } from '~/api/queries'
import type { QuarantineEntry } from '~/api/types'
import { aboveRowLink } from '~/components/table'
import { useMessages } from '~/i18n'

export function Outcome({ entry }: { entry: QuarantineEntry }) {
  const t = useMessages().quarantine
  const { data: machines } = useQuery(machinesQuery)
  const id = entry.result_machine_id
  if (entry.state === 'refused') return <span className="text-ink-3">{t.sentAway}</span>
  if (!id) return <span className="text-ink-3">{t.yetToCome}</span>
  // One that was merged or removed since is in the list no more; its id still leads to what is known.
  const name = machines?.find((machine) => machine.id === id)?.name ?? entry.hostname
  return (
    <Link
      to="/machines/$id"
      params={{ id }}
      className={`${aboveRowLink} underline underline-offset-2`}
    >
      {name}
    </Link>
  )
}
