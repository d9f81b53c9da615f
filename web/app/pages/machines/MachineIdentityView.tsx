/** What a machine is recognized by: evidence, keys, installation, and the records that were merged into it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Undo2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { undoMerge } from '~/api/actions'
import { canManage, canRotateKey, canUndoMerge } from '~/api/can'
import { machineIdentityQuery } from '~/api/queries'
import type { Machine, MachineIdentity, Me, MergedRecord } from '~/api/types'
import { useNow } from '~/components/clock'
import { evidenceKinds, valuesOf } from '~/components/evidence'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { CopyButton } from '~/ui/lib/CopyButton'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { NewKeyDialog } from './NewKeyDialog'

interface SectionProps {
  id: string
  title: string
  hint?: string
  actions?: ReactNode
  children: ReactNode
}

const Section = ({ id, title, hint, actions, children }: SectionProps) => (
  <section aria-labelledby={id} className="min-w-0">
    <div className="mb-2 flex flex-wrap items-end justify-between gap-2">
      <div>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {hint && <p className="max-w-[72ch] text-sm text-ink-3">{hint}</p>}
      </div>
      {actions}
    </div>
    {children}
  </section>
)

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="grid grid-cols-[168px_minmax(0,1fr)] gap-3 border-t border-line px-4 py-2 first:border-t-0 max-sm:grid-cols-1 max-sm:gap-0">
    <dt className="text-ink-3">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </div>
)

const facts = 'rounded-lg border border-line bg-surface text-sm'

const Code = ({ children }: { children: string }) => (
  <code className="block font-mono text-xs leading-5 break-all">{children}</code>
)

function Copyable({ text }: { text: string }) {
  const t = useMessages().identity
  return (
    <span className="flex items-start gap-1">
      <Code>{text}</Code>
      <span className="-my-1">
        <CopyButton text={text} label={t.copyFingerprint} />
      </span>
    </span>
  )
}

function Evidence({ identity }: { identity: MachineIdentity }) {
  const t = useMessages()
  const told = evidenceKinds.filter((kind) => valuesOf(identity.evidence, kind).length > 0)
  return (
    <Section id="evidence" title={t.identity.evidence} hint={t.identity.evidenceHint}>
      <dl className={facts}>
        {told.length === 0 && <p className="px-4 py-2 text-ink-3">{t.identity.noEvidence}</p>}
        {told.map((kind) => (
          <Row key={kind} name={t.quarantine.evidence.kinds[kind]}>
            {valuesOf(identity.evidence, kind).map((value) => (
              <Code key={value}>{value}</Code>
            ))}
          </Row>
        ))}
        {identity.machine_uid && (
          <Row name={t.identity.uid}>
            <Copyable text={identity.machine_uid} />
            <p className="text-xs text-ink-3">{t.identity.uidHint}</p>
          </Row>
        )}
      </dl>
    </Section>
  )
}

function Keys({ identity, action }: { identity: MachineIdentity; action: ReactNode }) {
  const t = useMessages().identity
  const format = useFormat()
  const { keys, key_change_asked_at: asked } = identity
  return (
    <Section id="keys" title={t.keys} hint={t.keysHint} actions={action}>
      {asked && (
        <div className="mb-2">
          <Notice>{t.keyPending({ time: format.dateTime(asked) })}</Notice>
        </div>
      )}
      <div className={tableFrame}>
        {keys.length === 0 ? (
          <p className="px-4 py-3 text-sm text-ink-3">{t.noKeys}</p>
        ) : (
          <table className={table}>
            <thead>
              <tr>
                <th className={headCell}>{t.keyColumns.fingerprint}</th>
                <th className={headCell}>{t.keyColumns.state}</th>
                <th className={headCell}>{t.keyColumns.since}</th>
                <th className={classes(headCell, fromMd)}>{t.keyColumns.until}</th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.fingerprint} className={bodyRow}>
                  <td className={cell}>
                    <Code>{key.fingerprint}</Code>
                  </td>
                  <td className={cell}>
                    <Badge tone={key.state === 'current' ? 'ok' : 'neutral'}>
                      {byCode(t.keyState, key.state) ?? key.state}
                    </Badge>
                  </td>
                  <td className={cell}>{format.dateTime(key.added_at)}</td>
                  <td className={classes(cell, fromMd)}>
                    {key.ended_at ? format.dateTime(key.ended_at) : ''}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Section>
  )
}

interface InstallationProps {
  identity: MachineIdentity
  /** A helpdesk's agent counts no connections and trusts no key of the server. */
  ofHelpdesk: boolean
}

