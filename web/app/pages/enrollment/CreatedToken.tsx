/** A token that was just made: shown once, with the commands that use it. */
import type { Approval } from '~/api/types'
import { CommandLine } from '~/components/CommandLine'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

import { askingCommand, enrollCommand } from './command'

interface CreatedTokenProps {
  token: string
  approval: Approval
  onClose: () => void
}

export function CreatedToken({ token, approval, onClose }: CreatedTokenProps) {
  const { done: t, approvals } = useMessages().enrollment
  const footer = (
    <Button look="primary" onClick={onClose}>
      {t.close}
    </Button>
  )
  return (
    <Dialog open onClose={onClose} title={t.title} footer={footer} wide>
      <div className="flex flex-col gap-4">
        <Notice tone="warn">{t.once}</Notice>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.command}</h3>
          <CommandLine text={enrollCommand(location.origin, token)} copyLabel={t.copyCommand} />
        </section>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.asking}</h3>
          <CommandLine text={askingCommand(location.origin)} copyLabel={t.copyAsking} />
        </section>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.token}</h3>
          <CommandLine text={token} copyLabel={t.copyToken} />
        </section>
        <p className="text-sm text-ink-2">
          {t.then} {approvals[approval].then}
        </p>
      </div>
    </Dialog>
  )
}
