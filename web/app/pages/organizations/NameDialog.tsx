/** Gives an organization or a site its name, at first or anew. If somebody else was faster, shows their name first. */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { asProblem } from '~/api/problem'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

/** The longest name that the server takes. */
const NAME_MAX = 80

interface Named {
  name: string
}

interface NameDialogProps<Thing extends Named> {
  title: string
  description?: string
  /** What is renamed; null when something new gets its first name. */
  thing: Thing | null
  save: (name: string, seen: Thing | null) => Promise<Named>
  /** Reads again what is renamed. */
  newest?: () => Promise<Thing | undefined>
  saved: (p: { name: string }) => string
  onClose: () => void
}

export function NameDialog<Thing extends Named>(props: NameDialogProps<Thing>) {
  const { title, description, thing, save, newest, saved, onClose } = props
  const t = useMessages()
  const words = t.organizations
  const toast = useToast()
  const fieldError = useFieldError()
  const [name, setName] = useState(thing?.name ?? '')
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(thing)

  const change = useMutation({
    mutationFn: () => save(name.trim(), seen),
    onSuccess: (done) => {
      toast({ tone: 'ok', title: saved({ name: done.name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      setSeen((await newest?.()) ?? seen)
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() && !change.isPending) change.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="name"
        pending={change.isPending}
        disabled={!name.trim()}
      >
        {t.common.save}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      {...(description ? { description } : {})}
      footer={footer}
    >
      <form id="name" onSubmit={submit} className="flex flex-col gap-3">
        {conflict && seen && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body({ name: seen.name })}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={words.name}
          error={fieldError(problem, 'name')}
          value={name}
          maxLength={NAME_MAX}
          autoComplete="off"
          required
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  )
}
