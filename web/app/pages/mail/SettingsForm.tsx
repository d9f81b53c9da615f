/** The mail server: its settings, a test with what stands in the form, saving and removing. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Send, Trash2 } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'

import { changeServerMail, removeServerMail, testServerMail } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import { serverMailQuery } from '~/api/queries'
import type { MailSecurity, MailTest, ServerMail } from '~/api/types'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { PasswordField, SelectField, TextAreaField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { FailureText, useFailureWords } from './FailureText'
import { formOf, settingsOf, withSecurity, type MailForm } from './form'

/** What the test said; read aloud when it comes. */
function Tested({ test }: { test: MailTest }) {
  const { tested: t } = useMessages().mail
  const words = useFailureWords()
  if (!test.failure) {
    return <Notice title={t.sent({ to: test.to })}>{t.sentBody}</Notice>
  }
  return (
    <Notice tone="danger" title={t.failed({ why: words(test.failure) })}>
      <FailureText failure={test.failure} />
    </Notice>
  )
}

type Wrong = (field: keyof ReturnType<typeof useWrong>['words']) => string | null

/** Our words for a field that the server did not take. */
function useWrong(problem: ApiProblem | null) {
  const { wrong: words } = useMessages().mail.settings
  const { field: general } = useMessages().codes
  const of: Wrong = (field) => {
    const error = problem?.field(field)
    if (!error) return null
    return error.code === 'required' && field !== 'password' ? general.required : words[field]
  }
  return { words, of }
}

interface FieldsProps {
  form: MailForm
  onChange: (form: MailForm) => void
  keepsPassword: boolean
  wrong: Wrong
}

function ServerFields({ form, onChange, wrong }: FieldsProps) {
  const { settings: t } = useMessages().mail
  const securities = (['starttls', 'tls', 'none'] as const).map((value) => ({
    value,
    label: t.securities[value],
  }))
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_7rem]">
      <TextField
        label={t.host}
        hint={t.hostHint}
        autoComplete="off"
        spellCheck={false}
        maxLength={253}
        required
        error={wrong('host')}
        value={form.host}
        onChange={(event) => onChange({ ...form, host: event.target.value })}
      />
      <TextField
        label={t.port}
        inputMode="numeric"
        autoComplete="off"
        maxLength={5}
        required
        error={wrong('port')}
        value={form.port}
        onChange={(event) => onChange({ ...form, port: event.target.value })}
      />
      <div className="sm:col-span-2">
        <SelectField
          label={t.security}
          options={securities}
          error={wrong('security')}
          value={form.security}
          onChange={(event) => onChange(withSecurity(form, event.target.value as MailSecurity))}
        />
      </div>
    </div>
  )
}

function PersonFields({ form, onChange, keepsPassword, wrong }: FieldsProps) {
  const { settings: t } = useMessages().mail
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={t.user}
        note={t.optional}
        hint={t.userHint}
        autoComplete="off"
        spellCheck={false}
        maxLength={254}
        error={wrong('user')}
        value={form.user}
        onChange={(event) => onChange({ ...form, user: event.target.value })}
      />
      <PasswordField
        label={t.password}
        hint={keepsPassword ? t.passwordKept : t.passwordHint}
        showLabel={t.showPassword}
        hideLabel={t.hidePassword}
        autoComplete="new-password"
        maxLength={1024}
        error={wrong('password')}
        value={form.password}
        onChange={(event) => onChange({ ...form, password: event.target.value })}
      />
      <TextField
        label={t.fromAddress}
        type="email"
        autoComplete="off"
        maxLength={254}
        required
        error={wrong('from_address')}
        value={form.fromAddress}
        onChange={(event) => onChange({ ...form, fromAddress: event.target.value })}
      />
      <TextField
        label={t.fromName}
        note={t.optional}
        autoComplete="off"
        maxLength={80}
        error={wrong('from_name')}
        value={form.fromName}
        onChange={(event) => onChange({ ...form, fromName: event.target.value })}
      />
      <div className="sm:col-span-2">
        <TextAreaField
          label={t.ca}
          note={t.optional}
          hint={t.caHint}
          error={wrong('ca_pem')}
          value={form.ca}
          onChange={(event) => onChange({ ...form, ca: event.target.value })}
        />
      </div>
    </div>
  )
}

function RemoveDialog({ mail, onClose }: { mail: ServerMail; onClose: () => void }) {
  const { settings: t } = useMessages().mail
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => removeServerMail(mail),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.removed })
      void queryClient.invalidateQueries({ queryKey: serverMailQuery.queryKey })
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle}
      action={t.remove}
      pending={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {t.removeBody}
    </ConfirmDialog>
  )
}

/** Keeps what is typed while the settings change under it; `seen` is the version that it is about. */
export function SettingsForm({ mail }: { mail: ServerMail }) {
  const { settings: t } = useMessages().mail
  const toast = useToast()
  const queryClient = useQueryClient()
  const [seen, setSeen] = useState(mail)
  const [form, setForm] = useState(() => formOf(mail.settings))
  const [removing, setRemoving] = useState(false)
  const load = (next: ServerMail) => {
    setSeen(next)
    setForm(formOf(next.settings))
  }
  const test = useMutation({ mutationFn: () => testServerMail({ settings: settingsOf(form) }) })
  const save = useMutation({
    mutationFn: () => changeServerMail(seen, settingsOf(form)),
    onSuccess: (next) => {
      queryClient.setQueryData(serverMailQuery.queryKey, next)
      load(next)
      toast({ tone: 'ok', title: t.saved })
    },
  })
  const problem = save.error ? asProblem(save.error) : test.error ? asProblem(test.error) : null
  const wrong = useWrong(problem).of
  const overtaken = mail.etag !== seen.etag
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    test.reset()
    if (!save.isPending) save.mutate()
  }
  const tryIt = () => {
    save.reset()
    test.mutate()
  }
  const fields = {
    form,
    onChange: setForm,
    keepsPassword: Boolean(seen.settings?.user),
    wrong,
  }
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {overtaken && (
        <Notice
          tone="warn"
          title={t.conflict.title}
          actions={
            <Button size="sm" onClick={() => load(mail)}>
              {t.conflict.load}
            </Button>
          }
        >
          {t.conflict.body}
        </Notice>
      )}
      {problem && !problem.fields.length && <ProblemNotice error={problem} />}
      <ServerFields {...fields} />
      <PersonFields {...fields} />
      {test.data && <Tested test={test.data} />}
      <p role="status" className="sr-only">
        {test.isPending ? t.testing : ''}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" type="submit" pending={save.isPending}>
          {t.save}
        </Button>
        <Button pending={test.isPending} onClick={tryIt}>
          <Send aria-hidden size={15} />
          {t.test}
        </Button>
        {mail.settings && (
          <Button look="dangerQuiet" onClick={() => setRemoving(true)}>
            <Trash2 aria-hidden size={15} />
            {t.remove}
          </Button>
        )}
      </div>
      {removing && <RemoveDialog mail={mail} onClose={() => setRemoving(false)} />}
    </form>
  )
}
