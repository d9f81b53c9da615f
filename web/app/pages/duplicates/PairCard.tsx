/** Two records that may be one machine, side by side. */
import { Link } from '@tanstack/react-router'
import { Merge, Split } from 'lucide-react'

import { canMerge, isBlocked } from '~/api/can'
import type { DuplicatePair, Machine } from '~/api/types'
import { EvidenceTable } from '~/components/EvidenceTable'
import { PresenceDot } from '~/components/Presence'
import { RelativeTime } from '~/components/RelativeTime'
import { useFormat, useI18n, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { Notice } from '~/ui/lib/Notice'

/** "hardware UUID and a disk", as the reader's language joins words. */
function useKinds(): (kinds: readonly string[]) => string {
  const { messages, locale } = useI18n()
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })
  const names = messages.identity.duplicates.kinds
  return (kinds) => list.format(kinds.map((kind) => byCode(names, kind) ?? kind))
}

function Name({ machine }: { machine: Machine }) {
  const t = useMessages().identity.block
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      <Link to="/machines/$id" params={{ id: machine.id }} className="underline underline-offset-2">
        {machine.name}
      </Link>
      {isBlocked(machine) && <Badge tone="danger">{t.badge}</Badge>}
    </span>
  )
}

function useFacts({ first, second }: DuplicatePair) {
  const t = useMessages().identity.duplicates.rows
  const { machines, common } = useMessages()
  const format = useFormat()
  const row = (label: string, show: (machine: Machine) => React.ReactNode) => ({
    label,
    left: show(first.machine),
    right: show(second.machine),
  })
  return [
    row(t.presence, ({ presence }) => <PresenceDot status={presence.status} labelled />),
    row(t.lastSeen, ({ last_seen_at: at }) => (at ? <RelativeTime at={at} /> : machines.never)),
    row(t.enrolled, ({ enrolled_at }) => format.dateTime(enrolled_at)),
    row(t.sessions, ({ sessions }) => format.number(sessions.length)),
    row(t.address, ({ address }) => address ?? common.none),
  ]
}

interface PairCardProps {
  pair: DuplicatePair
  mayDecide: boolean
  onMerge: () => void
  onDismiss: () => void
}

export function PairCard({ pair, mayDecide, onMerge, onDismiss }: PairCardProps) {
  const { identity } = useMessages()
  const t = identity.duplicates
  const kinds = useKinds()
  const facts = useFacts(pair)
  const { first, second, agrees, differs, strong } = pair
  const title = t.pair({ first: first.machine.name, second: second.machine.name })
  const bothOnline = canMerge(first.machine, second.machine) === 'bothOnline'
  return (
    <article
      aria-label={title}
      data-card
      tabIndex={-1}
      className="rounded-lg border border-line bg-surface"
    >
      <header className="flex flex-wrap items-start gap-x-3 gap-y-2 border-b border-line px-4 py-2.5">
        <div className="min-w-0">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold">
            {title}
            <Badge tone={strong ? 'beam' : 'neutral'}>{strong ? t.strong : t.weak}</Badge>
          </h2>
          <p className="text-sm text-ink-2">
            {agrees.length > 0 && t.because({ kinds: kinds(agrees) })}{' '}
            {differs.length > 0 ? t.against({ kinds: kinds(differs) }) : t.noneAgainst}
          </p>
        </div>
        {mayDecide && (
          <div className="ml-auto flex flex-wrap gap-2">
            <Button size="sm" onClick={onDismiss} look={bothOnline ? 'primary' : 'secondary'}>
              <Split aria-hidden size={13} />
              {t.two}
            </Button>
            <Button
              size="sm"
              look={bothOnline ? 'secondary' : 'primary'}
              aria-disabled={bothOnline}
              title={bothOnline ? identity.merge.cannot.bothOnline : undefined}
              onClick={bothOnline ? undefined : onMerge}
            >
              <Merge aria-hidden size={13} />
              {identity.merge.action}
            </Button>
          </div>
        )}
      </header>
      {bothOnline && (
        <div className="px-4 py-3">
          <Notice>{identity.merge.cannot.bothOnline}</Notice>
        </div>
      )}
      <div className="px-1 pb-1">
        <EvidenceTable
          left={{
            name: first.machine.name,
            heading: <Name machine={first.machine} />,
            evidence: first.evidence,
          }}
          right={{
            name: second.machine.name,
            heading: <Name machine={second.machine} />,
            evidence: second.evidence,
          }}
          agrees={agrees}
          differs={differs}
          facts={facts}
        />
      </div>
    </article>
  )
}
