/** What the signed-in person may do on a machine and who is asked, in one line: before they connect. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ShieldCheck } from 'lucide-react'

import { permittedRights } from '~/api/can'
import { machineAccessQuery } from '~/api/queries'
import type { Access, Machine } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { lineOf, partsOf, rightsToShow } from '~/pages/access/words'
import { Skeleton } from '~/ui/lib/Skeleton'

interface AccessLineProps {
  machine: Pick<Machine, 'id' | 'capabilities' | 'permissions'>
  mayManage: boolean
}

export function AccessLine({ machine, mayManage }: AccessLineProps) {
  const { access: t } = useMessages()
  const query = useQuery(machineAccessQuery(machine.id))
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  if (!query.data) return <Skeleton className="w-72" />
  const shown = rightsToShow(machine.capabilities)
  const parts = partsOf(t, query.data, shown, permittedRights(machine))
  return (
    <section
      aria-label={t.line.label}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-2"
    >
      <ShieldCheck aria-hidden size={15} className="shrink-0 text-ink-3" />
      {parts.map((part) => (
        <span key={`${part.rights} ${part.says}`}>
          <span className="font-medium text-ink">{part.rights}:</span> {part.says}{' '}
          <span className="text-ink-3">({part.source})</span>
        </span>
      ))}
      {mayManage && (
        <Link to="/access" className="underline underline-offset-2">
          {t.line.rules}
        </Link>
      )}
    </section>
  )
}

/** The same as a text about one way of connecting; asked for only while `wanted`. Null while it is not known. */
export function useAccessText(machineId: string, access: Access, wanted: boolean): string | null {
  const { access: t } = useMessages()
  const { data } = useQuery({ ...machineAccessQuery(machineId), enabled: wanted })
  return data ? lineOf(t, data, access === 'view' ? ['view'] : ['view', 'control']) : null
}
