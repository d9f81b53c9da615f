/** Access requests as rows, with what can be done about each. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { accessRequestState } from '~/api/can'
import type { AccessRequest, AccessRequestState, Me } from '~/api/types'
import { useNow } from '~/components/clock'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useI18n, useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'

import { ApproveDialog, RefuseDialog, WithdrawDialog } from './RequestDialogs'
import { permissionNames, stateLines } from './words'

type Doing = 'approve' | 'refuse' | 'withdraw'

const tones: Record<AccessRequestState, Tone> = {
  waiting: 'beam',
  approved: 'ok',
  refused: 'danger',
  withdrawn: 'neutral',
  ended: 'neutral',
}

interface RowProps {
  request: AccessRequest
  me: Me
  onDo: (what: Doing) => void
}

function RowActions({ request, me, onDo }: RowProps) {
  const { accessRequests: t } = useMessages()
  const now = useNow()
  const state = accessRequestState(request, now)
  const { account_name: name, machine_name: machine } = request
  const own = request.account_id === me.account.id
  if (request.may_decide && state === 'waiting') {
    return (
      <span className="flex flex-wrap justify-end gap-1.5">
        <Button
          size="sm"
          look="primary"
          aria-label={t.approveLabel({ name, machine })}
          onClick={() => onDo('approve')}
        >
          {t.approve}
        </Button>
        <Button
          size="sm"
          aria-label={t.refuseLabel({ name, machine })}
          onClick={() => onDo('refuse')}
        >
          {t.refuse}
        </Button>
      </span>
    )
  }
  const ends = state === 'approved'
  // Of somebody else's that waits, the decision is no.
  if (!request.may_withdraw || !(ends || (own && state === 'waiting'))) return null
  return (
    <Button
      size="sm"
      aria-label={ends ? t.endLabel({ name, machine }) : t.withdrawLabel({ machine })}
      onClick={() => onDo('withdraw')}
    >
      {ends ? t.end : t.withdraw}
    </Button>
  )
}

function State({ request }: { request: AccessRequest }) {
  const i18n = useI18n()
  const t = i18n.messages.accessRequests
  const now = useNow()
  const state = accessRequestState(request, now)
  return (
    <>
      <Badge tone={tones[state]}>{t.states[state]}</Badge>
      {stateLines(i18n, request, now).map((line) => (
        <p key={line} className="text-xs break-words text-ink-3">
          {line}
        </p>
      ))}
    </>
  )
}

function Row({ request, me, onDo }: RowProps) {
  const { messages: t, format } = useI18n()
  const { account_name: name, machine_id: machine, machine_name: machineName } = request
  return (
    <tr className={bodyRow}>
      <td className={classes(cell, 'md:max-w-[22ch]')}>
        <span className="font-semibold break-words">{name}</span>
        {request.account_id === me.account.id && (
          <span className="ml-1.5 text-xs text-ink-3">{t.common.you}</span>
        )}
        <p className="text-xs text-ink-3">
          <RelativeTime at={request.created_at} />
        </p>
      </td>
      <td className={classes(cell, 'md:max-w-[24ch]')}>
        <Link
          to="/machines/$id"
          params={{ id: machine }}
          className="break-words underline underline-offset-2"
        >
          {machineName}
        </Link>
        <div className="text-xs text-ink-2 md:hidden">
          <p>{permissionNames(t, request.permissions)}</p>
          <p className="break-words text-ink-3">{request.reason}</p>
        </div>
      </td>
      <td className={classes(cell, fromMd)}>
        {permissionNames(t, request.permissions)}
        <p className="text-xs break-words text-ink-3">{request.reason}</p>
      </td>
      <td className={classes(cell, fromLg, 'whitespace-nowrap')}>
        {format.duration(request.duration_seconds)}
      </td>
      <td className={classes(cell, 'md:max-w-[28ch]')}>
        <State request={request} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <RowActions request={request} me={me} onDo={onDo} />
      </td>
    </tr>
  )
}

interface RequestTableProps {
  requests: readonly AccessRequest[]
  me: Me
}

export function RequestTable({ requests, me }: RequestTableProps) {
  const t = useMessages()
  const { columns } = t.accessRequests
  const [open, setOpen] = useState<{ request: AccessRequest; what: Doing } | null>(null)
  const close = () => setOpen(null)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.who}</th>
            <th className={headCell}>{columns.machine}</th>
            <th className={classes(headCell, fromMd)}>{columns.what}</th>
            <th className={classes(headCell, fromLg)}>{columns.life}</th>
            <th className={headCell}>{columns.state}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <Row
              key={request.id}
              request={request}
              me={me}
              onDo={(what) => setOpen({ request, what })}
            />
          ))}
        </tbody>
      </table>
      {open?.what === 'approve' && <ApproveDialog request={open.request} onClose={close} />}
      {open?.what === 'refuse' && <RefuseDialog request={open.request} onClose={close} />}
      {open?.what === 'withdraw' && <WithdrawDialog request={open.request} onClose={close} />}
    </div>
  )
}
