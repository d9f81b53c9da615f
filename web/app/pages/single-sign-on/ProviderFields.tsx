/** The fields of an identity provider. */
import type { IdentityProvider } from '~/api/identity-providers'
import type { ApiProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { useMessages } from '~/i18n'
import { PasswordField, TextAreaField, TextField } from '~/ui/lib/Field'
import { Switch } from '~/ui/lib/Switch'

import {
  CLIENT_ID_MAX,
  GROUP_MAX,
  ISSUER_MAX,
  NAME_MAX,
  type ProviderForm,
  SECRET_MAX,
} from './form'
import { MappingFields } from './MappingFields'

interface FieldsProps {
  form: ProviderForm
  onChange: (form: ProviderForm) => void
  problem: ApiProblem | null
}

interface ProviderFieldsProps extends FieldsProps {
  me: Me
  /** The form that the problem is about. */
  sent: ProviderForm | undefined
  /** The provider that is changed; null for a new one. */
  provider: IdentityProvider | null
}

function ClientFields({
  form,
  onChange,
  problem,
  provider,
}: FieldsProps & Pick<ProviderFieldsProps, 'provider'>) {
  const { signOn } = useMessages()
  const words = signOn.form
  const fieldError = useFieldError()
  const kept = provider?.has_client_secret ?? false
  return (
    <>
      <TextField
        label={words.issuer}
        hint={provider ? words.issuerFixed : words.issuerHint}
        error={fieldError(problem, 'issuer')}
        value={form.issuer}
        maxLength={ISSUER_MAX}
        type="url"
        autoComplete="off"
        required
        readOnly={provider !== null}
        onChange={(event) => onChange({ ...form, issuer: event.target.value })}
      />
      <TextField
        label={words.clientId}
        error={fieldError(problem, 'client_id')}
        value={form.clientId}
        maxLength={CLIENT_ID_MAX}
        autoComplete="off"
        required
        onChange={(event) => onChange({ ...form, clientId: event.target.value })}
      />
      <PasswordField
        label={words.secret}
        hint={kept ? words.secretKept : words.secretHint}
        error={fieldError(problem, 'client_secret')}
        value={form.secret}
        maxLength={SECRET_MAX}
        autoComplete="new-password"
        showLabel={words.showSecret}
        hideLabel={words.hideSecret}
        onChange={(event) => onChange({ ...form, secret: event.target.value })}
      />
      {kept && (
        <Switch
          label={words.secretDrop}
          checked={form.dropSecret}
          disabled={form.secret !== ''}
          onChange={(dropSecret) => onChange({ ...form, dropSecret })}
        />
      )}
      <TextField
        label={words.scopes}
        hint={words.scopesHint}
        error={fieldError(problem, 'scopes')}
        value={form.scopes}
        autoComplete="off"
        onChange={(event) => onChange({ ...form, scopes: event.target.value })}
      />
    </>
  )
}

function PeopleFields({ form, onChange, problem }: FieldsProps) {
  const { signOn, common } = useMessages()
  const words = signOn.form
  const fieldError = useFieldError()
  return (
    <fieldset className="flex flex-col gap-3 border-t border-line pt-4">
      <legend className="float-left mb-2 font-semibold">{words.people}</legend>
      <Switch
        label={words.creates}
        checked={form.creates}
        onChange={(creates) => onChange({ ...form, creates })}
      />
      {form.creates && (
        <TextField
          label={words.most}
          note={common.optional}
          error={fieldError(problem, 'accounts_max')}
          value={form.most}
          type="number"
          min={1}
          step={1}
          onChange={(event) => onChange({ ...form, most: event.target.value })}
        />
      )}
      <div>
        <Switch
          label={words.links}
          checked={form.links}
          onChange={(links) => onChange({ ...form, links })}
        />
        <p className="text-sm text-ink-3">{words.linksHint}</p>
      </div>
      {(form.creates || form.links) && (
        <TextAreaField
          label={words.domains}
          note={common.optional}
          hint={words.domainsHint}
          error={fieldError(problem, 'email_domains')}
          value={form.domains}
          onChange={(event) => onChange({ ...form, domains: event.target.value })}
        />
      )}
      <div>
        <Switch
          label={words.trusts}
          checked={form.trusts}
          onChange={(trusts) => onChange({ ...form, trusts })}
        />
        <p className="text-sm text-ink-3">{words.trustsHint}</p>
      </div>
    </fieldset>
  )
}

export function ProviderFields({
  form,
  onChange,
  problem,
  sent,
  me,
  provider,
}: ProviderFieldsProps) {
  const { signOn, common } = useMessages()
  const words = signOn.form
  const fieldError = useFieldError()
  const fields = { form, onChange, problem }
  return (
    <>
      <TextField
        label={words.name}
        hint={words.nameHint}
        error={fieldError(problem, 'name')}
        value={form.name}
        maxLength={NAME_MAX}
        autoComplete="off"
        required
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      />
      <ClientFields {...fields} provider={provider} />
      <Switch
        label={words.enabled}
        checked={form.enabled}
        onChange={(enabled) => onChange({ ...form, enabled })}
      />
      <PeopleFields {...fields} />
      <fieldset className="flex flex-col gap-3 border-t border-line pt-4">
        <legend className="float-left mb-1 font-semibold">{words.groups}</legend>
        <p className="text-sm text-ink-3">{words.groupsIntro}</p>
        <TextField
          label={words.claim}
          note={common.optional}
          hint={words.claimHint}
          error={fieldError(problem, 'groups_claim')}
          value={form.claim}
          maxLength={GROUP_MAX}
          autoComplete="off"
          onChange={(event) => onChange({ ...form, claim: event.target.value })}
        />
        <MappingFields {...fields} sent={sent} me={me} />
      </fieldset>
    </>
  )
}
