/** What the parts of an inventory are made of: a section with its age and its problems, and facts as label and value. */
import { useQuery } from '@tanstack/react-query'
import { PackageSearch } from 'lucide-react'
import { useId, type ReactNode } from 'react'

import {
  deliversInventory,
  factsOf,
  type FactsOf,
  type InventoryProblem,
  type InventorySection,
  type MachineInventory,
} from '~/api/inventory'
import { machineInventoryQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { RelativeTime } from '~/components/RelativeTime'
import { tableFrame } from '~/components/table'
import { byCode } from '~/i18n/by-code'

import { useWords } from './use-words'
import { placeOf } from './words'

/** More of them are folded: they are no news to whoever looks for something else. */
const PROBLEMS_OPEN = 2

function ProblemList({ problems }: { problems: readonly InventoryProblem[] }) {
  const { t } = useWords()
  return (
    <ul className="space-y-0.5">
      {problems.map(({ field, code, detail }) => (
        <li key={`${field} ${code} ${detail}`}>
          <span className="text-ink-2">
            {placeOf(t, field)}: {byCode(t.problems.codes, code) ?? code}
          </span>
          {detail && <span className="text-ink-3"> ({detail})</span>}
        </li>
      ))}
    </ul>
  )
}

/** What could not be told of a section, and why: facts about the reading, not alarms. */
export function Problems({ problems }: { problems: readonly InventoryProblem[] }) {
  const { t } = useWords()
  if (problems.length === 0) return null
  const frame = 'mb-3 rounded-md bg-sunken px-3 py-2 text-sm [overflow-wrap:anywhere]'
  if (problems.length <= PROBLEMS_OPEN) {
    return (
      <div className={frame}>
        <ProblemList problems={problems} />
      </div>
    )
  }
  return (
    <details className={frame}>
      <summary className="cursor-pointer text-ink-2">
        {t.problems.title({ count: problems.length })}
      </summary>
      <div className="pt-1.5">
        <ProblemList problems={problems} />
      </div>
    </details>
  )
}

interface PartProps<Section extends InventorySection> {
  inventory: MachineInventory
  section: Section
  children: (facts: FactsOf[Section]) => ReactNode
}

/** A section of the inventory under its heading. */
export function Part<Section extends InventorySection>({
  inventory,
  section,
  children,
}: PartProps<Section>) {
  const { t, format } = useWords()
  const id = useId()
  const facts = factsOf(inventory, section)
  const part = inventory.sections.find((one) => one.section === section)
  return (
    <section aria-labelledby={id} className="min-w-0">
      <div className="mb-2 flex flex-wrap items-baseline gap-x-2">
        <h2 id={id} className="font-semibold">
          {t.sections[section]}
        </h2>
        {part && (
          <span
            className="text-xs text-ink-3"
            title={t.changedAt({ time: format.dateTime(part.changed_at) })}
          >
            {t.asOf} <RelativeTime at={part.received_at} />
          </span>
        )}
      </div>
      {part && <Problems problems={part.problems} />}
      {facts ? (
        <div className="grid gap-5">{children(facts)}</div>
      ) : (
        <p className="text-sm text-ink-3">{t.notDelivered}</p>
      )}
    </section>
  )
}

export type Fact = readonly [label: string, value: ReactNode]

/** Facts as label and value; those that are not known are left out. */
export function FactList({ facts, title }: { facts: readonly Fact[]; title?: string }) {
  // Nothing, and not zero or "no": those are facts.
  const known = facts.filter(([, value]) => Boolean(value))
  if (known.length === 0) return null
  return (
    <div className="min-w-0">
      {title && <h3 className="mb-1.5 text-sm font-semibold">{title}</h3>}
      <dl className="rounded-lg border border-line bg-surface text-sm">
        {known.map(([label, value]) => (
          <div
            key={label}
            className="grid grid-cols-[168px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-1.5 first:border-t-0 max-sm:grid-cols-1 max-sm:gap-0"
          >
            <dt className="text-ink-3">{label}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

/** Why there is nothing of a machine, and what brings something. */
export function useWhyNothing(machine: Machine): string {
  const { t } = useWords()
  if (!machine.doors.includes('agent')) return t.none.helpdesk
  if (!deliversInventory(machine)) return t.none.cannot
  return machine.presence.status === 'online' ? t.none.soon : t.none.offline
}

export function NoInventory({ machine }: { machine: Machine }) {
  const { t } = useWords()
  const why = useWhyNothing(machine)
  return (
    <div className={tableFrame}>
      <EmptyState icon={<PackageSearch aria-hidden size={22} />} title={t.none.title}>
        {why}
      </EmptyState>
    </div>
  )
}

interface WithInventoryProps {
  machine: Machine
  children: (inventory: MachineInventory) => ReactNode
}

/** The inventory once it is there; before that, what stands in its place. */
export function WithInventory({ machine, children }: WithInventoryProps) {
  const query = useQuery(machineInventoryQuery(machine.id))
  if (!query.data) return <ListState query={query} rows={8} />
  if (query.data.sections.length === 0) return <NoInventory machine={machine} />
  return <div className="grid gap-8">{children(query.data)}</div>
}
