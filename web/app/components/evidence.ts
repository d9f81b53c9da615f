/** Two sets of evidence laid beside each other, kind by kind. Pure; whether they agree is the server's word. */
import type { EvidenceKind, MachineEvidence } from '~/api/types'

export type EvidenceVerdict = 'agrees' | 'differs' | 'unknown'

export interface EvidenceRow {
  kind: EvidenceKind
  /** What one side tells; empty when it tells nothing. */
  left: readonly string[]
  right: readonly string[]
  verdict: EvidenceVerdict
}

/** Hardware first, in the order of its weight, then the system. */
export const evidenceKinds: readonly EvidenceKind[] = [
  'smbios_uuid',
  'board_serial',
  'system_serial',
  'disk_serial',
  'os_install_id',
]

/** What `evidence` tells of a kind. */
export function valuesOf(evidence: MachineEvidence, kind: EvidenceKind): readonly string[] {
  if (kind === 'disk_serial') return evidence.disk_serials
  return evidence[kind] ? [evidence[kind]] : []
}

/** The verdicts of the server on two sets of evidence. */
export interface Verdicts {
  agrees: readonly string[]
  differs: readonly string[]
}

/** A row for every kind that either side tells. */
export function evidenceRows(
  left: MachineEvidence,
  right: MachineEvidence,
  { agrees, differs }: Verdicts,
): EvidenceRow[] {
  const rows = evidenceKinds.map((kind): EvidenceRow => {
    const verdict = agrees.includes(kind)
      ? 'agrees'
      : differs.includes(kind)
        ? 'differs'
        : 'unknown'
    return { kind, left: valuesOf(left, kind), right: valuesOf(right, kind), verdict }
  })
  return rows.filter((row) => row.left.length > 0 || row.right.length > 0)
}
