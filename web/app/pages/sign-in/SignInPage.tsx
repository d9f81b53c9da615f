/** Sign-in with e-mail and password, or with a one-time link from the server's command line. */
import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useState, type SubmitEvent } from 'react'

import { signIn, signInByLink } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { CommandLine } from '~/components/CommandLine'
import { useTitle } from '~/components/PageHeader'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useEntered } from '~/components/use-entered'
import { forgetSecret, useSecret } from '~/fragment'
import { useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { Button } from '~/ui/lib/Button'
import { PasswordField, TextField } from '~/ui/lib/Field'
import { Spinner } from '~/ui/lib/Spinner'

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

function PasswordForm({ entered }: { entered: ReturnType<typeof useEntered> }) {
  const { account } = useMessages()
  const { signIn: t } = account
  const fieldError = useFieldError()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const login = useMutation({ mutationFn: signIn, onSuccess: entered })
  const problem = login.error ? asProblem(login.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!login.isPending) login.mutate({ email: email.trim(), password })
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
        onChange={(event) => setEmail(event.target.value)}
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

export function SignInPage() {
  const { account } = useMessages()
  const { signIn: t } = account
  const { next } = useSearch({ from: '/sign-in' })
  const entered = useEntered(next)
  const link = useLinkSignIn(entered)
  useTitle(t.title)
  return (
    <SignedOutLayout>
      <h1 className="mb-5 text-2xl font-bold tracking-tight">{t.title}</h1>
      {link.working ? (
        <p role="status" className="flex items-center gap-2 text-ink-2">
          <Spinner />
          {t.withLink}
        </p>
      ) : (
        <>
          {link.error && (
            <div className="mb-5">
              <ProblemNotice error={link.error} />
            </div>
          )}
          <PasswordForm entered={entered} />
          <div className="mt-8 border-t border-line pt-4 text-sm text-ink-3">
            <p className="mb-2">{t.help}</p>
            <CommandLine text="farol sign-in-link" copyLabel={account.copyCommand} />
          </div>
        </>
      )}
    </SignedOutLayout>
  )
}
