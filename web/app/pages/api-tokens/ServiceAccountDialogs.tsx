/** Making, changing, disabling, enabling and deleting a service account, and its tokens. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeServiceAccount, createServiceAccount, deleteServiceAccount } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import { apiTokensQuery } from '~/api/queries'
import type { Me, ServiceAccount } from '~/api/types'
import {
  areConditionsSaid,
  type ConditionForm,
  isPlaceSaid,
  limitsOf,
  NO_CONDITIONS,
  placeOf,
  wholeOf,
} from '~/components/assignment-form'
import { ConditionFields } from '~/components/ConditionFields'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useMessages } from '~/i18n'
import { placesToGive, type What } from '~/pages/people/form'
import { useWhat, WhatFields } from '~/pages/people/WhatFields'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { NAME_MAX } from './form'
import { TokenTable } from './TokenTable'

/** What the server takes at most. */
const NOTE_MAX = 300

interface NameFieldsProps {
  form: { name: string; note: string }
  onChange: (form: { name: string; note: string }) => void
  problem: ApiProblem | null
}

function NameFields({ form, onChange, problem }: NameFieldsProps) {
  const t = useMessages()
  const words = t.apiTokens.service.form
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
        label={words.note}
        note={t.common.optional}
        hint={words.noteHint}
        error={fieldError(problem, 'note')}
        value={form.note}
        maxLength={NOTE_MAX}
        autoComplete="off"
        onChange={(event) => onChange({ ...form, note: event.target.value })}
      />
    </>
  )
}

export function CreateServiceAccountDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const t = useMessages()
  const words = t.apiTokens.service
  const toast = useToast()
  const [form, setForm] = useState({ name: '', note: '' })
  const [chosen, setChosen] = useState<What>({
    role: '',
    place: wholeOf(placesToGive(me)[0] ?? ''),
  })
  const [limits, setLimits] = useState<ConditionForm>(NO_CONDITIONS)
  const what = useWhat(me, chosen)
  const create = useMutation({
    mutationFn: () =>
      createServiceAccount({
        name: form.name.trim(),
        note: form.note.trim(),
        role: what.role,
        place: placeOf(what.place),
        ...limitsOf(limits),
      }),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: words.created({ name }) })
      onClose()
    },
  })
  const problem = create.error ? asProblem(create.error) : null
  const ready =
    form.name.trim() !== '' &&
    what.role !== '' &&
    isPlaceSaid(what.place) &&
    areConditionsSaid(limits)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (ready && !create.isPending) create.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="create-service-account"
        pending={create.isPending}
        disabled={!ready}
      >
        {words.form.submit}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={words.form.title} footer={footer} wide>
      <form id="create-service-account" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <NameFields form={form} onChange={setForm} problem={problem} />
        <WhatFields me={me} what={what} onChange={setChosen} problem={problem} />
        <ConditionFields form={limits} onChange={setLimits} problem={problem} without="proof" />
      </form>
    </Dialog>
  )
}

interface AboutAccount {
  account: ServiceAccount
  onClose: () => void
}

export function EditServiceAccountDialog({ account, onClose }: AboutAccount) {
  const t = useMessages()
  const words = t.apiTokens.service
  const toast = useToast()
  const [form, setForm] = useState({ name: account.name, note: account.note })
  const change = useMutation({
    mutationFn: () =>
      changeServiceAccount(account.id, { name: form.name.trim(), note: form.note.trim() }),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: words.changed({ name }) })
      onClose()
    },
  })
  const problem = change.error ? asProblem(change.error) : null
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
        form="edit-service-account"
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
      title={words.form.editTitle({ name: account.name })}
      footer={footer}
    >
      <form id="edit-service-account" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <NameFields form={form} onChange={setForm} problem={problem} />
      </form>
    </Dialog>
  )
}

/** Disables or enables it, after saying what that means. */
export function AbleServiceAccountDialog({ account, onClose }: AboutAccount) {
  const { service } = useMessages().apiTokens
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name, disabled_at: disabled } = account
  const [t] = useState(disabled ? service.enabling : service.disabling)
  const change = useMutation({
    mutationFn: () => changeServiceAccount(id, { disabled: !disabled }),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => change.mutate()}
      pending={change.isPending}
      look={disabled ? 'primary' : 'danger'}
    >
      {t.body}
    </ConfirmDialog>
  )
}

export function DeleteServiceAccountDialog({ account, onClose }: AboutAccount) {
  const { removing: t } = useMessages().apiTokens.service
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = account
  const remove = useMutation({
    mutationFn: () => deleteServiceAccount(id),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      {t.body}
    </ConfirmDialog>
  )
}

export function TokensOfDialog({ account, me, onClose }: AboutAccount & { me: Me }) {
  const t = useMessages().apiTokens.service
  const query = useQuery(apiTokensQuery('managed'))
  const tokens = query.data?.filter(({ account_id: id }) => id === account.id)
  return (
    <Dialog open onClose={onClose} title={t.tokensOf({ name: account.name })} wide>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={2} />}
      {tokens?.length === 0 && <p className="text-sm text-ink-2">{t.noTokens}</p>}
      {tokens && tokens.length > 0 && <TokenTable tokens={tokens} me={me} />}
    </Dialog>
  )
}
