/** An installation beside each known machine that it may be. */
import { Link } from '@tanstack/react-router'
import { KeyRound, Replace } from 'lucide-react'

import { canApproveAs, canDecide, isBlocked } from '~/api/can'
import type { Comparison, Machine, QuarantineEntry } from '~/api/types'
import { EvidenceTable } from '~/components/EvidenceTable'
import { PresenceDot } from '~/components/Presence'
import { RelativeTime } from '~/components/RelativeTime'
import { useMessages } from '~/i18n'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'

import { suggested } from './rules'

interface CardProps {
  entry: QuarantineEntry
  comparison: Comparison
  holdsKey: boolean
  onMachine: ((machine: Machine) => void) | null
}

function Card({ entry, comparison, holdsKey, onMachine }: CardProps) {
  const { quarantine: t, identity, machines } = useMessages()
  const { machine, evidence, agrees, differs } = comparison
  const { id, name } = machine
  const title = holdsKey ? t.holdsKey({ machine: name }) : t.sharesEvidence({ machine: name })
  const possible = onMachine && canDecide(entry) && canApproveAs(entry, machine)
  return (
    <article aria-label={title} className="rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5">
        <h3 className="flex min-w-0 items-center gap-1.5 font-semibold">
          {holdsKey && <KeyRound aria-hidden size={14} className="shrink-0 text-beam-text" />}
          {title}
        </h3>
        <span className="flex flex-wrap items-center gap-x-2 text-sm text-ink-3">
          <PresenceDot status={machine.presence.status} labelled />
          {machine.last_seen_at && machine.presence.status === 'offline' && (
            <span>
              {machines.fact.lastSeen.toLowerCase()} <RelativeTime at={machine.last_seen_at} />
            </span>
          )}
          {isBlocked(machine) && <Badge tone="danger">{identity.block.badge}</Badge>}
        </span>
        {possible && (
          <Button
            size="sm"
            look={suggested(entry) === 'machine' ? 'primary' : 'secondary'}
            className="ml-auto max-w-full"
            onClick={() => onMachine(machine)}
          >
            <Replace aria-hidden size={13} className="shrink-0" />
            <span className="truncate">{t.asMachine.action({ machine: name })}</span>
          </Button>
        )}
      </header>
      <div className="px-1 pb-1">
        <EvidenceTable
          left={{ name: t.evidence.thisOne, evidence: entry.evidence }}
          right={{
            name,
            heading: (
              <Link to="/machines/$id" params={{ id }} className="underline underline-offset-2">
                {name}
              </Link>
            ),
            evidence,
          }}
          agrees={agrees}
          differs={differs}
        />
      </div>
    </article>
  )
}

interface ComparisonsProps {
  entry: QuarantineEntry
  /** Null for those who may only look. */
  onMachine: ((machine: Machine) => void) | null
}

export function Comparisons({ entry, onMachine }: ComparisonsProps) {
  const { quarantine: t } = useMessages()
  const { holds_key_of: owner, candidates } = entry
  return (
    <section aria-labelledby="compare" className="min-w-0">
      <h2 id="compare" className="mb-2 font-semibold">
        {t.compare}
      </h2>
      <div className="flex flex-col gap-3">
        {owner && <Card entry={entry} comparison={owner} holdsKey onMachine={onMachine} />}
        {candidates.map((candidate) => (
          <Card
            key={candidate.machine.id}
            entry={entry}
            comparison={candidate}
            holdsKey={false}
            onMachine={onMachine}
          />
        ))}
        {!owner && candidates.length === 0 && (
          <p className="rounded-lg border border-line bg-surface px-4 py-6 text-center text-sm text-ink-2">
            {t.nothingToCompare}
          </p>
        )}
      </div>
    </section>
  )
}
