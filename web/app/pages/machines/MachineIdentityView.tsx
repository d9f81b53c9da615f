/** What a machine is recognized by: evidence, keys, installation, the records that were merged into it, its helpdesk agent. */
import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { canRotateKey, hasHelpdeskAgent, mayOn } from '~/api/can'
import { machineIdentityQuery } from '~/api/queries'
import type { Machine, MachineIdentity } from '~/api/types'
import { evidenceKinds, valuesOf } from '~/components/evidence'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Badge } from '~/ui/lib/Badge'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Notice } from '~/ui/lib/Notice'

import { HelpdeskAgent } from './HelpdeskAgent'
import { Code, facts, Row, Section } from './identity-parts'
import { MergedRecords } from './MergedRecords'
import { NewKeyDialog } from './NewKeyDialog'

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
      {told.length === 0 && (
        <p className={classes(facts, 'mb-2 px-4 py-2 text-ink-3')}>{t.identity.noEvidence}</p>
      )}
      <dl className={classes(facts, 'empty:hidden')}>
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
            <span className="block text-xs text-ink-3">{t.identity.uidHint}</span>
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

export function MachineIdentityView({ machine }: { machine: Machine }) {
  const t = useMessages().identity
  const query = useQuery(machineIdentityQuery(machine.id))
  const [asking, setAsking] = useState(false)
  const mayManage = mayOn(machine, 'machine.manage')
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
        <MergedRecords identity={identity} mayManage={mayManage} />
        {hasHelpdeskAgent(machine) && <HelpdeskAgent machine={machine} mayManage={mayManage} />}
      </div>
      {asking && <NewKeyDialog machine={machine} onClose={() => setAsking(false)} />}
    </div>
  )
}
