/** Evidence of two side by side: what agrees and what differs, told by icon and word and not by color alone. */
import { Check, CircleHelp, X } from 'lucide-react'
import type { ReactNode } from 'react'

import type { MachineEvidence } from '~/api/types'
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'

import { evidenceRows, type EvidenceVerdict, type Verdicts } from './evidence'

const looks = {
  agrees: { icon: Check, ink: 'text-ok-text' },
  differs: { icon: X, ink: 'text-danger-text' },
  unknown: { icon: CircleHelp, ink: 'text-ink-3' },
}

function Verdict({ verdict }: { verdict: EvidenceVerdict }) {
  const t = useMessages().quarantine.evidence
  const { icon: Icon, ink } = looks[verdict]
  return (
    <span className={classes('inline-flex items-center gap-1.5 font-medium', ink)}>
      <Icon aria-hidden size={14} className="shrink-0" />
      {t[verdict]}
    </span>
  )
}

function Values({ values }: { values: readonly string[] }) {
  const t = useMessages().quarantine.evidence
  if (values.length === 0) return <span className="text-ink-3">{t.untold}</span>
  return values.map((value) => (
    <code key={value} className="block font-mono text-xs break-all">
      {value}
    </code>
  ))
}

/** One side: what it is called, and what it tells. */
export interface EvidenceSide {
  name: string
  /** The name as it stands over its column, when it is more than text. */
  heading?: ReactNode
  evidence: MachineEvidence
}

interface EvidenceTableProps extends Verdicts {
  left: EvidenceSide
  right: EvidenceSide
  /** More rows above the evidence: label, left, right. */
  facts?: readonly { label: string; left: ReactNode; right: ReactNode }[]
}

const head = 'px-3 py-1.5 text-left align-bottom text-xs font-semibold text-ink-3'
const body = 'px-3 py-1.5 text-left align-top font-normal'
/** On phones a row is two lines: what it is and the verdict, then both sides. */
const row = 'max-sm:grid max-sm:grid-cols-2'
const firstLine = 'max-sm:pb-0'
const verdictCell = 'max-sm:order-1 max-sm:pb-0 max-sm:text-right'
const side = 'max-sm:order-2'

export function EvidenceTable({ left, right, agrees, differs, facts = [] }: EvidenceTableProps) {
  const t = useMessages().quarantine.evidence
  const rows = evidenceRows(left.evidence, right.evidence, { agrees, differs })
  return (
    <div
      className="overflow-x-auto"
      role="region"
      aria-label={t.caption({ left: left.name, right: right.name })}
      // Wider than a small window: within reach of the keyboard, so that it can be scrolled.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className="w-full table-fixed border-collapse text-sm max-sm:block sm:min-w-[560px]">
        <colgroup className="max-sm:hidden">
          <col className="w-32" />
          <col />
          <col />
          <col className="w-32" />
        </colgroup>
        <thead className="max-sm:block">
          <tr className={row}>
            <th scope="col" className={classes(head, 'max-sm:hidden')}>
              {t.kind}
            </th>
            <th scope="col" className={classes(head, 'text-ink')}>
              {left.heading ?? left.name}
            </th>
            <th scope="col" className={classes(head, 'text-ink')}>
              {right.heading ?? right.name}
            </th>
            <th scope="col" className={classes(head, 'max-sm:hidden')}>
              {t.verdict}
            </th>
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {facts.map((fact) => (
            <tr key={fact.label} className={classes(row, 'border-t border-line')}>
              <th scope="row" className={classes(body, firstLine, 'text-ink-3 max-sm:col-span-2')}>
                {fact.label}
              </th>
              <td className={classes(body, side)}>{fact.left}</td>
              <td className={classes(body, side)}>{fact.right}</td>
              <td className={classes(body, 'max-sm:hidden')} />
            </tr>
          ))}
          {rows.map(({ kind, verdict, ...values }) => (
            <tr key={kind} className={classes(row, 'border-t border-line')} data-verdict={verdict}>
              <th scope="row" className={classes(body, firstLine, 'text-ink-3')}>
                {t.kinds[kind]}
              </th>
              <td className={classes(body, side)}>
                <Values values={values.left} />
              </td>
              <td className={classes(body, side)}>
                <Values values={values.right} />
              </td>
              <td className={classes(body, verdictCell)}>
                <Verdict verdict={verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
