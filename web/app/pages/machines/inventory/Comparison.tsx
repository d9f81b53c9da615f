/** What is different about a machine between two moments: what came, what went, what is another. */
import { useQuery } from '@tanstack/react-query'
import { Equal } from 'lucide-react'
import { useMemo, useState, type SubmitEvent } from 'react'

import {
  CHANGE_KINDS,
  type ChangeKind,
  type Compared,
  type InventoryComparison,
} from '~/api/inventory'
import { machineComparisonQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { EmptyState } from '~/components/EmptyState'
import { ListState } from '~/components/ListState'
import { fromLg, tableFrame } from '~/components/table'
import { Button } from '~/ui/lib/Button'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { Segmented } from '~/ui/lib/Segmented'

import { toldChange, type ToldChange } from './changes'
import { FactTable, type Column } from './FactTable'
import { KindBadge } from './KindBadge'
import { useWords } from './use-words'
import type { Words } from './words'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000
const MINUTE_MS = 60_000

/** What a date-time field takes: local time, minutes. */
function inField(at: number): string {
  const date = new Date(at)
  return new Date(at - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16)
}

/** The moment in a date-time field; null when it is none. */
function ofField(text: string): number | null {
  const at = new Date(text).getTime()
  return Number.isNaN(at) ? null : at
}

interface Moments {
  from: string
  to?: string
}

/** The two fields; until now as long as nobody touched the second one, for "now" moves. */
function useMoments() {
  const { t } = useWords()
  const [opened] = useState(() => Date.now())
  const [from, setFrom] = useState(() => inField(opened - WEEK_MS))
  const [to, setTo] = useState(() => inField(opened))
  const [chosen, setChosen] = useState<Moments>(() => ({
    from: new Date(inField(opened - WEEK_MS)).toISOString(),
  }))
  const [wrong, setWrong] = useState<string | null>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const [first, second] = [ofField(from), ofField(to)]
    if (first === null || second === null) setWrong(t.comparison.malformed)
    else if (first >= second) setWrong(t.comparison.order)
    else {
      setWrong(null)
      const untilNow = to === inField(opened)
      setChosen({
        from: new Date(first).toISOString(),
        ...(untilNow ? {} : { to: new Date(second).toISOString() }),
      })
    }
  }
  return { from, setFrom, to, setTo, chosen, wrong, submit }
}

/** Said once for each, and not for each cell of the table. */
type Row = Compared & { told: ToldChange }

const columnsOf = ({ t, units, format }: Words): Column<Row>[] => {
  const { columns } = t.history
  return [
    {
      label: columns.kind,
      value: (row) => t.history.kinds[row.kind],
      show: (row) => <KindBadge kind={row.kind} />,
    },
    { label: columns.section, value: (row) => t.sections[row.section], look: fromLg },
    { label: columns.what, value: ({ told }) => told.what || told.text },
    { label: columns.subject, value: ({ told }) => told.subject },
    { label: columns.before, value: ({ told }) => told.before },
    { label: columns.after, value: ({ told }) => told.after },
    {
      label: columns.last,
      value: (row) => row.last_changed_at,
      show: (row) => (
        <time dateTime={row.last_changed_at} title={format.exact(row.last_changed_at)}>
          {units.moment(new Date(row.last_changed_at).getTime())}
        </time>
      ),
      look: fromLg,
    },
  ]
}

/** What the differences do not tell. */
function Gaps({ comparison }: { comparison: InventoryComparison }) {
  const { t, format } = useWords()
  const later = comparison.sections.filter(({ whole }) => !whole)
  if (later.length === 0 && !comparison.truncated) return null
  return (
    <div className="mb-3 grid gap-2">
      {later.length > 0 && (
        <Notice title={t.comparison.later}>
          <ul>
            {later.map(({ section, known_since: since }) => (
              <li key={section}>
                {t.comparison.knownSince({
                  section: t.sections[section],
                  time: format.dateTime(since),
                })}
              </li>
            ))}
          </ul>
          <p>{t.comparison.laterSays}</p>
        </Notice>
      )}
      {comparison.truncated && (
        <Notice tone="warn" title={t.comparison.truncated}>
          {t.comparison.truncatedSays}
        </Notice>
      )}
    </div>
  )
}

interface ResultProps {
  machine: Machine
  comparison: InventoryComparison
}

function Result({ machine, comparison }: ResultProps) {
  const words = useWords()
  const { t, format } = words
  const [shown, setShown] = useState<ChangeKind | 'all'>('all')
  const columns = useMemo(() => columnsOf(words), [words])
  const { changes } = comparison
  const rows = useMemo(() => {
    const wanted = changes.filter(({ kind }) => shown === 'all' || kind === shown)
    return wanted.map((change) => ({ ...change, told: toldChange(words, change) }))
  }, [changes, shown, words])
  const number = (kind: ChangeKind) =>
    format.number(changes.filter((change) => change.kind === kind).length)
  if (comparison.sections.length === 0) return <Notice>{t.comparison.unknown}</Notice>
  return (
    <>
      <Gaps comparison={comparison} />
      {changes.length === 0 ? (
        <div className={tableFrame}>
          <EmptyState icon={<Equal aria-hidden size={22} />} title={t.comparison.same.title}>
            {t.comparison.same.body}
          </EmptyState>
        </div>
      ) : (
        <>
          <div className="mb-2">
            <Segmented
              label={t.history.kind}
              value={shown}
              onChange={setShown}
              options={[
                {
                  value: 'all',
                  label: t.comparison.all({ number: format.number(changes.length) }),
                },
                ...CHANGE_KINDS.map((kind) => ({
                  value: kind,
                  label: t.comparison.kinds[kind]({ number: number(kind) }),
                })),
              ]}
            />
          </div>
          <FactTable
            first
            title={t.comparison.differences}
            machine={machine.name}
            columns={columns}
            rows={rows}
          />
        </>
      )}
    </>
  )
}

export function Comparison({ machine }: { machine: Machine }) {
  const { t } = useWords()
  const { from, setFrom, to, setTo, chosen, wrong, submit } = useMoments()
  const query = useQuery(machineComparisonQuery(machine.id, chosen))
  return (
    <section aria-labelledby="comparison" className="min-w-0">
      <h2 id="comparison" className="sr-only">
        {t.history.compare}
      </h2>
      <form onSubmit={submit} noValidate className="mb-4 flex flex-wrap items-start gap-3">
        <div className="w-56">
          <TextField
            label={t.comparison.from}
            type="datetime-local"
            value={from}
            error={wrong}
            onChange={(event) => setFrom(event.target.value)}
          />
        </div>
        <div className="w-56">
          <TextField
            label={t.comparison.to}
            type="datetime-local"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </div>
        <Button type="submit" className="mt-6">
          {t.comparison.button}
        </Button>
      </form>
      <ListState query={query} rows={6} />
      {query.data && (
        <div
          aria-busy={query.isPlaceholderData}
          className={query.isPlaceholderData ? 'opacity-60' : ''}
        >
          <Result machine={machine} comparison={query.data} />
        </div>
      )}
    </section>
  )
}
