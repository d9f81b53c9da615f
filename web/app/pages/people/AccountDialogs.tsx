/** Disabling, enabling and deleting an account, each after saying what that means. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { deleteAccount, disableAccount, enableAccount } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { peopleQuery } from '~/api/queries'
import type { Person } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { SelectField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

interface AboutPerson {
  person: Person
  onClose: () => void
}

export function DisableDialog({ person, onClose }: AboutPerson) {
  const { disabling: t } = useMessages().people
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = person
  const disable = useMutation({
    mutationFn: () => disableAccount(id),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => disable.mutate()}
      pending={disable.isPending}
    >
      {t.body}
    </ConfirmDialog>
  )
}

export function EnableDialog({ person, onClose }: AboutPerson) {
  const { enabling: t } = useMessages().people
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = person
  const enable = useMutation({
    mutationFn: () => enableAccount(id),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => enable.mutate()}
      pending={enable.isPending}
      look="primary"
    >
      {t.body}
    </ConfirmDialog>
  )
}

export function DeleteDialog({ person, onClose }: AboutPerson) {
  const t = useMessages()
  const words = t.people.removing
  const toast = useToast()
  const fieldError = useFieldError()
  const { data: people = [] } = useQuery(peopleQuery)
  const [heir, setHeir] = useState('')
  const { id, name } = person
  const remove = useMutation({
    mutationFn: () => deleteAccount(id, heir || null),
    onSuccess: () => {
      toast({ tone: 'ok', title: words.done({ name }) })
      onClose()
    },
  })
  const problem = remove.error ? asProblem(remove.error) : null
  const heirs = people.filter((one) => one.id !== id && !one.disabled_at)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!remove.isPending) remove.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="danger" type="submit" form="delete-account" pending={remove.isPending}>
        {words.action}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.title({ name })}
      description={words.body}
      footer={footer}
    >
      <form id="delete-account" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <SelectField
          label={words.heir}
          hint={words.heirHint}
          error={fieldError(problem, 'hand_over_to')}
          value={heir}
          onChange={(event) => setHeir(event.target.value)}
          options={[
            { value: '', label: words.nobody },
            ...heirs.map((one) => ({ value: one.id, label: words.to({ name: one.name }) })),
          ]}
        />
      </form>
    </Dialog>
  )
}
