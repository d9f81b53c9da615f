/** Asks for a reason or a note, in one line or none, before something is done to somebody. */
import { useId, useState, type ReactNode, type SubmitEvent } from 'react'

import { asProblem } from '~/api/problem'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'

import { useFieldError } from './problem-text'
import { ProblemNotice } from './ProblemNotice'

/** The longest reason that the server mostly takes, in characters. */
const REASON_MAX = 500

interface ReasonDialogProps {
  title: string
  /** What will happen. */
  children: ReactNode
  label: string
  hint: string
  /** The verb of the action. */
  action: string
  look?: 'danger' | 'primary'
  /** What the server calls the field. */
  field?: string
  /** Nothing happens without one. */
  required?: boolean
  most?: number
  onConfirm: (reason: string) => void
  pending: boolean
  error: unknown
  onClose: () => void
}

export function ReasonDialog(props: ReasonDialogProps) {
  const { title, children, label, hint, action, onConfirm, pending, error, onClose } = props
  const { look = 'danger', field = 'reason', required = false, most = REASON_MAX } = props
  const t = useMessages()
  const fieldError = useFieldError()
  const id = useId()
  const [reason, setReason] = useState('')
  const problem = error ? asProblem(error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!pending && (!required || reason.trim())) onConfirm(reason.trim())
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look={look}
        type="submit"
        form={id}
        pending={pending}
        disabled={required && !reason.trim()}
      >
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
          {...(required ? { required } : { note: t.common.optional })}
          hint={hint}
          error={fieldError(problem, field)}
          value={reason}
          maxLength={most}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
        />
      </form>
    </Dialog>
  )
}
