/** What a helpdesk's desktop agent told about a machine, its tokens, and taking these away. All it told is shown as text. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { TicketX } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { withdrawMachineTokens } from '~/api/actions'
import { machineTokenState, type MachineTokenState } from '~/api/can'
import { machineHelpdeskQuery } from '~/api/queries'
import type { HelpdeskAgent as Told, Machine, MachineToken } from '~/api/types'
import { useNow } from '~/components/clock'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { facts, Row, Section } from './identity-parts'
import { summaryOf } from './inventory-summary'

const tones: Record<MachineTokenState, Tone> = {
  active: 'ok',
  expired: 'neutral',
  revoked: 'neutral',
}

const Untold = ({ children }: { children: string }) => (
  <span className="text-ink-3">{children}</span>
)

function TokenRow({ token }: { token: MachineToken }) {
  const t = useMessages().identity.helpdesk
  const format = useFormat()
  const state = machineTokenState(token, useNow())
  const { revoked_at: revokedAt, revoked_because: because } = token
  return (
    <tr className={bodyRow}>
      <td className={cell}>{format.dateTime(token.created_at)}</td>
      <td className={cell}>{state === 'revoked' ? '' : <RelativeTime at={token.expires_at} />}</td>
      <td className={cell}>
        <Badge tone={tones[state]}>{t.tokenState[state]}</Badge>
        {revokedAt && (
          <div className="text-xs text-ink-3">
            {format.dateTime(revokedAt)}
            {because && ` · ${byCode(t.because, because) ?? because}`}
          </div>
        )}
      </td>
    </tr>
  )
}

function Tokens({ tokens }: { tokens: readonly MachineToken[] }) {
  const t = useMessages().identity.helpdesk
  const { tokenColumns: columns } = t
  if (tokens.length === 0) return <p className="text-sm text-ink-3">{t.noTokens}</p>
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.made}</th>
            <th className={headCell}>{columns.expires}</th>
            <th className={headCell}>{columns.state}</th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Inventory({ sections }: Pick<Told, 'sections'>) {
  const t = useMessages().identity.helpdesk
  if (sections.length === 0) return <p className="text-sm text-ink-3">{t.noInventory}</p>
  return (
    <dl className={facts}>
      {sections.map(({ name, at, body }) => {
        const summary = summaryOf(body)
        return (
          <Row key={name} name={name}>
            <span className="break-words">
              {'entries' in summary ? t.entries({ count: summary.entries }) : summary.text}
            </span>
            <span className="block text-xs text-ink-3">
              <RelativeTime at={at} />
            </span>
          </Row>
        )
      })}
    </dl>
  )
}

function WithdrawDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages().identity.helpdesk
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const { id, name } = machine
  const withdraw = useMutation({
    mutationFn: () => withdrawMachineTokens(id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.withdrawn({ name }) })
      await queryClient.invalidateQueries(machineHelpdeskQuery(id))
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.withdrawTitle({ name })}
      action={t.withdraw}
      onConfirm={() => withdraw.mutate()}
      pending={withdraw.isPending}
    >
      {t.withdrawSays.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </ConfirmDialog>
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className="mt-3">
    <h3 className="mb-1.5 text-sm font-semibold">{title}</h3>
    {children}
  </div>
)

function AllTold({ told }: { told: Told }) {
  const t = useMessages().identity.helpdesk
  const { access_profile: profile } = told
  return (
    <>
      <dl className={facts}>
        <Row name={t.account}>{told.account_email ?? <Untold>{t.noAccount}</Untold>}</Row>
        <Row name={t.profile}>
          {profile ? (byCode(t.profiles, profile) ?? profile) : <Untold>{t.noProfile}</Untold>}
        </Row>
        <Row name={t.heartbeat}>
          {told.last_heartbeat_at ? (
            <RelativeTime at={told.last_heartbeat_at} />
          ) : (
            <Untold>{t.noHeartbeat}</Untold>
          )}
        </Row>
      </dl>
      <Part title={t.tokens}>
        <Tokens tokens={told.tokens} />
      </Part>
      <Part title={t.inventory}>
        <Inventory sections={told.sections} />
      </Part>
    </>
  )
}

export function HelpdeskAgent({ machine, mayManage }: { machine: Machine; mayManage: boolean }) {
  const t = useMessages().identity.helpdesk
  const query = useQuery(machineHelpdeskQuery(machine.id))
  const [asking, setAsking] = useState(false)
  const now = useNow()
  const told = query.data
  const working = told?.tokens.some((token) => machineTokenState(token, now) === 'active')
  const withdraw = mayManage && working && (
    <Button size="sm" look="dangerQuiet" onClick={() => setAsking(true)}>
      <TicketX aria-hidden size={13} />
      {t.withdraw}
    </Button>
  )
  return (
    <Section id="helpdesk" title={t.title} hint={t.hint} actions={withdraw}>
      {told ? (
        <AllTold told={told} />
      ) : query.isError ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows count={3} />
      )}
      {asking && <WithdrawDialog machine={machine} onClose={() => setAsking(false)} />}
    </Section>
  )
}
