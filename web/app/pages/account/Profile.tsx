/** One's own name and language. */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { updateMe } from '~/api/actions'
import { asProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { locales, useI18n } from '~/i18n'
import { useLanguageChoice } from '~/layouts/use-language-choice'
import { Button } from '~/ui/lib/Button'
import { SelectField, TextField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { Section } from './Section'

export function Profile({ me }: { me: Me }) {
  const { messages, locale } = useI18n()
  const { common, ownAccount } = messages
  const { profile: t } = ownAccount
  const toast = useToast()
  const fieldError = useFieldError()
  const chooseLanguage = useLanguageChoice()
  // Null while it is as the server has it, so that a change made elsewhere shows.
  const [name, setName] = useState<string | null>(null)
  const save = useMutation({
    mutationFn: updateMe,
    onSuccess: () => {
      setName(null)
      toast({ tone: 'ok', title: t.saved })
    },
  })
  const problem = save.error ? asProblem(save.error) : null
  const changed = name !== null && name.trim() !== me.account.name
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (changed && !save.isPending) save.mutate({ name: name.trim() })
  }
  return (
    <Section title={t.title}>
      <form onSubmit={submit} className="flex max-w-[420px] flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={t.name}
          hint={t.nameHint}
          name="name"
          autoComplete="name"
          maxLength={80}
          required
          error={fieldError(problem, 'name')}
          value={name ?? me.account.name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={t.email}
          type="email"
          readOnly
          className="!bg-sunken"
          value={me.account.email}
        />
        <SelectField
          label={t.language}
          name="locale"
          value={locale}
          onChange={(event) => chooseLanguage(event.target.value)}
          options={Object.entries(locales).map(([value, label]) => ({ value, label }))}
        />
        <div>
          <Button type="submit" pending={save.isPending} aria-disabled={!changed}>
            {common.save}
          </Button>
        </div>
      </form>
    </Section>
  )
}
