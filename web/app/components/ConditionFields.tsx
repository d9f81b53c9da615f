/** When a role counts and what it asks for: each limit is a switch, with its fields below it while it is on. */
import { useId, type ReactNode } from 'react'

import type { ApiProblem } from '~/api/problem'
import type { Day } from '~/api/types'
import { useI18n, useMessages } from '~/i18n'
import { SelectField, TextField } from '~/ui/lib/Field'
import { Switch } from '~/ui/lib/Switch'

import {
  ageInSeconds,
  AGES,
  type ConditionForm,
  DAYS,
  type HoursForm,
  isPastMidnight,
  usualEnd,
  usualHours,
} from './assignment-form'
import { useFieldError } from './problem-text'

interface HoursFieldsProps {
  hours: HoursForm
  onChange: (hours: HoursForm) => void
  problem: ApiProblem | null
}

function DayBoxes({ hours, onChange, problem }: HoursFieldsProps) {
  const t = useMessages().assignments
  const wrong = useFieldError()(problem, 'conditions.hours.days')
  const id = useId()
  const choose = (day: Day, on: boolean) =>
    onChange({
      ...hours,
      days: DAYS.filter((one) => (one === day ? on : hours.days.includes(one))),
    })
  return (
    <fieldset aria-describedby={wrong ? `${id}-wrong` : undefined}>
      <legend className="mb-1 text-sm font-semibold">{t.conditions.onDays}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {DAYS.map((day) => (
          <span key={day} className="flex min-h-6 items-center gap-1.5">
            <input
              type="checkbox"
              id={`${id}-${day}`}
              checked={hours.days.includes(day)}
              aria-invalid={wrong ? true : undefined}
              onChange={(event) => choose(day, event.target.checked)}
              className="size-3.5 shrink-0 accent-control"
            />
            <label htmlFor={`${id}-${day}`} className="text-sm">
              {t.days[day]}
            </label>
          </span>
        ))}
      </div>
      {wrong && (
        <p id={`${id}-wrong`} className="text-sm text-danger-text">
          {wrong}
        </p>
      )}
    </fieldset>
  )
}

function HoursFields({ hours, onChange, problem }: HoursFieldsProps) {
  const { conditions: t } = useMessages().assignments
  const fieldError = useFieldError()
  const zones = useId()
  return (
    <>
      <DayBoxes hours={hours} onChange={onChange} problem={problem} />
      <div className="grid gap-4 sm:grid-cols-[1fr_1fr_2fr]">
        <TextField
          label={t.from}
          type="time"
          error={fieldError(problem, 'conditions.hours.from')}
          value={hours.from}
          required
          onChange={(event) => onChange({ ...hours, from: event.target.value })}
        />
        <TextField
          label={t.to}
          type="time"
          error={fieldError(problem, 'conditions.hours.to')}
          value={hours.to}
          required
          onChange={(event) => onChange({ ...hours, to: event.target.value })}
        />
        <TextField
          label={t.zone}
          list={zones}
          error={fieldError(problem, 'conditions.hours.time_zone')}
          value={hours.zone}
          autoComplete="off"
          spellCheck={false}
          required
          onChange={(event) => onChange({ ...hours, zone: event.target.value })}
        />
      </div>
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {isPastMidnight(hours) && <p className="text-sm text-ink-3">{t.pastMidnight}</p>}
    </>
  )
}

interface LimitProps {
  label: string
  on: boolean
  onChange: (on: boolean) => void
  says?: string
  children?: ReactNode
}

const Limit = ({ label, on, onChange, says, children }: LimitProps) => (
  <div className="flex flex-col gap-3">
    <Switch label={label} checked={on} onChange={onChange} />
    {on && (
      <div className="flex flex-col gap-3 border-l-2 border-line pl-3 empty:hidden">
        {children}
        {says && <p className="text-sm text-ink-3">{says}</p>}
      </div>
    )}
  </div>
)

interface ConditionFieldsProps {
  form: ConditionForm
  onChange: (form: ConditionForm) => void
  problem: ApiProblem | null
  /** It is for a program, which has no proof. */
  program?: boolean
  /** The limit that makes no sense here, so that nobody chooses what the server refuses. */
  without?: 'end' | 'proof'
}

export function ConditionFields({
  form,
  onChange,
  problem,
  program,
  without,
}: ConditionFieldsProps) {
  const { messages, format } = useI18n()
  const t = messages.assignments.conditions
  const fieldError = useFieldError()
  const { until, hours, age, reason } = form
  // One that was chosen by another program stays to be chosen.
  const ages = [...new Set([...AGES, ...(age === null ? [] : [Number(age)])])]
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-semibold">{t.title}</legend>
      {without !== 'end' && (
        <Limit
          label={t.ends}
          on={until !== null}
          onChange={(on) => onChange({ ...form, until: on ? usualEnd(new Date()) : null })}
        >
          <TextField
            label={t.until}
            type="datetime-local"
            error={fieldError(problem, 'conditions.expires_at')}
            value={until ?? ''}
            required
            onChange={(event) => onChange({ ...form, until: event.target.value })}
          />
        </Limit>
      )}
      <Limit
        label={t.onlyHours}
        on={hours !== null}
        onChange={(on) => onChange({ ...form, hours: on ? usualHours() : null })}
      >
        {hours && (
          <HoursFields
            hours={hours}
            onChange={(next) => onChange({ ...form, hours: next })}
            problem={problem}
          />
        )}
      </Limit>
      {without !== 'proof' && (
        <Limit
          label={t.asksProof}
          on={age !== null}
          onChange={(on) => onChange({ ...form, age: on ? '15' : null })}
          says={program ? t.programProof : t.proofSays}
        >
          <SelectField
            label={t.age}
            error={fieldError(problem, 'conditions.step_up_minutes')}
            value={age ?? ''}
            onChange={(event) => onChange({ ...form, age: event.target.value })}
            options={ages.map((minutes) => ({
              value: String(minutes),
              label: format.duration(ageInSeconds(minutes)),
            }))}
          />
        </Limit>
      )}
      <Limit
        label={t.asksReason}
        on={reason}
        onChange={(on) => onChange({ ...form, reason: on })}
        says={t.reasonSays}
      />
    </fieldset>
  )
}
