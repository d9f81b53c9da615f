/** A secret that was just made: shown once, with a command that tries it. */
import { CommandLine } from '~/components/CommandLine'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

import { exampleCommand } from './form'

interface TokenReadyProps {
  secret: string
  /** The token was there before, with another secret. */
  rotated?: boolean
  onClose: () => void
}

export function TokenReady({ secret, rotated = false, onClose }: TokenReadyProps) {
  const { ready: t } = useMessages().apiTokens
  const footer = (
    <Button look="primary" onClick={onClose}>
      {t.close}
    </Button>
  )
  return (
    <Dialog open onClose={onClose} title={rotated ? t.rotatedTitle : t.title} footer={footer} wide>
      <div className="flex flex-col gap-4">
        <Notice tone="warn">{t.once}</Notice>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.secret}</h3>
          <CommandLine text={secret} copyLabel={t.copySecret} />
        </section>
        <section>
          <h3 className="mb-1 text-sm font-semibold">{t.example}</h3>
          <CommandLine text={exampleCommand(location.origin)} copyLabel={t.copyExample} />
        </section>
        <p className="text-sm text-ink-2">{t.keep}</p>
      </div>
    </Dialog>
  )
}
