/** The fields of a token: the same for a new one and for a change. */
import { useQuery } from '@tanstack/react-query'

import type { ApiProblem } from '~/api/problem'
import { sitesQuery } from '~/api/queries'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useFieldError } from '~/components/problem-text'
import { useMessages } from '~/i18n'
import { Choices } from '~/ui/lib/Choices'
import { SelectField, TextAreaField, TextField } from '~/ui/lib/Field'

import { DAY, LABEL_MAX, LIVES, NAME_MAX, USES_MAX, type TokenForm } from './form'

interface TokenFieldsProps {
  form: TokenForm
  onChange: (form: TokenForm) => void
  problem: ApiProblem | null
  /** Label of the choice that leaves the end as it is; a new token has none. */
  keepExpiry?: string
}

function useLives() {
  const { form } = useMessages().enrollment
  return LIVES.map((seconds) => ({
    value: String(seconds),
    label:
      seconds < DAY ? form.hours({ count: seconds / 3600 }) : form.days({ count: seconds / DAY }),
  }))
}

/** Where machines are put. The server chooses the oldest site when none is named, so that comes first here too. */
function SiteField({ form, onChange, problem }: TokenFieldsProps) {
  const { enrollment: t } = useMessages()
  const fieldError = useFieldError()
  const query = useQuery(sitesQuery)
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  const sites = query.data ?? []
  const waiting = [{ value: '', label: t.form.sitesLoading }]
  return (
    <SelectField
      label={t.form.site}
      error={fieldError(problem, 'site_id')}
      disabled={query.isPending}
      value={query.isPending ? '' : form.siteId || sites[0]?.id}
      onChange={(event) => onChange({ ...form, siteId: event.target.value })}
      options={
        query.isPending ? waiting : sites.map(({ id, name }) => ({ value: id, label: name }))
      }
    />
  )
}

/** Nobody sends a form that does not show yet where its machines go. */
export const useSitesKnown = (): boolean => useQuery(sitesQuery).data !== undefined

function LabelFields({ form, onChange, problem }: TokenFieldsProps) {
  const t = useMessages()
  const { form: words } = t.enrollment
  const fieldError = useFieldError()
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={words.department}
          note={t.common.optional}
          error={fieldError(problem, 'labels.department')}
          value={form.department}
          maxLength={LABEL_MAX}
          autoComplete="off"
          onChange={(event) => onChange({ ...form, department: event.target.value })}
        />
        <TextField
          label={words.deviceType}
          note={t.common.optional}
          placeholder={words.deviceTypeExample}
          error={fieldError(problem, 'labels.device_type')}
          value={form.deviceType}
          maxLength={LABEL_MAX}
          autoComplete="off"
          onChange={(event) => onChange({ ...form, deviceType: event.target.value })}
        />
      </div>
      <TextField
        label={words.tags}
        note={t.common.optional}
        hint={words.tagsHint}
        error={fieldError(problem, 'labels.tags')}
        value={form.tags}
        autoComplete="off"
        onChange={(event) => onChange({ ...form, tags: event.target.value })}
      />
    </>
  )
}

export function TokenFields(props: TokenFieldsProps) {
  const { form, onChange, problem, keepExpiry } = props
  const t = useMessages()
  const { form: words, approvals } = t.enrollment
  const fieldError = useFieldError()
  const lives = useLives()
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
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={words.expires}
          error={fieldError(problem, 'expires_in_seconds')}
          value={form.expires}
          onChange={(event) => onChange({ ...form, expires: event.target.value })}
          options={keepExpiry ? [{ value: '', label: keepExpiry }, ...lives] : lives}
        />
        <TextField
          type="number"
          label={words.maxUses}
          hint={words.maxUsesHint}
          error={fieldError(problem, 'max_uses')}
          value={form.maxUses}
          min={1}
          max={USES_MAX}
          step={1}
          placeholder={words.unlimited}
          onChange={(event) => onChange({ ...form, maxUses: event.target.value })}
        />
      </div>
      <Choices
        label={words.approval}
        value={form.approval}
        onChange={(approval) => onChange({ ...form, approval })}
        options={(['when_doubtful', 'first', 'automatic'] as const).map((value) => ({
          value,
          label: approvals[value].label,
          says: approvals[value].says,
        }))}
      />
      <SiteField {...props} />
      <LabelFields {...props} />
      <TextAreaField
        label={words.networks}
        note={t.common.optional}
        hint={words.networksHint}
        error={fieldError(problem, 'networks')}
        value={form.networks}
        placeholder={'10.2.0.0/16\n2001:db8:2::/48'}
        onChange={(event) => onChange({ ...form, networks: event.target.value })}
      />
    </>
  )
}
