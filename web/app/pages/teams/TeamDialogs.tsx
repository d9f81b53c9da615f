/** Makes a team, changes what it is called, or deletes it. If somebody else was faster, shows their name before it is replaced. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode, type SubmitEvent } from 'react'

import { changeTeam, createTeam, deleteTeam } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import { teamsQuery } from '~/api/queries'
import type { Me, Team } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { SERVER } from '~/components/assignment-form'
import { placesToGive } from '~/pages/people/form'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { SelectField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, formOf, NAME_MAX, NOTE_MAX, wishesOf, type TeamForm } from './form'

type Texts = Pick<TeamForm, 'name' | 'note'>

interface TextFieldsProps {
  texts: Texts
  onChange: (texts: Texts) => void
  problem: ApiProblem | null
}

function TextFields({ texts, onChange, problem }: TextFieldsProps) {
  const t = useMessages()
  const words = t.teams.form
  const fieldError = useFieldError()
  return (
    <>
      <TextField
        label={words.name}
        error={fieldError(problem, 'name')}
        value={texts.name}
        maxLength={NAME_MAX}
        autoComplete="off"
        required
        onChange={(event) => onChange({ ...texts, name: event.target.value })}
      />
      <TextField
        label={words.note}
        note={t.common.optional}
        hint={words.noteHint}
        error={fieldError(problem, 'note')}
        value={texts.note}
        maxLength={NOTE_MAX}
        autoComplete="off"
        onChange={(event) => onChange({ ...texts, note: event.target.value })}
      />
    </>
  )
}

interface FooterProps {
  form: string
  action: string
  pending: boolean
  disabled: boolean
  onClose: () => void
}

function Footer({ form, action, pending, disabled, onClose }: FooterProps): ReactNode {
  const { common } = useMessages()
  return (
    <>
      <Button onClick={onClose}>{common.cancel}</Button>
      <Button look="primary" type="submit" form={form} pending={pending} disabled={disabled}>
        {action}
      </Button>
    </>
  )
}

export function CreateTeamDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const { teams: t } = useMessages()
  const words = t.form
  const toast = useToast()
  const fieldError = useFieldError()
  const [form, setForm] = useState(() => blankForm(me))
  const create = useMutation({
    mutationFn: () => createTeam(wishesOf(form)),
    onSuccess: ({ name: team }) => {
      toast({ tone: 'ok', title: t.created({ team }) })
      onClose()
    },
  })
  const problem = create.error ? asProblem(create.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (form.name.trim() && !create.isPending) create.mutate()
  }
  const places = placesToGive(me).map((value) => ({
    value,
    label:
      me.organizations.find(({ id }) => id === value)?.name ??
      (value === SERVER ? words.inServer : value),
  }))
  const footer = (
    <Footer
      form="create-team"
      action={words.create}
      pending={create.isPending}
      disabled={!form.name.trim()}
      onClose={onClose}
    />
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.createTitle}
      description={words.createIntro}
      footer={footer}
    >
      <form id="create-team" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextFields
          texts={form}
          onChange={(texts) => setForm({ ...form, ...texts })}
          problem={problem}
        />
        <SelectField
          label={words.place}
          hint={words.placeHint}
          value={form.place}
          error={fieldError(problem, 'place')}
          onChange={(event) => setForm({ ...form, place: event.target.value })}
          options={places}
        />
      </form>
    </Dialog>
  )
}

export function EditTeamDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const t = useMessages()
  const words = t.teams.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(team))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(team)
  const change = useMutation({
    mutationFn: () => changeTeam(seen, { name: form.name.trim(), note: form.note.trim() }),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: t.teams.changed({ team: name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      const teams = await queryClient.query({ ...teamsQuery, staleTime: 0 })
      setSeen(teams.find(({ id }) => id === team.id) ?? seen)
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (form.name.trim() && !change.isPending) change.mutate()
  }
  const footer = (
    <Footer
      form="edit-team"
      action={t.common.save}
      pending={change.isPending}
      disabled={!form.name.trim()}
      onClose={onClose}
    />
  )
  return (
    <Dialog open onClose={onClose} title={words.editTitle} footer={footer}>
      <form id="edit-team" onSubmit={submit} className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body({ name: seen.name })}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextFields texts={form} onChange={setForm} problem={problem} />
      </form>
    </Dialog>
  )
}

export function DeleteTeamDialog({ team, onClose }: { team: Team; onClose: () => void }) {
  const { teams: t } = useMessages()
  const toast = useToast()
  const { name, member_count: count } = team
  const remove = useMutation({
    mutationFn: () => deleteTeam(team),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.removed({ team: name }) })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle({ team: name })}
      action={t.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      <p>{count > 0 ? t.removeBody({ count }) : t.members.none}</p>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </ConfirmDialog>
  )
}
