/** A search field with the machines that it finds, each a button; in a dialog of its own it is `MachinePicker`. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { isBlocked } from '~/api/can'
import { machinesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { TextField } from '~/ui/lib/Field'

import { searched, sorted } from './machine-search'
import { PresenceDot } from './Presence'
import { ProblemNotice } from './ProblemNotice'
import { SkeletonRows } from './SkeletonRows'

interface MachineSearchProps {
  /** Whose machines; everybody's when left out. */
  organizationId?: string
  /** Not to be chosen. */
  without?: readonly string[]
  /** More would be a list to scroll through; people search instead. */
  most?: number
  error?: string | null
  onChoose: (machine: Machine) => void
}

export function MachineSearch({
  organizationId,
  without = [],
  most = 8,
  error = null,
  onChoose,
}: MachineSearchProps) {
  const { identity, common } = useMessages()
  const t = identity.merge
  const query = useQuery(machinesQuery)
  const [words, setWords] = useState('')
  const own = query.data?.filter(
    ({ id, organization_id: of }) =>
      (organizationId === undefined || of === organizationId) && !without.includes(id),
  )
  const found = searched(sorted(own ?? []), words)
  const shown = found.slice(0, most)
  const more = found.length - shown.length
  return (
    <div className="flex flex-col gap-3">
      <TextField
        label={t.search}
        placeholder={t.searchPlaceholder}
        error={error}
        value={words}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setWords(event.target.value)}
      />
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && (
        <>
          <span role="status" className="sr-only">
            {common.loading}
          </span>
          <SkeletonRows count={4} />
        </>
      )}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {shown.map((machine) => (
          <li key={machine.id}>
            <button
              type="button"
              onClick={() => onChoose(machine)}
              className="flex min-h-10 w-full items-center gap-2 px-3 py-1.5 text-left text-sm hover:bg-hover focus-visible:-outline-offset-2"
            >
              <PresenceDot status={machine.presence.status} />
              <span className="min-w-0 truncate font-semibold">{machine.name}</span>
              {isBlocked(machine) && <Badge tone="danger">{identity.block.badge}</Badge>}
              <span className="ml-auto truncate text-xs text-ink-3">
                {[machine.hostname, machine.address].filter(Boolean).join(' · ')}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-ink-3 empty:hidden">
        {own && found.length === 0 ? t.nothing : more > 0 ? t.more({ count: more }) : ''}
      </p>
    </div>
  )
}
