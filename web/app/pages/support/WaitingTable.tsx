/** The people who wait, as rows: who, since when, who takes them. */
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleX, MonitorPlay, MoreHorizontal, Undo2, UserCheck } from 'lucide-react'
import { useState } from 'react'

import { finishPerson, releasePerson, takePerson } from '~/api/actions'
import { canTake, looksAfter } from '~/api/can'
import type { Me, WaitingPerson } from '~/api/types'
import { useNow } from '~/components/clock'
import { useProblemToast } from '~/components/ProblemNotice'
import { useRowKeys } from '~/components/row-keys'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { ConnectButton, useConnect } from '~/pages/machines/connect'
import { Badge } from '~/ui/lib/Badge'
import { Button, IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Menu, MenuItem } from '~/ui/lib/Menu'
import { useToast } from '~/ui/lib/Toast'

const computerOf = ({ machine }: WaitingPerson): string => machine.hostname || machine.name

/** How long somebody has waited, counting on. */
function Since({ at }: { at: string }) {
  const format = useFormat()
  const now = useNow()
  return (
    <time dateTime={at} title={format.exact(at)} className="whitespace-nowrap tabular-nums">
      {format.duration((now - new Date(at).getTime()) / 1000)}
    </time>
  )
}

function Who({ person, me }: { person: WaitingPerson; me: Me }) {
  const { waiting: t } = useMessages().support
  const { taken_by: taken, assigned_to: assigned } = person
  if (taken) {
    const own = taken.id === me.account.id
    return <Badge tone="ok">{own ? t.takenByYou : t.taken({ name: taken.name })}</Badge>
  }
  if (!assigned) return <span className="text-ink-3">{t.anyone}</span>
  return assigned.id === me.account.id ? (
    <Badge tone="beam">{t.assignedToYou}</Badge>
  ) : (
    <Badge>{t.assigned({ name: assigned.name })}</Badge>
  )
}

interface RowProps {
  person: WaitingPerson
  me: Me
  onFinish: () => void
}

/** The one thing to do now: take the person, or go to their screen. */
function Main({ person, me }: Omit<RowProps, 'onFinish'>) {
  const { waiting: t } = useMessages().support
  const connect = useConnect()
  const onError = useProblemToast()
  const { machine } = person
  const take = useMutation({
    mutationFn: () => takePerson(person.id),
    // As the machine is now: it may have come after this row was drawn.
    onSuccess: (taken) => connect(taken.machine),
    onError,
  })
  // The row is there a moment before the program on that computer is.
  const here = machine.presence.status === 'online'
  switch (canTake(person, me)) {
    case 'own':
      return <ConnectButton machine={machine} look="primary" size="sm" />
    case 'yes':
      return (
        <Button
          look="primary"
          size="sm"
          data-row
          aria-label={t.takeLabel({ computer: computerOf(person) })}
          title={here ? undefined : t.coming}
          disabled={!here}
          pending={take.isPending}
          onClick={() => take.mutate()}
        >
          <MonitorPlay aria-hidden size={15} />
          <span className="max-sm:sr-only">{t.take}</span>
        </Button>
      )
    default:
      return null
  }
}

function More({ person, me, onFinish }: RowProps) {
  const { waiting: t } = useMessages().support
  const navigate = useNavigate()
  const onError = useProblemToast()
  const take = useMutation({ mutationFn: () => takePerson(person.id), onError })
  const release = useMutation({ mutationFn: () => releasePerson(person.id), onError })
  const trigger = (
    <IconButton
      size="sm"
      label={t.moreFor({ computer: computerOf(person) })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  const cares = looksAfter(person, me)
  const { id } = person.machine
  return (
    <Menu trigger={trigger}>
      <MenuItem
        icon={<MonitorPlay size={14} />}
        onSelect={() => void navigate({ to: '/machines/$id', params: { id } })}
      >
        {t.details}
      </MenuItem>
      {canTake(person, me) === 'yes' && (
        <MenuItem icon={<UserCheck size={14} />} onSelect={() => take.mutate()}>
          {t.takeOnly}
        </MenuItem>
      )}
      {cares && person.taken_by && (
        <MenuItem icon={<Undo2 size={14} />} onSelect={() => release.mutate()}>
          {t.release}
        </MenuItem>
      )}
      {cares && (
        <MenuItem danger icon={<CircleX size={14} />} onSelect={onFinish}>
          {t.finish}
        </MenuItem>
      )}
    </Menu>
  )
}

function Row({ person, me, onFinish }: RowProps) {
  const { waiting: t } = useMessages().support
  const { machine } = person
  const users = machine.users.map(({ name }) => name).join(', ')
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <span className="font-semibold">{computerOf(person)}</span>{' '}
        {machine.sessions.length > 0 && <Badge tone="ok">{t.inSession}</Badge>}
        <div className="text-xs text-ink-3">
          {users || t.noUser} · {machine.os.name || machine.os.family}
        </div>
        <div className="text-xs text-ink-2 md:hidden">{person.note}</div>
        <div className="text-xs lg:hidden">
          <Who person={person} me={me} />
        </div>
      </td>
      <td className={cell}>
        <Since at={person.since} />
      </td>
      <td className={classes(cell, fromMd, 'max-w-[32ch] break-words')}>{person.note}</td>
      <td className={classes(cell, fromLg)}>
        <Who person={person} me={me} />
      </td>
      <td className={classes(cell, 'w-0')}>
        <div className="flex items-center justify-end gap-1">
          <Main person={person} me={me} />
          <More person={person} me={me} onFinish={onFinish} />
        </div>
      </td>
    </tr>
  )
}

function FinishDialog({ person, onClose }: { person: WaitingPerson; onClose: () => void }) {
  const { waiting: t } = useMessages().support
  const toast = useToast()
  const onError = useProblemToast()
  const computer = computerOf(person)
  const finish = useMutation({
    mutationFn: () => finishPerson(person.id),
    onSuccess: () => toast({ tone: 'ok', title: t.finished({ computer }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.finishTitle({ computer })}
      action={t.finish}
      onConfirm={() => finish.mutate()}
      pending={finish.isPending}
    >
      {t.finishBody}
    </ConfirmDialog>
  )
}

export function WaitingTable({ people, me }: { people: readonly WaitingPerson[]; me: Me }) {
  const t = useMessages()
  const { columns } = t.support.waiting
  const { list } = useRowKeys<HTMLTableSectionElement>()
  const [finishing, setFinishing] = useState<string | null>(null)
  // The dialog goes with its row.
  const person = people.find(({ id }) => id === finishing)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.computer}</th>
            <th className={headCell}>{columns.since}</th>
            <th className={classes(headCell, fromMd)}>{columns.note}</th>
            <th className={classes(headCell, fromLg)}>{columns.who}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={list}>
          {people.map((row) => (
            <Row key={row.id} person={row} me={me} onFinish={() => setFinishing(row.id)} />
          ))}
        </tbody>
      </table>
      {person && <FinishDialog person={person} onClose={() => setFinishing(null)} />}
    </div>
  )
}
