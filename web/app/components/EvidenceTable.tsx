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
      <table className="w-full min-w-[560px] table-fixed border-collapse text-sm">
        <colgroup>
          <col className="w-32" />
          <col />
          <col />
          <col className="w-32" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={head}>
              {t.kind}
            </th>
            <th scope="col" className={classes(head, 'text-ink')}>
              {left.heading ?? left.name}
            </th>
            <th scope="col" className={classes(head, 'text-ink')}>
              {right.heading ?? right.name}
            </th>
            <th scope="col" className={head}>
              {t.verdict}
            </th>
          </tr>
        </thead>
        <tbody>
          {facts.map((fact) => (
            <tr key={fact.label} className="border-t border-line">
              <th scope="row" className={classes(body, 'text-ink-3')}>
                {fact.label}
              </th>
              <td className={body}>{fact.left}</td>
              <td className={body}>{fact.right}</td>
              <td className={body} />
            </tr>
          ))}
          {rows.map((row) => (
            <tr key={row.kind} className="border-t border-line" data-verdict={row.verdict}>
              <th scope="row" className={classes(body, 'text-ink-3')}>
                {t.kinds[row.kind]}
              </th>
              <td className={body}>
                <Values values={row.left} />
              </td>
              <td className={body}>
                <Values values={row.right} />
              </td>
              <td className={body}>
                <Verdict verdict={row.verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
