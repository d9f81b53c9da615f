/** Everything that is kept of one entry: the change side by side, its details, and ways to narrow the list down to them. */
import { Filter } from 'lucide-react'
import type { ReactNode } from 'react'

import type { AuditEntry } from '~/api/types'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'

import { changesOf, detailRows, fieldName, type Change } from './detail'
import type { AuditSearch } from './filter'
import { actionTitle, actorName } from './sentence'

interface Narrowing {
  onNarrow: (search: AuditSearch) => void
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="self-center text-ink-3 sm:py-0.5">{name}</dt>
      <dd className="flex min-w-0 flex-wrap items-center gap-x-2 pb-1 break-words sm:py-0.5">
        {children}
      </dd>
    </>
  )
}

function Side({ value, tone }: { value: string | null; tone: string }) {
  const { details } = useMessages().audit
  return (
    <td className="px-2 py-1 align-top">
      {value === null ? (
        <span className="text-ink-3 italic">{details.absent}</span>
      ) : (
        <span className={`rounded-sm break-words whitespace-pre-wrap ${tone}`}>{value}</span>
      )}
    </td>
  )
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { details: t, fields } = useMessages().audit
  const head = 'px-2 py-1 text-left text-xs font-semibold text-ink-3'
  return (
    <table className="mb-3 w-full max-w-3xl table-fixed border-collapse rounded-md border border-line bg-surface">
      <thead>
        <tr>
          <th className={`${head} w-1/4`}>{t.field}</th>
          <th className={head}>{t.before}</th>
          <th className={head}>{t.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field} className="border-t border-line">
            <th scope="row" className="px-2 py-1 text-left align-top font-normal text-ink-2">
              {fieldName(fields, field)}
            </th>
            <Side value={before} tone={before === after ? '' : 'bg-danger-soft px-1'} />
            <Side value={after} tone={before === after ? '' : 'bg-ok-soft px-1'} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Narrow = ({ children, onClick }: { children: string; onClick: () => void }) => (
  <Button look="quiet" size="sm" onClick={onClick}>
    <Filter aria-hidden size={12} />
    {children}
  </Button>
)

function Where({ entry, onNarrow }: { entry: AuditEntry } & Narrowing) {
  const t = useMessages()
  const { details } = t.audit
  const { address, request_id } = entry
  return (
    <>
      {address && (
        <Fact name={details.from}>
          <code className="font-mono text-xs">{address}</code>
          <CopyButton text={address} label={details.copyAddress} />
          <Narrow onClick={() => onNarrow({ address })}>{details.onlyAddress}</Narrow>
        </Fact>
      )}
      {request_id && (
        <Fact name={t.shell.requestId}>
          <code className="font-mono text-xs break-all">{request_id}</code>
          <CopyButton text={request_id} label={t.shell.copyRequestId} />
          <Narrow onClick={() => onNarrow({ request_id })}>{details.onlyRequest}</Narrow>
        </Fact>
      )}
    </>
  )
}

function Who({ entry, onNarrow }: { entry: AuditEntry } & Narrowing) {
  const t = useMessages()
  const { details } = t.audit
  const { actor, target } = entry
  const name = actorName(t, entry)
  const kind = byCode(t.codes.actorKind, actor.kind) ?? actor.kind
  return (
    <>
      <Fact name={details.by}>
        <span>
          {name}
          {name !== kind && <span className="text-ink-3"> · {kind}</span>}
        </span>
        <Narrow onClick={() => onNarrow({ actor: actor.id ?? actor.kind, actor_name: name })}>
          {details.onlyActor}
        </Narrow>
      </Fact>
      {target && (
        <Fact name={details.target}>
          <span>{target.name || target.id}</span>
          <Narrow onClick={() => onNarrow({ target_id: target.id, target_name: target.name })}>
            {details.onlyTarget}
          </Narrow>
        </Fact>
      )}
    </>
  )
}

export function EntryDetails({ entry, onNarrow }: { entry: AuditEntry } & Narrowing) {
  const t = useMessages()
  const format = useFormat()
  const { details } = t.audit
  const changes = changesOf(entry)
  return (
    <div className="px-4 pt-1 pb-3 text-sm">
      {changes.length > 0 && <Changes changes={changes} />}
      <dl className="grid gap-x-4 sm:grid-cols-[minmax(8rem,max-content)_1fr]">
        <Fact name={t.audit.columns.at}>{format.exact(entry.at)}</Fact>
        <Fact name={details.action}>
          {actionTitle(t, entry.action)}
          <code className="font-mono text-xs text-ink-3">{entry.action}</code>
        </Fact>
        <Who entry={entry} onNarrow={onNarrow} />
        {detailRows(entry.detail).map(([name, value]) => (
          <Fact key={name} name={fieldName(t.audit.fields, name)}>
            {value}
          </Fact>
        ))}
        <Where entry={entry} onNarrow={onNarrow} />
        <Fact name={details.place}>{format.number(entry.seq)}</Fact>
      </dl>
    </div>
  )
}
