/** Who signed in to one's own account or tried to, the newest first. */
import { useQuery } from '@tanstack/react-query'

import { signInsQuery } from '~/api/queries'
import type { LoginAttempt } from '~/api/types'
import { useNow } from '~/components/clock'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { classes } from '~/ui/lib/classes'

import { Fact, Section } from './Section'

function Row({ attempt }: { attempt: LoginAttempt }) {
  const { messages, format } = useI18n()
  const { signIns: t, methods } = messages.ownAccount
  const now = useNow()
  const { at, succeeded, method, reason, address, new_place: isNew } = attempt
  const none = messages.common.none
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'whitespace-nowrap')}>
        <time dateTime={at} title={format.exact(at)}>
          {format.moment(at, now)}
        </time>
      </td>
      <td className={cell}>
        <span className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
          <Badge tone={succeeded ? 'ok' : 'danger'}>{succeeded ? t.succeeded : t.failed}</Badge>
          {!succeeded && reason && <span>{byCode(t.reasons, reason) ?? reason}</span>}
          {isNew && (
            <span title={t.newPlaceHint}>
              <Badge tone="warn">{t.newPlace}</Badge>
            </span>
          )}
        </span>
        <p className="text-xs text-ink-3 md:hidden">{address}</p>
      </td>
      <td className={classes(cell, fromMd)}>
        {method ? (byCode(methods, method) ?? method) : none}
      </td>
      <td className={classes(cell, fromMd, 'break-all')}>{address ?? none}</td>
    </tr>
  )
}

function Table({ attempts }: { attempts: readonly LoginAttempt[] }) {
  const { columns } = useMessages().ownAccount.signIns
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.at}</th>
            <th className={headCell}>{columns.what}</th>
            <th className={classes(headCell, fromMd)}>{columns.method}</th>
            <th className={classes(headCell, fromMd)}>{columns.address}</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt, index) => (
            // Nothing else tells two attempts of one moment apart, and rows keep nothing of their own.
            <Row key={`${attempt.at} ${index}`} attempt={attempt} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function SignIns() {
  const { signIns: t } = useMessages().ownAccount
  const query = useQuery(signInsQuery)
  const attempts = query.data
  return (
    <Section title={t.title} intro={t.intro}>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={4} />}
      {attempts?.length === 0 && <Fact>{t.none}</Fact>}
      {attempts && attempts.length > 0 && <Table attempts={attempts} />}
    </Section>
  )
}
