/** One big field for a support code: groups it while somebody types, and says when it cannot be right. */
import { useId, useLayoutEffect, useRef } from 'react'

import { useMessages } from '~/i18n'
import { caretIn, grouped, symbolsOf } from '~/support-code'
import { classes } from '~/ui/lib/classes'
import { controlClass, describedBy, Field } from '~/ui/lib/Field'

interface CodeFieldProps {
  /** Symbols only, without hyphens. */
  value: string
  onChange: (symbols: string) => void
  error: string | null
}

export function CodeField({ value, onChange, error }: CodeFieldProps) {
  const { join: t } = useMessages()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  /** Symbols before the caret after the last change, to be put behind them again once the text is grouped. */
  const caret = useRef<number | null>(null)
  const shown = grouped(value)
  useLayoutEffect(() => {
    const before = caret.current
    caret.current = null
    if (before === null || document.activeElement !== input.current) return
    const at = caretIn(shown, before)
    input.current?.setSelectionRange(at, at)
  })
  return (
    <Field id={id} label={t.code} hint={t.example} error={error}>
      <input
        {...describedBy(id, { hint: t.example, error })}
        ref={input}
        name="code"
        value={shown}
        onChange={({ target }) => {
          const text = target.value
          const at = target.selectionStart ?? text.length
          // At the end the caret stays at the end, behind a hyphen that comes by itself.
          caret.current = at < text.length ? symbolsOf(text.slice(0, at)).length : null
          onChange(symbolsOf(text))
        }}
        autoComplete="off"
        autoCapitalize="characters"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="go"
        className={classes(
          controlClass,
          'h-16 text-center font-mono text-3xl! font-semibold tracking-[0.12em] uppercase',
        )}
      />
    </Field>
  )
}
