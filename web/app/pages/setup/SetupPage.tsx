/**
 * Owner set-up: the first account and its organization. Works once, with the one-time token of the link.
 *
 * The server tells only by its answer to the form whether the link still works, so the page learns it then, unless
 * somebody is signed in. What was typed stays through every answer that a second try can follow.
 */
import { useMutation } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'

import { setUp } from '~/api/actions'
import { asProblem, type ApiProblem } from '~/api/problem'
import { CommandLine } from '~/components/CommandLine'
import { useTitle } from '~/components/PageHeader'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, RequestId } from '~/components/ProblemNotice'
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

/** Keeps the keyboard where the form was: the button that was pressed is gone with it. */
const takeFocus = (element: HTMLElement | null) => element?.focus()

function ToSignIn({ focused }: { focused?: boolean }) {
  const { account } = useMessages()
  return (
    <Button asChild>
      <Link to="/sign-in" ref={focused ? takeFocus : undefined}>
        {account.signIn.toSignIn}
      </Link>
    </Button>
  )
}

function NoToken() {
  const { account } = useMessages()
  return (
    <Notice title={account.setup.noToken.title} actions={<ToSignIn />}>
      <p className="mb-2">{account.setup.noToken.body}</p>
      <CommandLine text="farol sign-in-link" copyLabel={account.copyCommand} />
    </Notice>
  )
}

/** An account exists. `signedIn` is for people who have it open in this browser. */
function AlreadyDone({ signedIn }: { signedIn: boolean }) {
  const { account, shell } = useMessages()
  const toMachines = (
    <Button asChild>
      <Link to="/machines">{shell.notFound.home}</Link>
    </Button>
  )
  return (
    <Notice
      title={account.setup.alreadyDone.title}
      actions={signedIn ? toMachines : <ToSignIn focused />}
    >
      {account.setup.alreadyDone.body}
    </Notice>
  )
}

/** The link was used, has expired or was never given out: only another one helps. */
function BadLink({ problem }: { problem: ApiProblem }) {
  const { account } = useMessages()
  const { title, body } = account.setup.badLink
  return (
    <Notice tone="danger" title={title} actions={<ToSignIn focused />}>
      <p className="mb-2">{body}</p>
      <CommandLine text="farol sign-in-link" copyLabel={account.copyCommand} />
      <RequestId id={problem.requestId} />
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
    mutationFn: (link: string) => setUp({ ...answers, token: link, locale }),
    onSuccess: (me) => {
      forgetSecret('token')
      entered(me)
    },
  })
  // What was said about one link says nothing about a newer one that was opened in this tab since.
  const problem = create.error && create.variables === token ? asProblem(create.error) : null
  if (problem?.code === 'not_found') return <AlreadyDone signedIn={false} />
  if (problem?.code === 'link_invalid') return <BadLink problem={problem} />

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate(token)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="mb-1 text-ink-2">{t.intro}</p>
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
  const { signedIn } = useRouteContext({ from: '/setup' })
  useTitle(t.title)
  return (
    <SignedOutLayout>
      <h1 className="mb-1 text-2xl font-bold tracking-tight">{t.title}</h1>
      {signedIn && <AlreadyDone signedIn />}
      {!signedIn && (token ? <SetupForm token={token} /> : <NoToken />)}
    </SignedOutLayout>
  )
}
