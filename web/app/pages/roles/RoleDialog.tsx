/** Makes a role, or changes one. If somebody else was faster, says what they chose before it is replaced. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeRole, createRole } from '~/api/actions'
import { mayForServer } from '~/api/can'
import { asProblem, type ApiProblem } from '~/api/problem'
import { rolesQuery } from '~/api/queries'
import type { Me, Role } from '~/api/types'
import { PermissionBoxes } from '~/components/PermissionBoxes'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { DESCRIPTION_MAX, formOf, NAME_MAX, wishesOf, type RoleForm } from './form'
import { allowsOf } from './words'

interface RoleFieldsProps {
  form: RoleForm
  onChange: (form: RoleForm) => void
  me: Me
  problem: ApiProblem | null
}

function RoleFields({ form, onChange, me, problem }: RoleFieldsProps) {
  const t = useMessages()
  const words = t.roles.form
  const fieldError = useFieldError()
  return (
    <>
      <TextField
        label={words.name}
        error={fieldError(problem, 'name')}
        value={form.name}
        maxLength={NAME_MAX}
        autoComplete="off"
        required
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      />
      <TextField
        label={words.description}
        note={t.common.optional}
        hint={words.descriptionHint}
        error={fieldError(problem, 'description')}
        value={form.description}
        maxLength={DESCRIPTION_MAX}
        autoComplete="off"
        onChange={(event) => onChange({ ...form, description: event.target.value })}
      />
      <PermissionBoxes
        value={form.permissions}
        whyNot={(one) => (mayForServer(me, one) ? null : words.notYours)}
        onChange={(permissions) => onChange({ ...form, permissions })}
      />
    </>
  )
}

interface CreateRoleDialogProps {
  me: Me
  /** What the form begins with. */
  from: RoleForm
  onClose: () => void
}

export function CreateRoleDialog({ me, from, onClose }: CreateRoleDialogProps) {
  const t = useMessages()
  const words = t.roles.form
  const toast = useToast()
  const [form, setForm] = useState(from)
  const create = useMutation({
    mutationFn: () => createRole(wishesOf(form)),
    onSuccess: ({ name: role }) => {
      toast({ tone: 'ok', title: t.roles.created({ role }) })
      onClose()
    },
  })
  const problem = create.error ? asProblem(create.error) : null
  const ready = form.name.trim() !== '' && !create.isPending
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (ready) create.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="create-role"
        pending={create.isPending}
        disabled={!form.name.trim()}
      >
        {words.create}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.createTitle}
      description={words.createIntro}
      footer={footer}
      wide
    >
      <form id="create-role" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <RoleFields form={form} onChange={setForm} me={me} problem={problem} />
      </form>
    </Dialog>
  )
}

interface EditRoleDialogProps {
  me: Me
  role: Role
  onClose: () => void
}

export function EditRoleDialog({ me, role, onClose }: EditRoleDialogProps) {
  const t = useMessages()
  const words = t.roles.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(role))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(role)
  const change = useMutation({
    mutationFn: () => changeRole(seen, wishesOf(form)),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: t.roles.changed({ role: name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      const roles = await queryClient.query({ ...rolesQuery, staleTime: 0 })
      setSeen(roles.find(({ key }) => key === role.key) ?? seen)
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (form.name.trim() && !change.isPending) change.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="edit-role"
        pending={change.isPending}
        disabled={!form.name.trim()}
      >
        {t.common.save}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.editTitle}
      {...(role.accounts > 0 ? { description: words.editIntro({ count: role.accounts }) } : {})}
      footer={footer}
      wide
    >
      <form id="edit-role" onSubmit={submit} className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body({ name: seen.name, allows: allowsOf(t, seen) })}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <RoleFields form={form} onChange={setForm} me={me} problem={problem} />
      </form>
    </Dialog>
  )
}
