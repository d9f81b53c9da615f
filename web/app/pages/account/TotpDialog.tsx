/** Adds an authenticator app: a picture to scan, and a code that shows that the app has it. */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useState, type SubmitEvent } from 'react'

import { confirmTotp, startTotp } from '~/api/factors'
import { asProblem } from '~/api/problem'
import type { NewTotp } from '~/api/types'
import { CODE_DIGITS, CodeField } from '~/components/ProofForm'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'
import { Spinner } from '~/ui/lib/Spinner'
import { useToast } from '~/ui/lib/Toast'

import { useShowCodes } from './new-codes'
import { QrCode } from './QrCode'

/** In fours, as people type it. */
const grouped = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? secret

function Secret({ totp }: { totp: NewTotp }) {
  const { totp: t } = useMessages().ownAccount
  return (
    <div className="flex flex-wrap gap-4">
      <QrCode text={totp.url} label={t.picture} />
      <div className="min-w-40 flex-1">
        <p className="text-sm font-semibold">{t.secret}</p>
        <div className="mt-1 flex items-start gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 break-words">
            {grouped(totp.secret)}
          </code>
          <CopyButton text={totp.secret} label={t.copySecret} />
        </div>
      </div>
    </div>
  )
}

interface ConfirmFormProps {
  id: string
  totp: NewTotp
  confirm: {
    error: unknown
    isPending: boolean
    mutate: (code: string, options: { onError: () => void }) => void
  }
}

function ConfirmForm({ id, totp, confirm }: ConfirmFormProps) {
  const { totp: t } = useMessages().ownAccount
  const [code, setCode] = useState('')
  const problem = confirm.error ? asProblem(confirm.error) : null
  const wrong = problem?.field('code') !== undefined
  const send = (whole: string) => {
    // Codes are typed anew, not corrected.
    if (!confirm.isPending) confirm.mutate(whole, { onError: () => setCode('') })
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (code.length === CODE_DIGITS) send(code)
  }
  return (
    <form id={id} onSubmit={submit} className="flex flex-col gap-4">
      <Secret totp={totp} />
      {problem && !wrong && <ProblemNotice error={problem} />}
      <CodeField
        label={t.code}
        error={wrong ? t.wrong : null}
        value={code}
        onChange={setCode}
        onWhole={send}
      />
    </form>
  )
}

export function TotpDialog({ onClose }: { onClose: () => void }) {
  const { common, ownAccount } = useMessages()
  const { totp: t } = ownAccount
  const id = useId()
  const toast = useToast()
  const showCodes = useShowCodes()
  const start = useMutation({ mutationFn: startTotp })
  const { mutate: begin } = start
  useEffect(() => begin(), [begin])
  const confirm = useMutation({
    mutationFn: confirmTotp,
    onSuccess: ({ recovery_codes: codes }) => {
      toast({ tone: 'ok', title: t.added })
      onClose()
      showCodes(codes)
    },
  })
  const footer = (
    <>
      <Button onClick={onClose}>{common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form={id}
        pending={confirm.isPending}
        disabled={!start.data}
      >
        {t.confirm}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t.dialogTitle}
      description={t.dialogIntro}
      footer={footer}
    >
      {start.isError && <ProblemNotice error={start.error} onRetry={() => begin()} />}
      {!start.isError && !start.data && (
        <p role="status" className="flex items-center gap-2 text-ink-2">
          <Spinner />
          {t.preparing}
        </p>
      )}
      {start.data && <ConfirmForm id={id} totp={start.data} confirm={confirm} />}
    </Dialog>
  )
}
