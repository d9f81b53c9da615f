/** Adding, renaming and removing a passkey of one's own account. */
import { useMutation } from '@tanstack/react-query'
import { useId, useState, type SubmitEvent } from 'react'

import { addPasskey, removePasskey, renamePasskey, startPasskey } from '~/api/factors'
import { asProblem } from '~/api/problem'
import type { Passkey } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { makePasskey } from '~/passkeys'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { useShowCodes } from './new-codes'

/** The longest name that the server takes. */
const NAME_MAX = 80

interface NameFormProps {
  title: string
  description?: string
  action: string
  initial: string
  change: { error: unknown; isPending: boolean; mutate: (name: string) => void }
  onClose: () => void
}

function NameForm({ title, description, action, initial, change, onClose }: NameFormProps) {
  const { common, ownAccount } = useMessages()
  const { passkeys: t } = ownAccount
  const id = useId()
  const fieldError = useFieldError()
  const [name, setName] = useState(initial)
  const problem = change.error ? asProblem(change.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() && !change.isPending) change.mutate(name.trim())
  }
  const footer = (
    <>
      <Button onClick={onClose}>{common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form={id}
        pending={change.isPending}
        disabled={!name.trim()}
      >
        {action}
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
      <form id={id} onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={t.name}
          placeholder={t.namePlaceholder}
          maxLength={NAME_MAX}
          autoComplete="off"
          required
          error={fieldError(problem, 'name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  )
}

export function AddPasskeyDialog({ onClose }: { onClose: () => void }) {
  const { passkeys: t } = useMessages().ownAccount
  const toast = useToast()
  const showCodes = useShowCodes()
  const add = useMutation({
    mutationFn: async (name: string) => {
      const { token, options } = await startPasskey()
      return addPasskey({ token, name, credential: await makePasskey(options) })
    },
    onSuccess: ({ recovery_codes: codes }) => {
      toast({ tone: 'ok', title: t.added })
      onClose()
      showCodes(codes)
    },
  })
  return (
    <NameForm
      title={t.addTitle}
      description={t.addIntro}
      action={t.add}
      initial=""
      change={add}
      onClose={onClose}
    />
  )
}

interface AboutPasskey {
  passkey: Passkey
  onClose: () => void
}

export function RenamePasskeyDialog({ passkey, onClose }: AboutPasskey) {
  const { common, ownAccount } = useMessages()
  const { passkeys: t } = ownAccount
  const toast = useToast()
  const rename = useMutation({
    mutationFn: (name: string) => renamePasskey(passkey.id, name),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.renamed })
      onClose()
    },
  })
  return (
    <NameForm
      title={t.renameTitle({ name: passkey.name })}
      action={common.save}
      initial={passkey.name}
      change={rename}
      onClose={onClose}
    />
  )
}

export function RemovePasskeyDialog({ passkey, onClose }: AboutPasskey) {
  const { passkeys: t } = useMessages().ownAccount
  const toast = useToast()
  const onError = useProblemToast()
  const remove = useMutation({
    mutationFn: () => removePasskey(passkey.id),
    onSuccess: () => toast({ tone: 'ok', title: t.removed }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle({ name: passkey.name })}
      action={t.removeAction}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      {t.removeBody}
    </ConfirmDialog>
  )
}
