/** The controls of a webhook's form. */
import type { ApiProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { useMessages } from '~/i18n'
import { SelectField, TextField } from '~/ui/lib/Field'
import { Switch } from '~/ui/lib/Switch'

import { EventChooser } from './EventChooser'
import { EXPRESSION_MAX, NAME_MAX, placesOf, URL_MAX, type WebhookForm } from './form'

interface FieldsProps {
  form: WebhookForm
  onChange: (form: WebhookForm) => void
  me: Me
  problem: ApiProblem | null
  /** Whose events are told is chosen when a webhook is made. */
  isNew: boolean
}

/** What is wrong with the address, in our words. */
function useUrlError(problem: ApiProblem | null): string | null {
  const { wrong } = useMessages().webhooks.form
  const general = useFieldError()
  const code = problem?.field('url')?.code
  if (code === 'invalid') return wrong.url
  return code === 'not_allowed' ? wrong.urlNotAllowed : general(problem, 'url')
}

export function WebhookFields({ form, onChange, me, problem, isNew }: FieldsProps) {
  const { form: t } = useMessages().webhooks
  const fieldError = useFieldError()
  const urlError = useUrlError(problem)
  const places = placesOf(me)
  const eventsError = problem?.field('event_types') ? t.wrong.events : null
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
      <TextField
        label={t.url}
        hint={t.urlHint}
        error={urlError}
        type="url"
        value={form.url}
        maxLength={URL_MAX}
        autoComplete="off"
        spellCheck={false}
        required
        onChange={(event) => onChange({ ...form, url: event.target.value })}
      />
      {isNew && places.length > 1 && (
        <SelectField
          label={t.organization}
          error={fieldError(problem, 'organization_id')}
          value={form.organization}
          onChange={(event) => onChange({ ...form, organization: event.target.value })}
          options={places.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <EventChooser form={form} onChange={onChange} error={eventsError} />
      <ExpressionField {...{ form, onChange, problem }} />
      <Switch
        label={t.enabled}
        checked={form.enabled}
        onChange={(enabled) => onChange({ ...form, enabled })}
      />
    </>
  )
}

function ExpressionField({
  form,
  onChange,
  problem,
}: Pick<FieldsProps, 'form' | 'onChange' | 'problem'>) {
  const t = useMessages()
  const fieldError = useFieldError()
  return (
    <TextField
      label={t.webhooks.form.expression}
      note={t.common.optional}
      hint={t.webhooks.form.expressionHint}
      // The server's sentence names the very word that it does not understand.
      error={fieldError(problem, 'expression')}
      value={form.expression}
      maxLength={EXPRESSION_MAX}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      className="font-mono"
      onChange={(event) => onChange({ ...form, expression: event.target.value })}
    />
  )
}
