/** Which events: all, or some by subject, each subject as a whole or event by event. */
import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'

import { webhookEventTypesQuery } from '~/api/queries'
import { ListState } from '~/components/ListState'
import { useMessages } from '~/i18n'
import { Choices } from '~/ui/lib/Choices'
import { classes } from '~/ui/lib/classes'

import { bySubject, toggled, type Subject, type WebhookForm } from './form'
import { eventTitle, subjectTitle } from './words'

interface ChooserProps {
  form: WebhookForm
  onChange: (form: WebhookForm) => void
  error: string | null
}

interface BoxProps {
  label: string
  checked: boolean
  /** Some of what it stands for, and not all. */
  partly?: boolean
  onChange: (on: boolean) => void
}

function Box({ label, checked, partly = false, onChange }: BoxProps) {
  const id = useId()
  const box = useRef<HTMLInputElement>(null)
  // Only a script can say so.
  useEffect(() => {
    if (box.current) box.current.indeterminate = partly
  }, [partly])
  return (
    <div className="flex min-h-6 items-center gap-2.5">
      <input
        ref={box}
        type="checkbox"
        id={id}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-3.5 shrink-0 accent-control"
      />
      <label htmlFor={id} className="min-w-0 text-sm break-words">
        {label}
      </label>
    </div>
  )
}

interface SubjectBoxesProps {
  group: Subject
  chosen: readonly string[]
  onToggle: (some: readonly string[], on: boolean) => void
}

function SubjectBoxes({ group, chosen, onToggle }: SubjectBoxesProps) {
  const t = useMessages()
  const title = subjectTitle(t, group.subject)
  const here = group.types.filter((type) => chosen.includes(type)).length
  const whole = here === group.types.length
  const id = useId()
  // There are many: what is closed is not in the page.
  const [open, setOpen] = useState(here > 0 && !whole)
  return (
    <div className="px-3 py-1">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 w-full items-center gap-1.5 text-left text-sm font-medium"
      >
        <ChevronRight aria-hidden size={14} className={classes('shrink-0', open && 'rotate-90')} />
        <span className="flex-1">{title}</span>{' '}
        <span className="text-xs font-normal text-ink-3 tabular-nums">
          {here}/{group.types.length}
        </span>
      </button>
      {open && (
        <fieldset id={id} className="mt-1 mb-1 pl-5">
          <legend className="sr-only">{title}</legend>
          {group.types.length > 1 && (
            <Box
              label={t.webhooks.form.wholeSubject({ subject: title })}
              checked={whole}
              partly={here > 0 && !whole}
              onChange={(on) => onToggle(group.types, on)}
            />
          )}
          {group.types.map((type) => (
            <Box
              key={type}
              label={eventTitle(t, type)}
              checked={chosen.includes(type)}
              onChange={(on) => onToggle([type], on)}
            />
          ))}
        </fieldset>
      )}
    </div>
  )
}

function SomeEvents({ form, onChange, error }: ChooserProps) {
  const { form: t } = useMessages().webhooks
  const query = useQuery(webhookEventTypesQuery)
  const all = query.data ?? []
  const toggle = (some: readonly string[], on: boolean) =>
    onChange({ ...form, types: toggled(all, form.types, some, on) })
  return (
    <div>
      <ListState query={query} rows={4} />
      {query.data && (
        <div className="divide-y divide-line rounded-md border border-line">
          {bySubject(all).map((group) => (
            <SubjectBoxes key={group.subject} group={group} chosen={form.types} onToggle={toggle} />
          ))}
        </div>
      )}
      <p role="status" className="mt-1 text-sm text-ink-3">
        {t.chosen({ count: form.types.length })}
      </p>
      {error && <p className="text-sm text-danger-text">{error}</p>}
    </div>
  )
}

export function EventChooser(props: ChooserProps) {
  const { form: t } = useMessages().webhooks
  const { form, onChange } = props
  return (
    <div className="flex flex-col gap-2">
      <Choices
        label={t.events}
        value={form.which}
        onChange={(which) => onChange({ ...form, which })}
        options={[
          { value: 'some', label: t.some, says: t.someSays },
          { value: 'all', label: t.all, says: t.allSays },
        ]}
      />
      {form.which === 'some' && <SomeEvents {...props} />}
    </div>
  )
}
