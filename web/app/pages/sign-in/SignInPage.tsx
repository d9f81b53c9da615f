/**
 * Sign-in with e-mail and password, with a second factor where the account has one; with a passkey alone; with an identity provider; or
 * with a one-time link from the server's command line.
 */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useState, type SubmitEvent } from 'react'

import { signIn, signInByLink } from '~/api/actions'
import { isAsked } from '~/api/factors'
import { signInMethodsQuery } from '~/api/identity-providers'
import { asProblem, type ApiProblem } from '~/api/problem'
import type { Me, SecondFactorAsked } from '~/api/types'
import { CommandLine } from '~/components/CommandLine'
import { forgetLandedProblem, useLandedProblem } from '~/components/landed-problem'
import { useTitle } from '~/components/PageHeader'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SecondStep } from '~/components/SecondStep'
import { useEntered } from '~/components/use-entered'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { passkeysWork } from '~/passkeys'
import { Button } from '~/ui/lib/Button'
import { PasswordField, TextField } from '~/ui/lib/Field'
import { Spinner } from '~/ui/lib/Spinner'

import { PasskeySignIn } from './PasskeySignIn'
import { ProviderButtons } from './ProviderButtons'

/** Uses the link of the address at once; the link works a single time, so it is forgotten before the request. */
function useLinkSignIn(entered: ReturnType<typeof useEntered>) {
  const link = useSecret('link')
  const mutation = useMutation({ mutationFn: signInByLink, onSuccess: entered })
  const { mutate } = mutation
  useEffect(() => {
    if (!link) return
    forgetSecret('link')
    mutate(link)
  }, [link, mutate])
  return { ...mutation, working: link !== null || mutation.isPending || mutation.isSuccess }
}

interface PasswordFormProps {
  /** Kept for whoever comes back from the second step. */
  email: string
  onEmail: (email: string) => void
  onAnswer: (answer: Me | SecondFactorAsked) => void
}

function PasswordForm({ email, onEmail, onAnswer }: PasswordFormProps) {
  const { account } = useMessages()
  const { signIn: t } = account
  const fieldError = useFieldError()
  const [password, setPassword] = useState('')
  const login = useMutation({ mutationFn: signIn, onSuccess: onAnswer })
  const problem = login.error ? asProblem(login.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (login.isPending) return
    forgetLandedProblem()
    login.mutate({ email: email.trim(), password })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {problem && <ProblemNotice error={problem} />}
      <TextField
        label={t.email}
        name="email"
        type="email"
        autoComplete="username"
        required
        error={fieldError(problem, 'email')}
        value={email}
        onChange={(event) => onEmail(event.target.value)}
      />
      <PasswordField
        label={t.password}
        name="password"
        autoComplete="current-password"
        required
        showLabel={account.showPassword}
        hideLabel={account.hidePassword}
        error={fieldError(problem, 'password')}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button look="primary" size="lg" type="submit" pending={login.isPending}>
        {t.submit}
      </Button>
    </form>
  )
}

interface OtherWaysProps {
  entered: (me: Me) => void
  next: string | undefined
}

/** Ways to sign in without the password of this server, one under the other. Of providers none is shown while it is not known which. */
function OtherWays({ entered, next }: OtherWaysProps) {
  const { signIn: t } = useMessages().account
  const { data } = useQuery(signInMethodsQuery)
  const providers = data?.providers ?? []
  if (!passkeysWork() && providers.length === 0) return null
  return (
    <div className="mt-5 flex flex-col gap-3">
      <p className="flex items-center gap-3 text-sm text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t.or}
      </p>
      {passkeysWork() && <PasskeySignIn onEntered={entered} />}
      {providers.length > 0 && <ProviderButtons providers={providers} next={next} />}
    </div>
  )
}

interface FirstStepProps extends PasswordFormProps {
  entered: (me: Me) => void
  /** Why it begins again, or why the link did not work. */
  problem: unknown
  /** Where to go afterwards. */
  next: string | undefined
}

function FirstStep({ entered, problem, next, ...form }: FirstStepProps) {
  const { account } = useMessages()
  return (
    <>
      {problem !== null && (
        <div className="mb-5">
          <ProblemNotice error={problem} />
        </div>
      )}
      <PasswordForm {...form} />
      <OtherWays entered={entered} next={next} />
      <div className="mt-8 border-t border-line pt-4 text-sm text-ink-3">
        <p className="mb-2">{account.signIn.help}</p>
        <CommandLine text="farol sign-in-link" copyLabel={account.copyCommand} />
      </div>
    </>
  )
}

export function SignInPage() {
  const { account, proof } = useMessages()
  const { signIn: t } = account
  const { next } = useSearch({ from: '/sign-in' })
  const entered = useEntered(next)
  const link = useLinkSignIn(entered)
  const [email, setEmail] = useState('')
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null)
  const [over, setOver] = useState<ApiProblem | null>(null)
  const answered = (answer: Me | SecondFactorAsked) => {
    if (isAsked(answer)) {
      setOver(null)
      setAsked(answer)
    } else entered(answer)
  }
  const back = (problem: ApiProblem | null) => {
    setOver(problem)
    setAsked(null)
  }
  const landed = useLandedProblem()
  const title = asked ? proof.secondStep.title : t.title
  useTitle(title)
  return (
    <SignedOutLayout>
      <h1 className="mb-5 text-2xl font-bold tracking-tight">{title}</h1>
      {link.working && (
        <p role="status" className="flex items-center gap-2 text-ink-2">
          <Spinner />
          {t.withLink}
        </p>
      )}
      {!link.working && asked && <SecondStep asked={asked} onEntered={entered} onBack={back} />}
      {!link.working && !asked && (
        <FirstStep
          next={next}
          entered={entered}
          problem={over ?? link.error ?? landed}
          email={email}
          onEmail={setEmail}
          onAnswer={answered}
        />
      )}
    </SignedOutLayout>
  )
}
