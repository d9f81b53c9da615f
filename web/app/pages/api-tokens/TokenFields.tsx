/** The controls of a token's form: what it is for, how long and where it works, and what it may be used for. */
import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'

import { openOrganizations } from '~/api/can'
import type { ApiProblem } from '~/api/problem'
import { sitesQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { PermissionBoxes } from '~/components/PermissionBoxes'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Choices } from '~/ui/lib/Choices'
import { SelectField, TextField } from '~/ui/lib/Field'

import {
  isForMachines,
  LIVES,
  NAME_MAX,
  type TokenForm,
  whyNot,
  withPlace,
  withReadOnly,
} from './form'

interface FieldsProps {
  form: TokenForm
  onChange: (form: TokenForm) => void
  me: Me
  problem: ApiProblem | null
}

interface BoxesProps {
  label: string
  hint?: string
  options: readonly { id: string; name: string }[]
  value: readonly string[]
  error: string | null
  onChange: (value: string[]) => void
}

/** Several of a few, by check boxes. */
function Boxes({ label, hint, options, value, error, onChange }: BoxesProps) {
  const id = useId()
  const choose = (chosen: string, on: boolean) =>
    onChange(
      options.map((one) => one.id).filter((one) => (one === chosen ? on : value.includes(one))),
    )
  return (
    <fieldset aria-describedby={hint && `${id}-hint`}>
      <legend className="mb-1 text-sm font-semibold">{label}</legend>
      {options.map(({ id: option, name }) => (
        <div key={option} className="flex min-h-6 items-center gap-2.5">
          <input
            type="checkbox"
            id={`${id}-${option}`}
            checked={value.includes(option)}
            onChange={(event) => choose(option, event.target.checked)}
            className="size-3.5 shrink-0 accent-control"
          />
          <label htmlFor={`${id}-${option}`} className="min-w-0 text-sm break-words">
            {name}
          </label>
        </div>
      ))}
      {error && <p className="text-sm text-danger-text">{error}</p>}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-3">
          {hint}
        </p>
      )}
    </fieldset>
  )
}

/** The sites of the chosen organizations, or of all of them. */
function SiteBoxes({ form, onChange, me, problem }: FieldsProps) {
  const { form: t } = useMessages().apiTokens
  const fieldError = useFieldError()
  const query = useQuery(sitesQuery)
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  const { organizations } = form
  const offered = (query.data ?? []).filter(
    ({ organization_id: of }) => organizations.length === 0 || organizations.includes(of),
  )
  const owner = (id: string) => me.organizations.find((one) => one.id === id)?.name
  const several = openOrganizations(me).length > 1
  const options = offered.map(({ id, name, organization_id: of }) => ({
    id,
    name: several ? [name, owner(of)].filter(Boolean).join(' · ') : name,
  }))
  if (options.length === 0) return null
  return (
    <Boxes
      label={t.sites}
      options={options}
      value={form.sites}
      error={fieldError(problem, 'site_ids')}
      onChange={(sites) => onChange(withPlace({ ...form, sites }))}
    />
  )
}

function WhereFields(fields: FieldsProps) {
  const { form: t } = useMessages().apiTokens
  const fieldError = useFieldError()
  const { form, onChange, me, problem } = fields
  return (
    <>
      <Choices
        label={t.where}
        value={form.where}
        onChange={(where) => onChange(withPlace({ ...form, where }))}
        options={[
          { value: 'all', label: t.whereAll, says: t.whereAllSays },
          { value: 'some', label: t.whereSome, says: t.whereSomeSays },
        ]}
      />
      {form.where === 'some' && (
        <div className="flex flex-col gap-3 border-l-2 border-line pl-3">
          {openOrganizations(me).length > 1 && (
            <Boxes
              label={t.organizations}
              options={openOrganizations(me)}
              value={form.organizations}
              error={fieldError(problem, 'organization_ids')}
              // Sites of others would leave nothing.
              onChange={(organizations) => onChange({ ...form, organizations, sites: [] })}
            />
          )}
          <SiteBoxes {...fields} />
          <TextField
            label={t.tags}
            hint={t.tagsHint}
            error={fieldError(problem, 'tags')}
            value={form.tags}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => onChange(withPlace({ ...form, tags: event.target.value }))}
          />
          {isForMachines(form) && <p className="text-sm text-ink-2">{t.machinesOnly}</p>}
        </div>
      )}
    </>
  )
}

function ReadOnlyField({ form, onChange }: Pick<FieldsProps, 'form' | 'onChange'>) {
  const { form: t } = useMessages().apiTokens
  const id = useId()
  return (
    <div className="flex gap-2.5">
      <input
        type="checkbox"
        id={id}
        checked={form.readOnly}
        aria-describedby={`${id}-says`}
        onChange={(event) => onChange(withReadOnly(form, event.target.checked))}
        className="mt-1 size-3.5 shrink-0 accent-control"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="text-sm font-semibold">
          {t.readOnly}
        </label>
        <p id={`${id}-says`} className="text-sm text-ink-2">
          {t.readOnlySays}
        </p>
      </div>
    </div>
  )
}

interface TokenFieldsProps extends FieldsProps {
  /** Expiry and place are chosen when a token is made. */
  isNew: boolean
}

export function TokenFields({ isNew, ...fields }: TokenFieldsProps) {
  const { form: t } = useMessages().apiTokens
  const fieldError = useFieldError()
  const { form, onChange, me, problem } = fields
  const wrong = fieldError(problem, 'scopes')
  return (
    <>
      <TextField
        label={t.name}
        hint={t.nameHint}
        error={fieldError(problem, 'name')}
        value={form.name}
        maxLength={NAME_MAX}
        autoComplete="off"
        required
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      />
      {isNew && (
        <SelectField
          label={t.expires}
          error={fieldError(problem, 'expires_in_seconds')}
          value={form.days}
          onChange={(event) => onChange({ ...form, days: event.target.value })}
          options={LIVES.map((days) => ({ value: String(days), label: t.days({ count: days }) }))}
        />
      )}
      {isNew && <WhereFields {...fields} />}
      <ReadOnlyField form={form} onChange={onChange} />
      <section className="flex flex-col gap-3">
        <h3 className="text-sm font-semibold">{t.scopes}</h3>
        <p className="text-sm text-ink-2">{t.limits}</p>
        {wrong && <p className="text-sm text-danger-text">{wrong}</p>}
        <PermissionBoxes
          value={form.scopes}
          whyNot={(permission) => {
            const why = whyNot(me, form, permission)
            return why && t[why]
          }}
          onChange={(scopes) => onChange({ ...form, scopes })}
        />
      </section>
    </>
  )
}
