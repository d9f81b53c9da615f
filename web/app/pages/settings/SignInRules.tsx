/** Sign-in rules: who needs a second factor, whether identity providers stand in for one, and how long people have to add theirs. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useState, type SubmitEvent } from 'react'

import { changeSignInRules } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { signInRulesQuery } from '~/api/queries'
import type { SecondFactorRule, SignInRules as Rules } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { SkeletonRows } from '~/components/SkeletonRows'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Choices } from '~/ui/lib/Choices'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { Switch } from '~/ui/lib/Switch'
import { useToast } from '~/ui/lib/Toast'

/** The longest grace that the server takes, in days. */
const GRACE_MAX = 30
const RULES: readonly SecondFactorRule[] = ['optional', 'technicians', 'everybody']

interface RulesForm {
  second_factor: SecondFactorRule
  trust_providers: boolean
  /** As it is typed. */
  grace: string
}

const formOf = (rules: Rules): RulesForm => ({
  second_factor: rules.second_factor,
  trust_providers: rules.trust_providers,
  grace: String(rules.grace_days),
})

const daysOf = (grace: string): number | null => {
  const days = /^\d{1,2}$/.test(grace.trim()) ? Number(grace) : null
  return days !== null && days <= GRACE_MAX ? days : null
}

/** How many people a rule is about who could not go on; nothing where it asks nobody. */
const stopped = (rules: Rules, rule: SecondFactorRule): number =>
  rule === 'optional' ? 0 : rules.without_factor[rule]

interface FieldsProps {
  form: RulesForm
  onChange: (form: RulesForm) => void
  rules: Rules
}

function Fields({ form, onChange, rules }: FieldsProps) {
  const { signInRules: t } = useMessages().identity
  const says = (rule: SecondFactorRule) =>
    rule === 'optional'
      ? t.says.optional
      : `${t.says[rule]} ${t.without({ count: stopped(rules, rule) })}`
  return (
    <>
      <Choices
        label={t.secondFactor}
        value={form.second_factor}
        onChange={(second_factor) => onChange({ ...form, second_factor })}
        options={RULES.map((value) => ({ value, label: t.rule[value], says: says(value) }))}
      />
      {form.second_factor !== 'optional' && (
        <>
          <div>
            <Switch
              label={t.trust}
              checked={form.trust_providers}
              onChange={(trust_providers) => onChange({ ...form, trust_providers })}
            />
            <p className="mt-1 text-sm text-ink-3">{t.trustHint}</p>
          </div>
          <TextField
            label={t.grace}
            hint={t.graceHint({ most: GRACE_MAX })}
            error={daysOf(form.grace) === null ? t.graceWrong({ most: GRACE_MAX }) : null}
            inputMode="numeric"
            maxLength={2}
            className="max-w-24"
            value={form.grace}
            onChange={(event) => onChange({ ...form, grace: event.target.value })}
          />
        </>
      )}
    </>
  )
}

/** Beside whom a rule would stop at once. */
function Effect({ form, rules }: { form: RulesForm; rules: Rules }) {
  const { signInRules: t } = useMessages().identity
  const count = stopped(rules, form.second_factor)
  if (count === 0 || form.second_factor === rules.second_factor) return null
  return (
    <Notice tone="warn">
      {daysOf(form.grace) === 0 ? t.atOnce({ count }) : t.later({ count })}{' '}
      <Link to="/people" search={{ without: true }} className="underline underline-offset-2">
        {t.who}
      </Link>
    </Notice>
  )
}

function Form({ rules }: { rules: Rules }) {
  const { common, identity } = useMessages()
  const { signInRules: t } = identity
  const id = useId()
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(rules))
  const days = daysOf(form.grace)
  const save = useMutation({
    mutationFn: (grace_days: number) =>
      changeSignInRules(rules, {
        second_factor: form.second_factor,
        trust_providers: form.trust_providers,
        grace_days,
      }),
    onSuccess: (saved) => {
      queryClient.setQueryData(signInRulesQuery.queryKey, saved)
      setForm(formOf(saved))
      toast({ tone: 'ok', title: t.saved })
    },
    // Somebody else was faster: what they chose is shown, and saving again replaces it.
    onError: (problem) => {
      if (asProblem(problem).code === 'version_mismatch')
        void queryClient.invalidateQueries({ queryKey: signInRulesQuery.queryKey })
    },
  })
  const problem = save.error ? asProblem(save.error) : null
  const own = problem?.field('second_factor')?.code === 'own_factor_missing'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (days !== null && !save.isPending) save.mutate(days)
  }
  return (
    <form id={id} onSubmit={submit} className="flex max-w-[640px] flex-col gap-4">
      {own && (
        <Notice
          tone="danger"
          title={t.ownTitle}
          actions={
            <Button asChild size="sm">
              <Link to="/account">{t.toAccount}</Link>
            </Button>
          }
        >
          {t.ownBody}
        </Notice>
      )}
      {problem?.code === 'version_mismatch' && (
        <Notice tone="warn" title={t.conflict}>
          {t.conflictBody({ rule: t.rule[rules.second_factor] })}
        </Notice>
      )}
      {problem && !own && problem.code !== 'version_mismatch' && <ProblemNotice error={problem} />}
      <Fields form={form} onChange={setForm} rules={rules} />
      <Effect form={form} rules={rules} />
      <div>
        <Button look="primary" type="submit" pending={save.isPending} disabled={days === null}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}

export function SignInRules() {
  const { signInRules: t } = useMessages().identity
  const id = useId()
  const query = useQuery(signInRulesQuery)
  return (
    <section aria-labelledby={id} className="mt-8">
      <h2 id={id} className="text-lg font-semibold">
        {t.title}
      </h2>
      <p className="mb-3 max-w-[72ch] text-sm text-ink-2">{t.intro}</p>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows count={3} />}
      {query.data && <Form rules={query.data} />}
    </section>
  )
}
