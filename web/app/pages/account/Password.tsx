/** Another password for one's own account; who it is, the server has proved before (see `api/step-up.ts`). */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changePassword } from '~/api/factors'
import { asProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { usePasswordStrength } from '~/pages/setup/password-strength'
import { StrengthMeter } from '~/pages/setup/StrengthMeter'
import { Button } from '~/ui/lib/Button'
import { PasswordField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { Section } from './Section'

export function Password({ me }: { me: Me }) {
  const { account, ownAccount } = useMessages()
  const { password: t } = ownAccount
  const { name, email } = me.account
  const toast = useToast()
  const fieldError = useFieldError()
  const [password, setPassword] = useState('')
  const judgement = usePasswordStrength({ password, name, email })
  const change = useMutation({
    mutationFn: () => changePassword(password),
    onSuccess: () => {
      setPassword('')
      toast({ tone: 'ok', title: t.done })
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate()
  }
  return (
    <Section title={t.title} intro={t.intro}>
      <form onSubmit={submit} className="flex max-w-[420px] flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        {/* For password managers, which else do not know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          label={t.field}
          name="new-password"
          hint={<StrengthMeter judgement={judgement} />}
          autoComplete="new-password"
          maxLength={256}
          required
          showLabel={account.showPassword}
          hideLabel={account.hidePassword}
          error={fieldError(problem, 'password')}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div>
          <Button type="submit" pending={change.isPending}>
            {t.submit}
          </Button>
        </div>
      </form>
    </Section>
  )
}
