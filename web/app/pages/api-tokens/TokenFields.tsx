/** The controls of a token's form: what it is for, how long and where it works, and what it may be used for. */
import { useId } from 'react'

import { openOrganizations } from '~/api/can'
import type { ApiProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { PermissionBoxes } from '~/components/PermissionBoxes'
import { useFieldError } from '~/components/problem-text'
import { useMessages } from '~/i18n'
import { Choices } from '~/ui/lib/Choices'
import { SelectField, TextField } from '~/ui/lib/Field'

import { LIVES, NAME_MAX, whyNot, withReadOnly, type TokenForm } from './form'

interface FieldsProps {
  form: TokenForm
  onChange: (form: TokenForm) => void
  me: Me
  problem: ApiProblem | null
}

function WhereFields({ form, onChange, me, problem }: FieldsProps) {
  const { form: t } = useMessages().apiTokens
  const fieldError = useFieldError()
  const id = useId()
  const wrong = fieldError(problem, 'organization_ids')
  const choose = (organization: string, on: boolean) =>
    onChange({
      ...form,
      organizations: openOrganizations(me)
        .map((one) => one.id)
        .filter((one) => (one === organization ? on : form.organizations.includes(one))),
    })
  return (
    <>
      <Choices
        label={t.where}
        value={form.where}
        onChange={(where) => onChange({ ...form, where })}
        options={[
          { value: 'all', label: t.whereAll, says: t.whereAllSays },
          { value: 'some', label: t.whereSome, says: t.whereSomeSays },
        ]}
      />
      {form.where === 'some' && (
        <fieldset>
          <legend className="mb-1 text-sm font-semibold">{t.organizations}</legend>
          {openOrganizations(me).map(({ id: organization, name }) => (
            <div key={organization} className="flex min-h-6 items-center gap-2.5">
              <input
                type="checkbox"
                id={`${id}-${organization}`}
                checked={form.organizations.includes(organization)}
                onChange={(event) => choose(organization, event.target.checked)}
                className="size-3.5 shrink-0 accent-control"
              />
              <label htmlFor={`${id}-${organization}`} className="min-w-0 text-sm break-words">
                {name}
              </label>
            </div>
          ))}
          {wrong && <p className="text-sm text-danger-text">{wrong}</p>}
        </fieldset>
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
      {isNew && openOrganizations(me).length > 1 && <WhereFields {...fields} />}
      <ReadOnlyField form={form} onChange={onChange} />
      <section className="flex flex-col gap-3">
        <h3 className="text-sm font-semibold">{t.scopes}</h3>
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
