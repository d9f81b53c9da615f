/** Creates an access rule. The machine of one about a machine is searched for in a dialog that takes this one's place. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { createAccessRule } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { rolesQuery } from '~/api/queries'
import type { AccessScope, Me } from '~/api/types'
import { MachinePicker } from '~/components/MachinePicker'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, RIGHTS, scopeOf, wishesOf, type RuleForm } from './form'
import { SayingFields } from './SayingFields'
import { ScopeFields } from './ScopeFields'
import { roleName } from './words'

interface WhoProps {
  form: RuleForm
  onChange: (form: RuleForm) => void
}

function WhoFields({ form, onChange }: WhoProps) {
  const { access: t } = useMessages()
  const { data: roles } = useQuery(rolesQuery)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={t.form.role}
        value={form.role}
        onChange={(event) => onChange({ ...form, role: event.target.value })}
        options={[
          { value: '', label: t.anyRole },
          ...(roles ?? []).map((role) => ({
            value: role.key,
            label: roleName(t, { role: role.key, role_name: role.name }),
          })),
        ]}
      />
      <SelectField
        label={t.form.right}
        value={form.right}
        onChange={(event) =>
          onChange({ ...form, right: RIGHTS.find((right) => right === event.target.value) ?? '' })
        }
        options={[
          { value: '', label: t.anyRight },
          ...RIGHTS.map((value) => ({ value, label: t.rights[value] })),
        ]}
      />
    </div>
  )
}

interface CreateRuleDialogProps {
  organizations: Me['organizations']
  onClose: () => void
}

export function CreateRuleDialog({ organizations, onClose }: CreateRuleDialogProps) {
  const t = useMessages()
  const words = t.access.form
  const toast = useToast()
  const [form, setForm] = useState(() => blankForm(organizations[0]?.id ?? ''))
  const [picking, setPicking] = useState(false)
  const create = useMutation({
    mutationFn: (scope: AccessScope) => createAccessRule(wishesOf(form, scope)),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.access.created })
      onClose()
    },
  })
  if (picking) {
    return (
      <MachinePicker
        title={words.chooseTitle}
        organizationId={form.organizationId}
        onChoose={({ id, name }) => {
          setForm({ ...form, machine: { id, name } })
          setPicking(false)
        }}
        onClose={() => setPicking(false)}
      />
    )
  }

  const problem = create.error ? asProblem(create.error) : null
  const scope = scopeOf(form)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (scope && !create.isPending) create.mutate(scope)
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="create-rule"
        pending={create.isPending}
        disabled={!scope}
      >
        {t.access.create}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={words.title} footer={footer} wide>
      <form id="create-rule" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <ScopeFields
          form={form}
          onChange={setForm}
          organizations={organizations}
          problem={problem}
          onPick={() => setPicking(true)}
        />
        <WhoFields form={form} onChange={setForm} />
        <SayingFields saying={form} onChange={(saying) => setForm({ ...form, ...saying })} />
      </form>
    </Dialog>
  )
}