function Installation({ identity, ofHelpdesk }: InstallationProps) {
  const t = useMessages().identity
  const format = useFormat()
  return (
    <Section id="installation" title={t.installation} hint={t.installHint}>
      <dl className={facts}>
        <Row name={t.installId}>
          <Code>{identity.install_id}</Code>
        </Row>
        {!ofHelpdesk && (
          <>
            <Row name={t.counter}>{format.number(identity.install_counter)}</Row>
            <Row name={t.trusts}>
              {identity.trusts ? (
                <Copyable text={identity.trusts} />
              ) : (
                <span className="text-ink-3">{t.trustsUnknown}</span>
              )}
            </Row>
          </>
        )}
      </dl>
    </Section>
  )
}

interface UndoDialogProps {
  machineId: string
  record: MergedRecord
  onClose: () => void
}

function UndoDialog({ machineId, record, onClose }: UndoDialogProps) {
  const t = useMessages().identity
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const { id, name } = record
  const undo = useMutation({
    mutationFn: () => undoMerge(machineId, id),
    onSuccess: async () => {
      toast({ tone: 'ok', title: t.undone({ name }) })
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['machine', machineId] }),
        queryClient.invalidateQueries({ queryKey: ['machines'] }),
      ])
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.undoTitle({ name })}
      action={t.undo}
      onConfirm={() => undo.mutate()}
      pending={undo.isPending}
      look="primary"
    >
      {t.undoSays}
    </ConfirmDialog>
  )
}

function Merged({ identity, mayManage }: { identity: MachineIdentity; mayManage: boolean }) {
  const t = useMessages().identity
  const format = useFormat()
  const now = useNow()
  const [undoing, setUndoing] = useState<MergedRecord | null>(null)
  return (
    <Section id="merged" title={t.merged} hint={t.mergedHint}>
      <ul className={facts}>
        {identity.merged.length === 0 && <li className="px-4 py-2 text-ink-3">{t.noMerged}</li>}
        {identity.merged.map((record) => {
          const possible = canUndoMerge(record, now)
          return (
            <li
              key={record.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 first:border-t-0"
            >
              <span className="font-semibold">{record.name}</span>
              <span className="text-ink-3">
                {t.mergedAt({ time: format.dateTime(record.merged_at) })} ·{' '}
                {possible ? t.undoUntil({ time: format.dateTime(record.undo_until) }) : t.final}
              </span>
              {possible && mayManage && (
                <Button
                  size="sm"
                  className="ml-auto"
                  aria-label={t.undoLabel({ name: record.name })}
                  onClick={() => setUndoing(record)}
                >
                  <Undo2 aria-hidden size={13} />
                  {t.undo}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {undoing && (
        <UndoDialog
          machineId={identity.machine_id}
          record={undoing}
          onClose={() => setUndoing(null)}
        />
      )}
    </Section>
  )
}

export function MachineIdentityView({ machine, me }: { machine: Machine; me: Me }) {
  const t = useMessages().identity
  const query = useQuery(machineIdentityQuery(machine.id))
  const [asking, setAsking] = useState(false)
  const mayManage = canManage(me)
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  if (!query.data) return <SkeletonRows count={6} />
  const identity = query.data
  const newKey = mayManage && canRotateKey(machine) && identity.keys.length > 0 && (
    <Button size="sm" onClick={() => setAsking(true)}>
      <KeyRound aria-hidden size={13} />
      {t.newKey}
    </Button>
  )
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <div className="grid gap-6">
        <Evidence identity={identity} />
        <Installation identity={identity} ofHelpdesk={!machine.doors.includes('agent')} />
      </div>
      <div className="grid gap-6">
        <Keys identity={identity} action={newKey} />
        <Merged identity={identity} mayManage={mayManage} />
      </div>
      {asking && <NewKeyDialog machine={machine} onClose={() => setAsking(false)} />}
    </div>
  )
}
