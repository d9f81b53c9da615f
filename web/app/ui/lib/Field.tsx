/**
 * Form fields: label, control, hint and error tied together for assistive technology.
 * `TextField`, `TextAreaField` and `SelectField` cover the console's forms; `Field` frames any other control.
 */
import { CircleAlert, Eye, EyeOff } from 'lucide-react'
import { useId, useState, type ComponentProps, type ReactNode } from 'react'

import { classes } from './classes'

export const controlClass =
  'h-8 w-full min-w-0 rounded-md border border-line-strong/70 bg-surface px-2.5 text-base text-ink placeholder:text-ink-3 hover:border-line-strong focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-danger'

interface FieldFrame {
  label: string
  hint?: ReactNode
  error?: string | null | undefined
  /** Behind the label, for example "optional". */
  note?: string
}

interface FieldProps extends FieldFrame {
  id: string
  children: ReactNode
}

const hintId = (id: string) => `${id}-hint`
const errorId = (id: string) => `${id}-error`

/** What the control must carry for `Field`'s hint and error to be read with it. */
export const describedBy = (id: string, { hint, error }: Pick<FieldFrame, 'hint' | 'error'>) => ({
  id,
  'aria-invalid': error ? true : undefined,
  'aria-describedby': classes(error && errorId(id), Boolean(hint) && hintId(id)) || undefined,
})

export function Field({ id, label, hint, error, note, children }: FieldProps) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
        {note && <span className="ml-1.5 font-normal text-ink-3">{note}</span>}
      </label>
      {children}
      {error && (
        <p id={errorId(id)} className="flex items-start gap-1.5 text-sm text-danger-text">
          <CircleAlert aria-hidden size={14} className="mt-[3px] shrink-0" />
          {error}
        </p>
      )}
      {hint && (
        <div id={hintId(id)} className="text-sm text-ink-3">
          {hint}
        </div>
      )}
    </div>
  )
}

type TextFieldProps = FieldFrame & Omit<ComponentProps<'input'>, 'id'>

export function TextField({ label, hint, error, note, className, ...input }: TextFieldProps) {
  const id = useId()
  return (
    <Field {...{ id, label, hint, error }} {...(note ? { note } : {})}>
      <input
        {...input}
        {...describedBy(id, { hint, error })}
        className={classes(controlClass, className)}
      />
    </Field>
  )
}

type TextAreaFieldProps = FieldFrame & Omit<ComponentProps<'textarea'>, 'id'>

/** Several lines, for lists. */
export function TextAreaField({ label, hint, error, note, ...area }: TextAreaFieldProps) {
  const id = useId()
  return (
    <Field {...{ id, label, hint, error }} {...(note ? { note } : {})}>
      <textarea
        rows={2}
        spellCheck={false}
        {...area}
        {...describedBy(id, { hint, error })}
        className={classes(controlClass, 'field-sizing-content h-auto min-h-14 py-1')}
      />
    </Field>
  )
}

type PasswordFieldProps = TextFieldProps & { showLabel: string; hideLabel: string }

/** A password with a button that shows it. */
export function PasswordField({
  label,
  hint,
  error,
  note,
  showLabel,
  hideLabel,
  ...input
}: PasswordFieldProps) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field {...{ id, label, hint, error }} {...(note ? { note } : {})}>
      <div className="relative">
        <input
          {...input}
          {...describedBy(id, { hint, error })}
          type={shown ? 'text' : 'password'}
          spellCheck={false}
          autoCapitalize="none"
          className={classes(controlClass, 'pr-9')}
        />
        <button
          type="button"
          aria-label={shown ? hideLabel : showLabel}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-1 right-1 flex w-7 items-center justify-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink"
        >
          <Icon aria-hidden size={15} />
        </button>
      </div>
    </Field>
  )
}

type SelectFieldProps = FieldFrame &
  Omit<ComponentProps<'select'>, 'id' | 'children'> & {
    options: readonly { value: string; label: string }[]
  }

/** The browser's own list: it works with every keyboard, screen reader and small screen. */
export function SelectField({
  label,
  hint,
  error,
  note,
  options,
  className,
  ...select
}: SelectFieldProps) {
  const id = useId()
  return (
    <Field {...{ id, label, hint, error }} {...(note ? { note } : {})}>
      <select
        {...select}
        {...describedBy(id, { hint, error })}
        className={classes(controlClass, className)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  )
}
