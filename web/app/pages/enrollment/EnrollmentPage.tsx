/** Enrollment tokens: what may still enroll machines, and the way to a new one. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'

import { revokeEnrollmentToken } from '~/api/actions'
import { canRevoke, tokenState, type TokenState } from '~/api/can'
import { enrollmentTokensQuery } from '~/api/queries'
import type { EnrollmentToken } from '~/api/types'
import { useNow } from '~/components/clock'
import { EmptyState } from '~/components/EmptyState'
import { PageHeader } from '~/components/PageHeader'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { CreateTokenDialog } from './CreateTokenDialog'

const tones: Record<TokenState, Tone> = {
  active: 'ok',
  expired: 'neutral',
  usedUp: 'neutral',
  revoked: 'danger',
}

function Uses({ token }: { token: EnrollmentToken }) {
  const t = useMessages()
  const format = useFormat()
  const uses = format.number(token.uses)
  return (
    <>
      {typeof token.max_uses === 'number'
        ? t.enrollment.uses({ uses, max: format.number(token.max_uses) })
        : t.enrollment.usesUnlimited({ uses })}
    </>
  )
}

function TokenRow({ token, onRevoke }: { token: EnrollmentToken; onRevoke: () => void }) {
  const { enrollment: t } = useMessages()
  const now = useNow()
  const state = tokenState(token, now)
  return (
    <tr className={classes(bodyRow, state !== 'active' && 'text-ink-3')}>
      <td className={cell}>
        <span className="font-semibold">{token.name}</span>
        <div className="text-xs text-ink-3 md:hidden">
          <Uses token={token} />
        </div>
      </td>
      <td className={cell}>
        <Badge tone={tones[state]}>{t.state[state]}</Badge>
      </td>
      <td className={classes(cell, fromMd)}>
        <Uses token={token} />
      </td>
      <td className={classes(cell, fromMd)}>
        <RelativeTime at={token.expires_at} />
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        <RelativeTime at={token.created_at} /> {t.by({ name: token.created_by.name })}
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        {canRevoke(token, now) && (
          <Button size="sm" aria-label={t.revokeLabel({ name: token.name })} onClick={onRevoke}>
            {t.revoke}
          </Button>
        )}
      </td>
    </tr>
  )
}

function RevokeDialog({ token, onClose }: { token: EnrollmentToken; onClose: () => void }) {
  const { enrollment: t } = useMessages()
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = token
  const revoke = useMutation({
    mutationFn: () => revokeEnrollmentToken(id),
    onSuccess: () => toast({ tone: 'ok', title: t.revoked({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.revokeTitle({ name })}
      action={t.revoke}
      onConfirm={() => revoke.mutate()}
      pending={revoke.isPending}
    >
      {t.revokeBody}
    </ConfirmDialog>
  )
}

function TokenTable({ tokens }: { tokens: readonly EnrollmentToken[] }) {
  const t = useMessages()
  const { columns } = t.enrollment
  const [revoking, setRevoking] = useState<EnrollmentToken | null>(null)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.name}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={classes(headCell, fromMd)}>{columns.uses}</th>
            <th className={classes(headCell, fromMd)}>{columns.expires}</th>
            <th className={classes(headCell, fromLg)}>{columns.created}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
          ))}
        </tbody>
      </table>
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </div>
  )
}

export function EnrollmentPage() {
  const { enrollment: t } = useMessages()
  const query = useQuery(enrollmentTokensQuery)
  const navigate = useNavigate({ from: '/enrollment' })
  const { create = false } = useSearch({ from: '/shell/enrollment' })
  const setCreate = (open: boolean) =>
    void navigate({ search: open ? { create: true } : {}, replace: true })
  const button = (
    <Button look="primary" onClick={() => setCreate(true)}>
      <Plus aria-hidden size={15} />
      {t.create}
    </Button>
  )
  return (
    <>
      <PageHeader title={t.title} actions={button}>
        {t.intro}
      </PageHeader>
      {query.isError && (
        <div className="mb-3">
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && <SkeletonRows count={5} />}
      {query.data?.length === 0 && (
        <div className={tableFrame}>
          <EmptyState icon={<KeyRound aria-hidden size={22} />} title={t.empty.title}>
            {t.empty.body}
          </EmptyState>
        </div>
      )}
      {query.data && query.data.length > 0 && <TokenTable tokens={query.data} />}
      {create && <CreateTokenDialog onClose={() => setCreate(false)} />}
    </>
  )
}
