/** Asks for a reason, in one line or none, before something is done to somebody. */
import { useId, useState, type ReactNode, type SubmitEvent } from 'react'

import { asProblem } from '~/api/problem'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'

import { useFieldError } from './problem-text'
import { ProblemNotice } from './ProblemNotice'

/** The longest reason that the server takes, in characters. */
const REASON_MAX = 500

interface ReasonDialogProps {
  title: string
  /** What will happen. */
  children: ReactNode
  label: string
  hint: string
  /** The verb of the action. */
  action: string
  onConfirm: (reason: string) => void
  pending: boolean
  error: unknown
  onClose: () => void
}

export function ReasonDialog(props: ReasonDialogProps) {
  const { title, children, label, hint, action, onConfirm, pending, error, onClose } = props
  const t = useMessages()
  const fieldError = useFieldError()
  const id = useId()
  const [reason, setReason] = useState('')
  const problem = error ? asProblem(error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!pending) onConfirm(reason.trim())
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="danger" type="submit" form={id} pending={pending}>
        {action}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={title} footer={footer}>
      <form id={id} onSubmit={submit} className="flex flex-col gap-4">
        <div className="text-sm text-ink-2">{children}</div>
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={label}
          note={t.common.optional}
          hint={hint}
          error={fieldError(problem, 'reason')}
          value={reason}
          maxLength={REASON_MAX}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
    </Dialog>
  )
}
