/** The authenticator app of one's own account. */
import { useMutation } from '@tanstack/react-query'
import { Plus, Smartphone } from 'lucide-react'
import { useState } from 'react'

import { removeTotp } from '~/api/factors'
import type { Factors } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

import { Fact, Section } from './Section'
import { TotpDialog } from './TotpDialog'

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const { totp: t } = useMessages().ownAccount
  const toast = useToast()
  const onError = useProblemToast()
  const remove = useMutation({
    mutationFn: removeTotp,
    onSuccess: () => toast({ tone: 'ok', title: t.removed }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle}
      action={t.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      {t.removeBody}
    </ConfirmDialog>
  )
}

export function AuthenticatorApp({ factors }: { factors: Factors }) {
  const { totp: t } = useMessages().ownAccount
  const format = useFormat()
  const [dialog, setDialog] = useState<'add' | 'remove' | null>(null)
  const since = factors.totp_since
  const button = since ? (
    <Button look="dangerQuiet" onClick={() => setDialog('remove')}>
      {t.remove}
    </Button>
  ) : (
    <Button onClick={() => setDialog('add')}>
      <Plus aria-hidden size={15} />
      {t.add}
    </Button>
  )
  return (
    <Section title={t.title} intro={t.intro} actions={button}>
      <Fact>
        <Smartphone aria-hidden size={15} className="text-ink-3" />
        {since ? t.since({ time: format.dateTime(since) }) : t.none}
      </Fact>
      {dialog === 'add' && <TotpDialog onClose={() => setDialog(null)} />}
      {dialog === 'remove' && <RemoveDialog onClose={() => setDialog(null)} />}
    </Section>
  )
}
