/** Makes a support code; `CreatedCode` then shows it, once. */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { createSupportCode } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Choices } from '~/ui/lib/Choices'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField, TextField } from '~/ui/lib/Field'

import { CreatedCode } from './CreatedCode'

/** Lives on offer, in minutes. */
const LIVES = [15, 30, 60, 240, 1440]
const LIFE_DEFAULT = 30
/** The server's limit. */
const NOTE_MAX = 200

type Whom = 'anyone' | 'me'

export function NewCodeDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages()
  const words = t.support.form
  const fieldError = useFieldError()
  const [note, setNote] = useState('')
  const [whom, setWhom] = useState<Whom>('anyone')
  const [minutes, setMinutes] = useState(LIFE_DEFAULT)
  const create = useMutation({
    mutationFn: () =>
      createSupportCode({ note, minutes, assigned_to: whom === 'me' ? 'me' : null }),
  })
  if (create.data) return <CreatedCode created={create.data} onClose={onClose} />

  const problem = create.error ? asProblem(create.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate()
  }
  const life = (count: number) =>
    count < 60 ? words.minutes({ count }) : words.hours({ count: count / 60 })
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="primary" type="submit" form="new-code" pending={create.isPending}>
        {words.submit}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={words.title} footer={footer}>
      <form id="new-code" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={words.note}
          note={t.common.optional}
          hint={words.noteHint}
          maxLength={NOTE_MAX}
          error={fieldError(problem, 'note')}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <SelectField
          label={words.expires}
          options={LIVES.map((value) => ({ value: String(value), label: life(value) }))}
          error={fieldError(problem, 'minutes')}
          value={String(minutes)}
          onChange={(event) => setMinutes(Number(event.target.value))}
        />
        <Choices
          label={words.who}
          value={whom}
          onChange={setWhom}
          options={(['anyone', 'me'] as const).map((value) => ({ value, ...words[value] }))}
        />
      </form>
    </Dialog>
  )
}
