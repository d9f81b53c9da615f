/** Creates an enrollment token and shows it, once, with the command that uses it. */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { createEnrollmentToken } from '~/api/actions'
import { asProblem } from '~/api/problem'
import type { CreatedEnrollmentToken } from '~/api/types'
import { CommandLine } from '~/components/CommandLine'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'

import { enrollCommand } from './command'

const HOUR = 3600
const DAY = 24 * HOUR
const NAME_MAX = 80

function Created({ created, onClose }: { created: CreatedEnrollmentToken; onClose: () => void }) {
  const { enrollment } = useMessages()
  const t = enrollment.done
  const footer = (
    <Button look="primary" onClick={onClose}>
      {t.close}
    </Button>
  )
  return (
    <Dialog open onClose={onClose} title={t.title} footer={footer} wide>
      <div className="flex flex-col gap-4">
        <Notice tone="warn">{t.once}</Notice>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.command}</h3>
          <CommandLine
            text={enrollCommand(location.origin, created.token)}
            copyLabel={t.copyCommand}
          />
          <p className="mt-1 text-sm text-ink-2">{t.then}</p>
        </section>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.token}</h3>
          <CommandLine text={created.token} copyLabel={t.copyToken} />
        </section>
      </div>
    </Dialog>
  )
}

function useExpiries() {
  const { form } = useMessages().enrollment
  return [
    { value: String(HOUR), label: form.hours({ count: 1 }) },
    { value: String(DAY), label: form.days({ count: 1 }) },
    { value: String(7 * DAY), label: form.days({ count: 7 }) },
    { value: String(30 * DAY), label: form.days({ count: 30 }) },
  ]
}

export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages()
  const { form } = t.enrollment
  const fieldError = useFieldError()
  const expiries = useExpiries()
  const [name, setName] = useState('')
  const [expires, setExpires] = useState(String(DAY))
  const [uses, setUses] = useState('1')
  const create = useMutation({
    mutationFn: () =>
      createEnrollmentToken({
        name: name.trim(),
        expires_in_seconds: Number(expires),
        max_uses: uses ? Number(uses) : null,
      }),
  })
  if (create.data) return <Created created={create.data} onClose={onClose} />

  const problem = create.error ? asProblem(create.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="primary" type="submit" form="create-token" pending={create.isPending}>
        {form.submit}
      </Button>
    </>
  )
  const limits = [1, 5, 25, 100].map((count) => ({ value: String(count), label: String(count) }))
  return (
    <Dialog open onClose={onClose} title={form.title} footer={footer}>
      <form id="create-token" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={form.name}
          hint={form.nameHint}
          error={fieldError(problem, 'name')}
          value={name}
          maxLength={NAME_MAX}
          autoComplete="off"
          required
          onChange={(event) => setName(event.target.value)}
        />
        <div className="grid grid-cols-2 gap-4">
          <SelectField
            label={form.expires}
            error={fieldError(problem, 'expires_in_seconds')}
            value={expires}
            onChange={(event) => setExpires(event.target.value)}
            options={expiries}
          />
          <SelectField
            label={form.maxUses}
            error={fieldError(problem, 'max_uses')}
            value={uses}
            onChange={(event) => setUses(event.target.value)}
            options={[...limits, { value: '', label: form.unlimited }]}
          />
        </div>
      </form>
    </Dialog>
  )
}
