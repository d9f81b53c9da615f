/** How many recovery codes are left, and new ones. */
import { useMutation } from '@tanstack/react-query'
import { LifeBuoy } from 'lucide-react'
import { useState } from 'react'

import { makeRecoveryCodes } from '~/api/factors'
import type { Factors } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

import { useShowCodes } from './new-codes'
import { Fact, Section } from './Section'

/** So few are a reason to make new ones. */
const FEW = 3

function MakeDialog({ onClose }: { onClose: () => void }) {
  const { recovery: t } = useMessages().ownAccount
  const onError = useProblemToast()
  const showCodes = useShowCodes()
  const make = useMutation({
    mutationFn: makeRecoveryCodes,
    onSuccess: ({ recovery_codes: codes }) => showCodes(codes),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.makeTitle}
      action={t.make}
      look="primary"
      onConfirm={() => make.mutate()}
      pending={make.isPending}
    >
      {t.makeBody}
    </ConfirmDialog>
  )
}

export function RecoveryCodes({ factors }: { factors: Factors }) {
  const { recovery: t } = useMessages().ownAccount
  const [asking, setAsking] = useState(false)
  const protectedBySome = factors.totp_since !== null || factors.passkeys.length > 0
  const left = factors.recovery_codes_left
  return (
    <Section
      title={t.title}
      intro={t.intro}
      actions={protectedBySome && <Button onClick={() => setAsking(true)}>{t.make}</Button>}
    >
      {protectedBySome && left <= FEW && (
        <Notice tone="warn" title={t.few}>
          {t.fewBody}
        </Notice>
      )}
      <Fact>
        <LifeBuoy aria-hidden size={15} className="text-ink-3" />
        {protectedBySome ? t.left({ count: left }) : t.later}
      </Fact>
      {asking && <MakeDialog onClose={() => setAsking(false)} />}
    </Section>
  )
}
