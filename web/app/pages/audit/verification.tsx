/** Verifying the chains from the console: progress while it runs, and what was found. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { verifyAudit } from '~/api/actions'
import type { AuditFinding, AuditReport } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Notice } from '~/ui/lib/Notice'

interface Outcome {
  at: string
  reports: AuditReport[]
}

/** The run of the button, for the button and for the result. */
export function useVerification() {
  const [progress, setProgress] = useState<AuditReport | null>(null)
  const mutation = useMutation({
    mutationFn: async (): Promise<Outcome> => {
      setProgress(null)
      const reports = await verifyAudit(setProgress)
      return { at: new Date().toISOString(), reports }
    },
  })
  return { mutation, progress }
}

export type Verification = ReturnType<typeof useVerification>

function Found({ report, finding }: { report: AuditReport; finding: AuditFinding }) {
  const { audit } = useMessages()
  const t = audit.verify
  const format = useFormat()
  const holes = {
    seq: format.number(finding.seq),
    checkpoint: format.number(finding.checkpoint ?? 0),
  }
  const text = byCode<(p: typeof holes) => string>(t.finding, finding.kind)?.(holes)
  return (
    <Notice tone="danger" title={t.broken({ name: report.name })}>
      <p>
        {text ?? finding.kind}
        {finding.at && ` ${t.foundAt({ time: format.exact(finding.at) })}`}
      </p>
      <p>{t.advice}</p>
    </Notice>
  )
}

function InOrder({ report, at }: { report: AuditReport; at: string }) {
  const t = useMessages().audit.verify
  const format = useFormat()
  const entries = format.number(report.verified_to - report.first + 1)
  return (
    <Notice>
      <p>
        {t.fine({ entries, time: format.dateTime(at) })}{' '}
        {report.signed_to > 0 ? t.signed({ seq: format.number(report.signed_to) }) : t.notSigned}{' '}
        {report.first > 1 && t.pruned({ seq: format.number(report.first) })}
      </p>
    </Notice>
  )
}

export function VerificationResult({ mutation, progress }: Verification) {
  const t = useMessages().audit.verify
  const format = useFormat()
  if (mutation.isError) {
    return <ProblemNotice error={mutation.error} onRetry={() => mutation.mutate()} />
  }
  if (mutation.isPending && progress) {
    const done = format.number(progress.verified_to)
    return <Notice>{t.running({ done, all: format.number(progress.last) })}</Notice>
  }
  if (!mutation.data) return null
  const { reports, at } = mutation.data
  return (
    <div className="space-y-2">
      {reports.map((report) =>
        report.finding ? (
          <Found key={report.organization_id} report={report} finding={report.finding} />
        ) : (
          <InOrder key={report.organization_id} report={report} at={at} />
        ),
      )}
    </div>
  )
}
