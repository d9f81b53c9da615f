/** The inventory of a machine in short: what needs attention, the decisive facts, and how much room there is. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'

import type { MachineInventory } from '~/api/inventory'
import { machineInventoryQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useNow } from '~/components/clock'
import { ListState } from '~/components/ListState'
import { RelativeTime } from '~/components/RelativeTime'
import { classes } from '~/ui/lib/classes'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Notice } from '~/ui/lib/Notice'

import { attentionOf, type Attention } from './attention'
import { asText, inShort, spaces, type Space } from './in-short'
import { FactList, useWhyNothing } from './parts'
import { useWords } from './use-words'

function AttentionList({ machine, lines }: { machine: Machine; lines: readonly Attention[] }) {
  const { t } = useWords()
  if (lines.length === 0) {
    return (
      <p className="flex items-start gap-2 text-sm text-ink-2">
        <CircleCheck aria-hidden size={15} className="mt-0.5 shrink-0 text-ok-text" />
        {t.overview.calm}
      </p>
    )
  }
  return (
    <ul className="rounded-lg border border-line bg-surface text-sm">
      {lines.map(({ key, tone, text, tab }) => {
        const Icon = tone === 'danger' ? CircleAlert : TriangleAlert
        return (
          <li
            key={key}
            className="flex items-start gap-2 border-t border-line px-4 py-1.5 first:border-t-0"
          >
            <Icon
              aria-hidden
              size={15}
              className={classes(
                'mt-0.5 shrink-0',
                tone === 'danger' ? 'text-danger-text' : 'text-warn-text',
              )}
            />
            <Link
              to="/machines/$id"
              params={{ id: machine.id }}
              search={{ tab }}
              className="min-w-0 [overflow-wrap:anywhere] underline-offset-2 hover:underline"
            >
              {text}
            </Link>
          </li>
        )
      })}
    </ul>
  )
}

/** Little room is worth a color; all of them stand out from the bar's ground in both themes. */
const barColor = (free: number): string =>
  free < 0.03 ? 'bg-danger' : free < 0.1 ? 'bg-warn-text' : 'bg-ink-3'

function SpaceBar({ space: { mount, size, free, remote } }: { space: Space }) {
  const { t, units } = useWords()
  const used = Math.min(1, Math.max(0, 1 - free / size))
  return (
    <li className="text-sm">
      <div className="flex flex-wrap justify-between gap-x-3">
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
          {mount}
          {remote && <span className="font-normal text-ink-3"> ({t.overview.remote})</span>}
        </span>
        <span className="text-ink-2">
          {t.overview.free({ free: units.size(free), size: units.size(size) })}
        </span>
      </div>
      <div
        role="meter"
        aria-label={t.overview.used({ name: mount, percent: units.percent(used) })}
        aria-valuenow={Math.round(used * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="mt-1 h-1.5 overflow-hidden rounded-sm bg-sunken"
      >
        <div
          className={classes('h-full rounded-sm', barColor(free / size))}
          style={{ width: `${used * 100}%` }}
        />
      </div>
    </li>
  )
}

function InShort({ machine, inventory }: { machine: Machine; inventory: MachineInventory }) {
  const words = useWords()
  const { t } = words
  const now = useNow()
  const attention = attentionOf(words, inventory, now)
  const room = spaces(inventory)
  const facts = inShort(words, inventory, machine)
  // The oldest section: nothing here is older than that.
  const oldest = inventory.sections.map(({ received_at: at }) => at).sort()[0]
  return (
    <>
      <section aria-labelledby="attention" className="min-w-0">
        <h2 id="attention" className="mb-2 font-semibold">
          {t.overview.attention}
        </h2>
        <AttentionList machine={machine} lines={attention} />
      </section>
      <section aria-labelledby="in-short" className="min-w-0">
        <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
          <div className="flex flex-wrap items-baseline gap-x-2">
            <h2 id="in-short" className="font-semibold">
              {t.overview.title}
            </h2>
            {oldest && (
              <span className="text-xs text-ink-3">
                {t.asOf} <RelativeTime at={oldest} />
              </span>
            )}
          </div>
          <CopyButton
            labelled
            label={t.overview.copy}
            text={asText(words, machine, { inventory, attention })}
          />
        </div>
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <FactList
            facts={facts.map(({ label, lines }) => [
              label,
              lines.map((line) => (
                <span key={line} className="block">
                  {line}
                </span>
              )),
            ])}
          />
          {room.length > 0 && (
            <div className="rounded-lg border border-line bg-surface px-4 py-3">
              <h3 className="mb-2 text-sm font-semibold">{t.overview.disks}</h3>
              <ul className="space-y-2.5">
                {room.map((space) => (
                  <SpaceBar key={space.mount} space={space} />
                ))}
              </ul>
            </div>
          )}
        </div>
      </section>
    </>
  )
}

/** On the overview nothing of an inventory is no empty page: there is more about the machine. */
export function InventoryOverview({ machine }: { machine: Machine }) {
  const { t } = useWords()
  const query = useQuery(machineInventoryQuery(machine.id))
  const why = useWhyNothing(machine)
  if (!query.data) return <ListState query={query} rows={6} />
  if (query.data.sections.length === 0) return <Notice title={t.none.title}>{why}</Notice>
  return <InShort machine={machine} inventory={query.data} />
}
