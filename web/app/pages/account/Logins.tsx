/** Where one's own account is signed in, and ending that. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { endLogin, endOtherLogins } from '~/api/factors'
import { loginsQuery } from '~/api/queries'
import type { Login } from '~/api/types'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages, type Messages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { Section } from './Section'

/** "Firefox on Linux", as far as the browser says. */
function deviceOf(t: Messages, { browser, system }: Login['device']): string {
  const words = t.ownAccount.logins
  if (browser && system) return words.device({ browser, system })
  return browser ?? system ?? words.unknownDevice
}

function EndOthersDialog({ onClose }: { onClose: () => void }) {
  const { logins: t } = useMessages().ownAccount
  const toast = useToast()
  const onError = useProblemToast()
  const end = useMutation({
    mutationFn: endOtherLogins,
    onSuccess: ({ ended }) => toast({ tone: 'ok', title: t.endedOthers({ count: ended }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.endOthersTitle}
      action={t.endOthers}
      onConfirm={() => end.mutate()}
      pending={end.isPending}
    >
      {t.endOthersBody}
    </ConfirmDialog>
  )
}

function EndButton({ login }: { login: Login }) {
  const messages = useMessages()
  const { logins: t } = messages.ownAccount
  const toast = useToast()
  const onError = useProblemToast()
  const end = useMutation({
    mutationFn: () => endLogin(login.id),
    onSuccess: () => toast({ tone: 'ok', title: t.ended }),
    onError,
  })
  const device = deviceOf(messages, login.device)
  return (
    <Button
      look="dangerQuiet"
      size="sm"
      pending={end.isPending}
      aria-label={t.endLabel({ device, address: login.address })}
      onClick={() => end.mutate()}
    >
      {t.end}
    </Button>
  )
}

function Row({ login }: { login: Login }) {
  const { messages, format } = useI18n()
  const { logins: t, methods } = messages.ownAccount
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <span className="font-semibold">{deviceOf(messages, login.device)}</span>
        {login.current && (
          <span className="ml-1.5">
            <Badge tone="beam">{t.current}</Badge>
          </span>
        )}
        <p className="text-xs text-ink-3 md:hidden">{login.address}</p>
      </td>
      <td className={classes(cell, fromMd)}>
        {byCode(methods, login.method) ?? login.method}
        <p className="text-xs text-ink-3">{t.since({ time: format.dateTime(login.created_at) })}</p>
      </td>
      <td className={classes(cell, fromMd, 'break-all')}>{login.address}</td>
      <td className={classes(cell, 'text-ink-3')}>
        <RelativeTime at={login.last_used_at} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {!login.current && <EndButton login={login} />}
      </td>
    </tr>
  )
}

function Table({ logins }: { logins: readonly Login[] }) {
  const { common, ownAccount } = useMessages()
  const { columns } = ownAccount.logins
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.device}</th>
            <th className={classes(headCell, fromMd)}>{columns.method}</th>
            <th className={classes(headCell, fromMd)}>{columns.address}</th>
            <th className={headCell}>{columns.used}</th>
            <th className={headCell}>
              <span className="sr-only">{common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {logins.map((login) => (
            <Row key={login.id} login={login} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function Logins() {
  const { logins: t } = useMessages().ownAccount
  const query = useQuery(loginsQuery)
  const [asking, setAsking] = useState(false)
  const logins = query.data
  const others = logins?.some(({ current }) => !current)
  return (
    <Section
      title={t.title}
      intro={t.intro}
      actions={
        others && (
          <Button look="dangerQuiet" onClick={() => setAsking(true)}>
            {t.endOthers}
          </Button>
        )
      }
    >
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={2} />}
      {logins && <Table logins={logins} />}
      {others === false && <p className="text-sm text-ink-2">{t.onlyThis}</p>}
      {asking && <EndOthersDialog onClose={() => setAsking(false)} />}
    </Section>
  )
}
