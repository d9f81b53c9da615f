/**
 * Proves who somebody is with one of what the server takes: a code, a passkey, a recovery code or the password. For the second
 * step of a sign-in and for proving again; where the proof goes is up to whoever shows it.
 */
import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'

import { asProblem, type ApiProblem } from '~/api/problem'
import type { FactorKind, PasskeyJson, Proof } from '~/api/types'
import { useMessages } from '~/i18n'
import { askPasskey, passkeysWork } from '~/passkeys'
import { Button } from '~/ui/lib/Button'
import { PasswordField, TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'

import { ProblemNotice } from './ProblemNotice'

/** Digits of a code of an authenticator app. */
export const CODE_DIGITS = 6

/** What is offered first, from the left. */
const ORDER: readonly FactorKind[] = ['totp', 'passkey', 'password', 'recovery_code']

/** The digits of what was typed or pasted, as many as a code has. */
export const digitsOf = (text: string): string => text.replaceAll(/\D/g, '').slice(0, CODE_DIGITS)

interface CodeFieldProps {
  value: string
  onChange: (code: string) => void
  onWhole: (code: string) => void
  label: string
  hint?: string
  error?: string | null
}

/** Takes the digits of a code, and hands them on as soon as it is whole. */
export function CodeField({ value, onChange, onWhole, ...words }: CodeFieldProps) {
  return (
    <TextField
      {...words}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      required
      // Room for blanks, which apps show between the digits.
      maxLength={CODE_DIGITS + 2}
      className="font-mono text-lg tracking-widest"
      value={value}
      onChange={(event) => {
        const code = digitsOf(event.target.value)
        onChange(code)
        if (code.length === CODE_DIGITS && code !== value) onWhole(code)
      }}
    />
  )
}

interface FieldsProps {
  kind: Exclude<FactorKind, 'passkey'>
  text: string
  onText: (text: string) => void
  onWhole: (code: string) => void
}

function ProofFields({ kind, text, onText, onWhole }: FieldsProps) {
  const { account, proof: t } = useMessages()
  const field = {
    required: true,
    value: text,
    onChange: (event: { target: { value: string } }) => onText(event.target.value),
  }
  switch (kind) {
    case 'totp':
      return (
        <CodeField
          label={t.code}
          hint={t.codeHint}
          value={text}
          onChange={onText}
          onWhole={onWhole}
        />
      )
    case 'recovery_code':
      return (
        <TextField
          {...field}
          label={t.recoveryCode}
          hint={t.recoveryCodeHint}
          name="recovery-code"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          className="font-mono"
        />
      )
    case 'password':
      return (
        <PasswordField
          {...field}
          label={t.password}
          name="password"
          autoComplete="current-password"
          showLabel={account.showPassword}
          hideLabel={account.hidePassword}
        />
      )
  }
}

const proofOf = (kind: FieldsProps['kind'], text: string): Proof =>
  kind === 'password' ? { kind, password: text } : { kind, code: text.trim() }

interface OthersProps {
  kinds: readonly FactorKind[]
  onChoose: (kind: FactorKind) => void
}

function OtherWays({ kinds, onChoose }: OthersProps) {
  const { proof: t } = useMessages()
  if (kinds.length === 0) return null
  return (
    <div role="group" aria-label={t.other} className="flex flex-col items-start gap-1">
      {kinds.map((kind) => (
        <Button key={kind} look="quiet" size="sm" className="-ml-2" onClick={() => onChoose(kind)}>
          {t.instead[kind]}
        </Button>
      ))}
    </div>
  )
}

interface ProofFormProps<Proved> {
  kinds: readonly FactorKind[]
  /** What a passkey is to sign, if one can be shown. */
  passkey: PasskeyJson | null
  prove: (proof: Proof) => Promise<Proved>
  onProved: (proved: Proved) => void
  onFailed?: (problem: ApiProblem) => void
}

/** The keyboard goes where the next proof is typed, also when another way was chosen. */
const takeFocus = (form: HTMLElement | null) => form?.querySelector<HTMLElement>('input')?.focus()

export function ProofForm<Proved>(props: ProofFormProps<Proved>) {
  const { kinds, passkey, prove, onProved, onFailed } = props
  const { proof: t } = useMessages()
  const ways = ORDER.filter(
    (kind) => kinds.includes(kind) && (kind !== 'passkey' || (passkey !== null && passkeysWork())),
  )
  const [chosen, setChosen] = useState<FactorKind | null>(null)
  const kind = chosen ?? ways[0]
  const [text, setText] = useState('')
  const send = useMutation({
    mutationFn: async (proof: Proof | null) =>
      prove(proof ?? { kind: 'passkey', credential: await askPasskey(passkey ?? {}) }),
    onSuccess: onProved,
    onError: (thrown) => {
      // A code is typed anew, not corrected; a recovery code may have a typing error.
      if (kind === 'totp') setText('')
      onFailed?.(asProblem(thrown))
    },
  })
  const begin = (proof: Proof | null) => {
    if (!send.isPending) send.mutate(proof)
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (kind) begin(kind === 'passkey' ? null : proofOf(kind, text))
  }
  const choose = (other: FactorKind) => {
    setText('')
    setChosen(other)
    send.reset()
    if (other === 'passkey') begin(null)
  }
  if (!kind) return <Notice tone="warn">{t.noPasskeyHere}</Notice>
  return (
    <form key={kind} ref={takeFocus} onSubmit={submit} className="flex flex-col gap-4">
      {send.error && <ProblemNotice error={send.error} />}
      {kind !== 'passkey' && (
        <ProofFields
          kind={kind}
          text={text}
          onText={setText}
          onWhole={(code) => begin({ kind: 'totp', code })}
        />
      )}
      <Button look="primary" size="lg" type="submit" pending={send.isPending}>
        {kind === 'passkey' && !send.isPending && <Fingerprint aria-hidden size={16} />}
        {kind === 'passkey' ? t.usePasskey : t.confirm}
      </Button>
      <OtherWays kinds={ways.filter((way) => way !== kind)} onChoose={choose} />
    </form>
  )
}
