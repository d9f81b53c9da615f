/** One installation in quarantine: why it waits, what it may be, and the decision. */
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'

import { canDecide, isBlocked, may } from '~/api/can'
import { meQuery, quarantineEntryQuery } from '~/api/queries'
import type { Machine, QuarantineEntry } from '~/api/types'
import { actorText } from '~/components/actor'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

import { Comparisons } from './Comparisons'
import { useApproveAs } from './decide'
import { DecidePanel } from './DecidePanel'
import { EntryFacts } from './EntryFacts'
import { Outcome } from './Outcome'
import { becomesThat } from './rules'
import { useReason, Why } from './Why'

function Reason({ entry }: { entry: QuarantineEntry }) {
  const t = useMessages().quarantine
  const texts = useReason(entry)
  return (
    <section aria-labelledby="why" className="rounded-lg border border-line bg-surface px-4 py-3">
      <h2 id="why" className="font-semibold">
        <Why entry={entry} />
      </h2>
      {texts && (
        <dl className="mt-2 grid gap-x-3 gap-y-1.5 text-sm sm:grid-cols-[104px_minmax(0,1fr)]">
          <dt className="text-ink-3">{t.cause}</dt>
          <dd className="text-ink-2">{texts.cause}</dd>
          <dt className="text-ink-3">{t.advice}</dt>
          <dd className="text-ink-2">{texts.advice}</dd>
        </dl>
      )}
    </section>
  )
}

interface ConfirmMachineProps {
  entry: QuarantineEntry
  machine: Machine
  onClose: () => void
}

/** Asks once more: what spoke for the machine so far loses its place. */
function ConfirmMachine({ entry, machine, onClose }: ConfirmMachineProps) {
  const t = useMessages().quarantine
  const approve = useApproveAs(entry)
  const { name } = machine
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.asMachine.confirmTitle({ name: entry.hostname, machine: name })}
      action={t.asMachine.action({ machine: name })}
      look="primary"
      pending={approve.isPending}
      onConfirm={() => approve.mutate(machine, { onSettled: onClose })}
    >
      <p>{becomesThat(t, entry)}</p>
      {machine.presence.status === 'online' && <p>{t.asMachine.online({ machine: name })}</p>}
      {isBlocked(machine) && <p>{t.isBlocked({ machine: name })}</p>}
    </ConfirmDialog>
  )
}

function EntryView({ entry }: { entry: QuarantineEntry }) {
  const messages = useMessages()
  const t = messages.quarantine
  const format = useFormat()
  const { data: me } = useSuspenseQuery(meQuery)
  const [machine, setMachine] = useState<Machine | null>(null)
  const waiting = canDecide(entry)
  const mayDecide = waiting && may(me, 'machine.manage')
  return (
    <>
      <PageHeader
        title={entry.hostname}
        crumb={
          <Link to="/quarantine" className="inline-flex items-center gap-1 hover:text-ink">
            <ChevronLeft aria-hidden size={14} />
            {t.back}
          </Link>
        }
        aside={byCode(t.state, entry.state) ?? entry.state}
      />
      {waiting && !mayDecide && (
        <div className="mb-4">
          <Notice>{t.mayOnlyLook}</Notice>
        </div>
      )}
      {!waiting && (
        <div className="mb-4">
          <Notice
            title={t.decidedBy({
              name: actorText(messages, entry.decided_by_kind, entry.decided_by ?? ''),
              time: entry.decided_at ? format.dateTime(entry.decided_at) : '',
            })}
          >
            <Outcome entry={entry} />
            {entry.decision_reason && <p>{t.said({ reason: entry.decision_reason })}</p>}
          </Notice>
        </div>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_304px] lg:grid-rows-[auto_1fr]">
        <Reason entry={entry} />
        <div className="grid gap-6 lg:col-start-2 lg:row-span-2 lg:row-start-1">
          {mayDecide && <DecidePanel entry={entry} onMachine={setMachine} />}
          <EntryFacts entry={entry} />
        </div>
        <Comparisons entry={entry} onMachine={mayDecide ? setMachine : null} />
      </div>
      {machine && (
        <ConfirmMachine entry={entry} machine={machine} onClose={() => setMachine(null)} />
      )}
    </>
  )
}

export function EntryPage() {
  const t = useMessages().quarantine
  const { id } = useParams({ from: '/shell/quarantine/$id' })
  const query = useQuery(quarantineEntryQuery(id))
  if (query.data) return <EntryView entry={query.data} />
  return (
    <>
      <PageHeader title={t.title} />
      {query.isError ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows count={6} />
      )}
    </>
  )
}
