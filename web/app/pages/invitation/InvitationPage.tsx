/**
 * The page that the link of an invitation opens: who invites whom as what, and an account for it, new or the one that there is.
 * The link stays good until somebody accepts with it, so nothing typed here is lost by trying again.
 */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'

import { acceptAccountInvitation } from '~/api/actions'
import { isAsked } from '~/api/factors'
import { asProblem, type ApiProblem } from '~/api/problem'
import { accountInvitationLookQuery } from '~/api/queries'
import type { AccountInvitationLook, Me, SecondFactorAsked } from '~/api/types'
import { useTitle } from '~/components/PageHeader'
import { roleTitle } from '~/components/assignment-words'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, RequestId } from '~/components/ProblemNotice'
import { SecondStep } from '~/components/SecondStep'
import { useEntered } from '~/components/use-entered'
import { forgetSecret, useSecret } from '~/fragment'
import { localeOf, locales, useI18n, useMessages } from '~/i18n'
import { SignedOutLayout } from '~/layouts/SignedOutLayout'
import { usePasswordStrength } from '~/pages/setup/password-strength'
import { StrengthMeter } from '~/pages/setup/StrengthMeter'
import { activeSessions } from '~/session-slot'
import { Button } from '~/ui/lib/Button'
import { PasswordField, SelectField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { Spinner } from '~/ui/lib/Spinner'

/** Whether nothing can be done with the link any more. */
const isOver = ({ code }: ApiProblem): boolean =>
  code === 'link_invalid' || code === 'invitation_ended'

/** The link was used, revoked, has expired or is incomplete: only another one helps. */
function BadLink({ problem }: { problem: ApiProblem }) {
  const { badLink } = useMessages().accountInvitation
  return (
    <Notice tone="danger" title={badLink.title}>
      <p className="mb-1">{badLink.body}</p>
      <RequestId id={problem.requestId} />
    </Notice>
  )
}

function SignedInAs({ me, look }: { me: Me; look: AccountInvitationLook }) {
  const { accountInvitation: t } = useMessages()
  const { name, email } = me.account
  const same = email.toLowerCase() === look.email.toLowerCase()
  return (
    <Notice tone={same ? 'info' : 'warn'} title={t.signedInAs({ name, email })}>
      {same ? t.sameAccount : t.otherAccount({ email: look.email })}
    </Notice>
  )
}

function Says({ look }: { look: AccountInvitationLook }) {
  const t = useMessages()
  const role = roleTitle(t, look)
  const { invited_by: by, organization_name: place } = look
  return (
    <p className="text-ink-2">
      {place === null
        ? t.accountInvitation.saysServer({ by, role })
        : t.accountInvitation.says({ by, role, place })}
    </p>
  )
}

interface Answers {
  name: string
  password: string
}

interface FieldsProps {
  look: AccountInvitationLook
  answers: Answers
  onChange: (change: Partial<Answers>) => void
  problem: ApiProblem | null
}

/** For somebody who has no account yet. */
function NewAccountFields({ look, answers, onChange, problem }: FieldsProps) {
  const { messages, locale, setLocale } = useI18n()
  const { account, accountInvitation: t } = messages
  const fieldError = useFieldError()
  const judgement = usePasswordStrength({ ...answers, email: look.email })
  return (
    <>
      <TextField
        label={t.name}
        name="name"
        hint={t.nameHint}
        autoComplete="name"
        maxLength={80}
        required
        error={fieldError(problem, 'name')}
        value={answers.name}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <PasswordField
        label={t.newPassword}
        name="password"
        hint={<StrengthMeter judgement={judgement} />}
        autoComplete="new-password"
        maxLength={256}
        required
        showLabel={account.showPassword}
        hideLabel={account.hidePassword}
        error={fieldError(problem, 'password')}
        value={answers.password}
        onChange={(event) => onChange({ password: event.target.value })}
      />
      <SelectField
        label={t.language}
        name="locale"
        error={fieldError(problem, 'locale')}
        value={locale}
        onChange={(event) => setLocale(localeOf(event.target.value) ?? 'en')}
        options={Object.entries(locales).map(([value, label]) => ({ value, label }))}
      />
    </>
  )
}

/** For somebody who has one: whoever has the link must prove that it is theirs. */
function OwnPasswordField({ answers, onChange, problem }: Omit<FieldsProps, 'look'>) {
  const { account, accountInvitation: t } = useMessages()
  const fieldError = useFieldError()
  const wrong = problem?.code === 'invalid_credentials'
  return (
    <>
      <p className="text-sm text-ink-2">{t.hasAccount}</p>
      <PasswordField
        label={t.password}
        name="password"
        autoComplete="current-password"
        maxLength={256}
        required
        showLabel={account.showPassword}
        hideLabel={account.hidePassword}
        error={wrong ? t.wrongPassword : fieldError(problem, 'password')}
        value={answers.password}
        onChange={(event) => onChange({ password: event.target.value })}
      />
    </>
  )
}

interface AcceptFormProps {
  token: string
  look: AccountInvitationLook
  me: Me | null
  /** Why it begins again. */
  over: ApiProblem | null
  onAnswer: (answer: Me | SecondFactorAsked) => void
}

function AcceptForm({ token, look, me, over, onAnswer }: AcceptFormProps) {
  const { messages, locale } = useI18n()
  const { accountInvitation: t } = messages
  const [answers, setAnswers] = useState<Answers>({ name: '', password: '' })
  const accept = useMutation<Me | SecondFactorAsked>({
    mutationFn: () => {
      const { name, password } = answers
      return acceptAccountInvitation(
        look.has_account ? { token, password } : { token, name, password, locale },
      )
    },
    onSuccess: onAnswer,
  })
  const problem = accept.error ? asProblem(accept.error) : over
  if (problem && isOver(problem)) return <BadLink problem={problem} />

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!accept.isPending) accept.mutate()
  }
  const atField = problem?.code === 'invalid_credentials' || Boolean(problem?.fields.length)
  const change = (part: Partial<Answers>) => setAnswers((before) => ({ ...before, ...part }))
  const fields = { answers, onChange: change, problem }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Says look={look} />
      {me && <SignedInAs me={me} look={look} />}
      {problem && !atField && <ProblemNotice error={problem} />}
      <TextField
        label={t.email}
        name="email"
        type="email"
        autoComplete="username"
        readOnly
        className="!bg-sunken"
        value={look.email}
      />
      {look.has_account ? (
        <OwnPasswordField {...fields} />
      ) : (
        <NewAccountFields look={look} {...fields} />
      )}
      <Button look="primary" size="lg" type="submit" pending={accept.isPending}>
        {look.has_account ? t.accept : t.create}
      </Button>
    </form>
  )
}

