/** Who is logged on at a machine, who has an account on it, who may do anything, and who was there last. */
import { useMemo } from 'react'

import type { LastLogin, LocalAccount, LogOn, PeopleFacts } from '~/api/inventory'
import type { Machine } from '~/api/types'
import { fromLg, fromMd } from '~/components/table'
import { Badge } from '~/ui/lib/Badge'

import { columnsOf } from './columns'
import { FactTable, type Column } from './FactTable'
import { FactList, Part, WithInventory } from './parts'
import { useWords } from './use-words'
import { valueText, yesNo } from './words'

type Present = LogOn & { idle_ms?: number }
type Holder = LocalAccount & { administrator: boolean }

const presentRows = ({ sessions = [], volatile }: PeopleFacts): Present[] =>
  sessions.map((one) => {
    const state = volatile?.sessions?.find(
      ({ user, line }) => user === one.user && line === one.line,
    )
    return state?.idle_ms === undefined ? one : { ...one, idle_ms: state.idle_ms }
  })

/** People before the accounts of programs, and who may do anything before the others. */
function holderRows({ accounts = [], administrators = [] }: PeopleFacts): Holder[] {
  const rows = accounts.map((account) => ({
    ...account,
    administrator: account.name !== undefined && administrators.includes(account.name),
  }))
  const weight = ({ kind, administrator }: Holder) =>
    (kind === 'system' ? 2 : 0) + (administrator ? 0 : 1)
  return rows.toSorted((a, b) => weight(a) - weight(b))
}

function useColumns() {
  const words = useWords()
  return useMemo(() => {
    const { t } = words
    const present = columnsOf<Present>(words)
    const account = columnsOf<Holder>(words)
    const last = columnsOf<LastLogin>(words)
    const administrator: Column<Holder> = {
      label: t.people.administrator,
      value: (row) => yesNo(t, row.administrator),
      show: (row) => row.administrator && <Badge tone="beam">{t.people.administrator}</Badge>,
    }
    const locked: Column<Holder> = {
      label: t.members.locked,
      value: (row) => yesNo(t, row.locked),
      look: fromMd,
    }
    const groups: Column<Holder> = {
      label: t.members.groups,
      value: (row) => valueText(words, 'groups', row.groups),
      look: fromLg,
    }
    return {
      present: [
        present('user'),
        present('kind'),
        present('line', { look: fromMd }),
        present('from', { look: fromMd }),
        present('since_ms'),
        present('idle_ms'),
      ],
      accounts: [
        account('name'),
        account('full_name'),
        administrator,
        account('kind', { look: fromMd }),
        locked,
        groups,
        account('id', { look: fromLg }),
        account('home', { look: fromLg }),
        account('shell', { look: fromLg }),
      ],
      last: [last('user'), last('at_ms'), last('line', { look: fromMd }), last('from')],
    }
  }, [words])
}

function People({ facts, machine }: { facts: PeopleFacts; machine: string }) {
  const { t } = useWords()
  const columns = useColumns()
  const present = useMemo(() => presentRows(facts), [facts])
  const accounts = useMemo(() => holderRows(facts), [facts])
  // Some may have no account here: those of a directory.
  const elsewhere = (facts.administrators ?? []).filter(
    (name) => !accounts.some((account) => account.name === name),
  )
  return (
    <>
      <FactTable
        title={t.lists.sessions}
        machine={machine}
        columns={columns.present}
        rows={present}
        empty={t.people.nobody}
      />
      <FactTable
        first
        title={t.lists.accounts}
        machine={machine}
        columns={columns.accounts}
        rows={accounts}
      />
      <FactList facts={[[t.people.administrators, elsewhere.join(', ')]]} />
      <FactTable
        title={t.lists.last_logins}
        machine={machine}
        columns={columns.last}
        rows={facts.last_logins ?? []}
      />
    </>
  )
}

export function PeopleTab({ machine }: { machine: Machine }) {
  return (
    <WithInventory machine={machine}>
      {(inventory) => (
        <Part inventory={inventory} section="people">
          {(facts) => <People facts={facts} machine={machine.name} />}
        </Part>
      )}
    </WithInventory>
  )
}
