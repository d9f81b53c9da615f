/** The filters: search by name, action, days; and what an entry's details narrowed the list down to, as chips. */
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useEffect, useId, useState } from 'react'

import { auditActionsQuery } from '~/api/queries'
import { SearchBox } from '~/components/SearchBox'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { controlClass } from '~/ui/lib/Field'

import type { AuditSearch } from './filter'
import { actionTitle, subjectTitle } from './sentence'

interface FilterProps {
  search: AuditSearch
  /** Changes the filters that are named and leaves the others. */
  onChange: (change: { [Name in keyof AuditSearch]?: string | undefined }) => void
}

/** A pause this long ends a word: each search is a request. */
const TYPING_MS = 300

function NameSearch({ search, onChange }: FilterProps) {
  const { audit: t } = useMessages()
  const wanted = search.q ?? ''
  const [text, setText] = useState(wanted)
  const [seen, setSeen] = useState(wanted)
  // Changed elsewhere: by the way back, or because all filters were cleared.
  if (seen !== wanted) {
    setSeen(wanted)
    if (text.trim() !== wanted) setText(wanted)
  }
  useEffect(() => {
    const next = text.trim()
    if (next === wanted) return
    const timer = setTimeout(() => onChange({ q: next || undefined }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, wanted, onChange])
  return (
    <SearchBox
      label={t.searchLabel}
      placeholder={t.searchPlaceholder}
      value={text}
      onChange={setText}
    />
  )
}

/** Actions by what they are about, each group with a choice for all of it. */
function grouped(actions: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const action of actions) {
    const subject = action.split('.')[0] ?? action
    groups.set(subject, [...(groups.get(subject) ?? []), action])
  }
  return groups
}

function ActionSelect({ search, onChange }: FilterProps) {
  const t = useMessages()
  const { data: actions = [] } = useQuery(auditActionsQuery)
  const { action = '' } = search
  const groups = [...grouped(actions)]
  const offered = action === '' || action.endsWith('.') || actions.includes(action)
  return (
    <select
      aria-label={t.audit.filters.action}
      value={action}
      onChange={(event) => onChange({ action: event.target.value || undefined })}
      className={classes(controlClass, 'w-full sm:w-56', action && 'border-beam font-semibold')}
    >
      <option value="">{t.audit.filters.anyAction}</option>
      {!offered && <option value={action}>{actionTitle(t, action)}</option>}
      {groups.map(([subject, members]) => (
        <optgroup key={subject} label={subjectTitle(t, subject)}>
          {members.length > 1 && (
            <option value={`${subject}.`}>
              {t.audit.filters.all({ subject: subjectTitle(t, subject) })}
            </option>
          )}
          {members.map((member) => (
            <option key={member} value={member}>
              {actionTitle(t, member)}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  )
}

interface DayProps {
  label: string
  value: string | undefined
  onChange: (day: string | undefined) => void
}

function Day({ label, value, onChange }: DayProps) {
  const id = useId()
  return (
    <div className="flex items-center gap-1.5">
      <label htmlFor={id} className="text-sm text-ink-2">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value || undefined)}
        className={classes(controlClass, 'w-36', value && 'border-beam font-semibold')}
      />
    </div>
  )
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  const { filters: t } = useMessages().audit
  return (
    <li className="inline-flex h-6.5 max-w-full items-center gap-1 rounded-md border border-line bg-beam-soft pr-0.5 pl-2 text-sm text-beam-text">
      <span className="truncate">{text}</span>
      <button
        type="button"
        aria-label={t.remove({ filter: text })}
        onClick={onRemove}
        className="flex size-6 shrink-0 items-center justify-center rounded-sm hover:bg-hover"
      >
        <X aria-hidden size={13} />
      </button>
    </li>
  )
}

function Chips({ search, onChange }: FilterProps) {
  const { filters: t } = useMessages().audit
  const { actor, actor_name, target_id, target_name, address, request_id } = search
  const none = { actor: undefined, actor_name: undefined }
  const nothing = { target_id: undefined, target_name: undefined }
  return (
    <ul aria-label={t.group} className="contents">
      {actor && <Chip text={t.by({ name: actor_name ?? actor })} onRemove={() => onChange(none)} />}
      {target_id && (
        <Chip text={t.on({ name: target_name ?? target_id })} onRemove={() => onChange(nothing)} />
      )}
      {address && (
        <Chip text={t.from({ address })} onRemove={() => onChange({ address: undefined })} />
      )}
      {request_id && (
        <Chip
          text={t.request({ id: request_id })}
          onRemove={() => onChange({ request_id: undefined })}
        />
      )}
    </ul>
  )
}

interface AuditFiltersProps extends FilterProps {
  onClear: () => void
}

export function AuditFilters({ search, onChange, onClear }: AuditFiltersProps) {
  const { filters: t } = useMessages().audit
  const { actor, target_id, address, request_id } = search
  const any = Object.values(search).some(Boolean)
  const chips = Boolean(actor ?? target_id ?? address ?? request_id)
  return (
    <div className="mb-3 space-y-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <NameSearch search={search} onChange={onChange} />
        <ActionSelect search={search} onChange={onChange} />
        <Day label={t.since} value={search.since} onChange={(since) => onChange({ since })} />
        <Day label={t.until} value={search.until} onChange={(until) => onChange({ until })} />
        {any && !chips && (
          <Button look="quiet" onClick={onClear}>
            {t.clear}
          </Button>
        )}
      </div>
      {chips && (
        <div className="flex flex-wrap items-center gap-2">
          <Chips search={search} onChange={onChange} />
          <Button look="quiet" size="sm" onClick={onClear}>
            {t.clear}
          </Button>
        </div>
      )}
    </div>
  )
}