function Working({ children }: { children: string }) {
  return (
    <p role="status" className="flex items-center gap-2 text-ink-2">
      <Spinner />
      {children}
    </p>
  )
}

interface InvitationProps {
  token: string
  onAccepted: (me: Me) => void
}

function Invitation({ token, onAccepted }: InvitationProps) {
  const { accountInvitation: t } = useMessages()
  const { me } = useRouteContext({ from: '/invitation' })
  const query = useQuery(accountInvitationLookQuery(token))
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null)
  const [over, setOver] = useState<ApiProblem | null>(null)
  const back = (problem: ApiProblem | null) => {
    setOver(problem)
    setAsked(null)
  }
  if (asked) return <SecondStep asked={asked} onEntered={onAccepted} onBack={back} />
  if (query.isPending) return <Working>{t.loading}</Working>
  if (query.isError) {
    const problem = asProblem(query.error)
    return isOver(problem) ? (
      <BadLink problem={problem} />
    ) : (
      <ProblemNotice error={problem} onRetry={() => void query.refetch()} />
    )
  }
  const answered = (answer: Me | SecondFactorAsked) =>
    isAsked(answer) ? setAsked(answer) : onAccepted(answer)
  return <AcceptForm token={token} look={query.data} me={me} over={over} onAnswer={answered} />
}

export function InvitationPage() {
  const { account, accountInvitation: t } = useMessages()
  const token = useSecret('token')
  const queryClient = useQueryClient()
  const entered = useEntered()
  const [entering, setEntering] = useState(false)
  const enter = (me: Me) => {
    setEntering(true)
    // Whatever was read or opened in this tab belongs to who was signed in before.
    activeSessions.closeAll()
    queryClient.clear()
    forgetSecret('token')
    entered(me)
  }
  useTitle(t.title)
  return (
    <SignedOutLayout>
      <h1 className="mb-3 text-2xl font-bold tracking-tight">{t.title}</h1>
      {entering && <Working>{account.signIn.withLink}</Working>}
      {!entering && token && (
        // What was said about one link says nothing about a newer one that was opened in this tab since.
        <Invitation key={token} token={token} onAccepted={enter} />
      )}
      {!entering && !token && <Notice title={t.noToken.title}>{t.noToken.body}</Notice>}
    </SignedOutLayout>
  )
}
