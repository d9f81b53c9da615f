/** Which machines a new rule is about. */
import { useQuery } from '@tanstack/react-query'

import type { ApiProblem } from '~/api/problem'
import { sitesQuery } from '~/api/queries'
import type { Me } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useFieldError } from '~/components/problem-text'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { SelectField, TextField } from '~/ui/lib/Field'

import { SCOPES, TAG_MAX, type RuleForm } from './form'

interface ScopeFieldsProps {
  form: RuleForm
  onChange: (form: RuleForm) => void
  organizations: Me['organizations']
  problem: ApiProblem | null
  onPick: () => void
}

function SiteField({ form, onChange }: Pick<ScopeFieldsProps, 'form' | 'onChange'>) {
  const { access: t } = useMessages()
  const query = useQuery(sitesQuery)
  if (query.isError && !query.data) {
    return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
  }
  const sites = (query.data ?? []).filter((site) => site.organization_id === form.organizationId)
  const first = query.isPending ? t.form.sitesLoading : ''
  return (
    <SelectField
      label={t.form.site}
      disabled={query.isPending}
      value={form.siteId}
      required
      onChange={(event) => onChange({ ...form, siteId: event.target.value })}
      options={[
        { value: '', label: first },
        ...sites.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  )
}

function MachineField({ form, onPick }: Pick<ScopeFieldsProps, 'form' | 'onPick'>) {
  const { access: t } = useMessages()
  return (
    <div className="flex flex-col gap-1">
      <p className="text-sm font-semibold">{t.form.machine}</p>
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 truncate text-sm">{form.machine?.name ?? t.form.noMachine}</p>
        <Button size="sm" onClick={onPick}>
          {form.machine ? t.form.changeMachine : t.form.chooseMachine}
        </Button>
      </div>
    </div>
  )
}

export function ScopeFields({ form, onChange, organizations, problem, onPick }: ScopeFieldsProps) {
  const { access: t } = useMessages()
  const fieldError = useFieldError()
  return (
    <>
      {organizations.length > 1 && (
        <SelectField
          label={t.form.organization}
          value={form.organizationId}
          // Sites and machines belong to one organization.
          onChange={(event) =>
            onChange({ ...form, organizationId: event.target.value, siteId: '', machine: null })
          }
          options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t.form.scope}
          value={form.kind}
          onChange={(event) => {
            const kind = SCOPES.find((known) => known === event.target.value)
            if (kind) onChange({ ...form, kind })
          }}
          options={SCOPES.map((value) => ({ value, label: t.scopes[value] }))}
        />
        {form.kind === 'site' && <SiteField form={form} onChange={onChange} />}
        {form.kind === 'tag' && (
          <TextField
            label={t.form.tag}
            hint={t.form.tagHint}
            error={fieldError(problem, 'scope.tag')}
            value={form.tag}
            maxLength={TAG_MAX}
            autoComplete="off"
            required
            onChange={(event) => onChange({ ...form, tag: event.target.value })}
          />
        )}
        {form.kind === 'machine' && <MachineField form={form} onPick={onPick} />}
      </div>
    </>
  )
}
