/** Owner set-up: the first account and its organization. Works once, with the one-time token of the link. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'

import { setUp } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import { CommandLine } from '~/components/CommandLine'
import { useTitle } from '~/components/PageHeader'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useEntered } from '~/components/use-entered'
import { forgetSecret, useSecret } from '~/fragment'
import { useI18n, useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { Button } from '~/ui/lib/Button'
import { PasswordField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'

import { usePasswordStrength } from './password-strength'
import { StrengthMeter } from './StrengthMeter'

interface Answers {
  name: string
  email: string
  password: string
  organization: string
}

function NoToken() {
  const { account } = useMessages()
  return (
    <Notice title={account.setup.noToken.title}>
      <p className="mb-2">{account.setup.noToken.body}</p>
      <CommandLine text="farol sign-in-link" copyLabel={account.copyCommand} />
    </Notice>
  )
}

function AlreadyDone() {
  const { account } = useMessages()
  const action = (
    <Button asChild>
      <Link to="/sign-in">{account.signIn.toSignIn}</Link>
    </Button>
  )
  return (
    <Notice title={account.setup.alreadyDone.title} actions={action}>
      {account.setup.alreadyDone.body}
    </Notice>
  )
}

interface FieldsProps {
  answers: Answers
  onChange: (change: Partial<Answers>) => void
  problem: ApiProblem | null
}

function Fields({ answers, onChange, problem }: FieldsProps) {
  const { account } = useMessages()
  const { setup: t } = account
  const fieldError = useFieldError()
  const judgement = usePasswordStrength(answers)
  const text = (name: keyof Answers) => ({
    name,
    label: t[name],
    value: answers[name],
    error: fieldError(problem, name),
    required: true,
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  })
  return (
    <>
      <TextField {...text('name')} hint={t.nameHint} autoComplete="name" maxLength={80} />
      <TextField {...text('email')} type="email" autoComplete="username" maxLength={254} />
      <PasswordField
        {...text('password')}
        hint={<StrengthMeter judgement={judgement} />}
        autoComplete="new-password"
        maxLength={256}
        showLabel={account.showPassword}
        hideLabel={account.hidePassword}
      />
      <TextField
        {...text('organization')}
        hint={t.organizationHint}
        autoComplete="organization"
        maxLength={80}
      />
    </>
  )
}

function SetupForm({ token }: { token: string }) {
  const { messages, locale } = useI18n()
  const { setup: t } = messages.account
  const [answers, setAnswers] = useState<Answers>({
    name: '',
    email: '',
    password: '',
    organization: '',
  })
  const entered = useEntered()
  const create = useMutation({
    mutationFn: () => setUp({ ...answers, token, locale }),
    onSuccess: (me) => {
      forgetSecret('token')
      entered(me)
    },
  })
  const problem = create.error ? asProblem(create.error) : null
  if (problem?.code === 'not_found') return <AlreadyDone />

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {problem && <ProblemNotice error={problem} />}
      <Fields
        answers={answers}
        onChange={(change) => setAnswers((before) => ({ ...before, ...change }))}
        problem={problem}
      />
      <Button look="primary" size="lg" type="submit" pending={create.isPending}>
        {t.submit}
      </Button>
    </form>
  )
}

export function SetupPage() {
  const { setup: t } = useMessages().account
  const token = useSecret('token')
  useTitle(t.title)
  return (
    <SignedOutLayout>
      <h1 className="text-2xl font-bold tracking-tight">{t.title}</h1>
      <p className="mt-1 mb-5 text-ink-2">{t.intro}</p>
      {token ? <SetupForm token={token} /> : <NoToken />}
    </SignedOutLayout>
  )
}
