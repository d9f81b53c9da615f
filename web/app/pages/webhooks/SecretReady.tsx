/** A secret that was just made: shown once. */
import { CommandLine } from '~/components/CommandLine'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

interface SecretReadyProps {
  secret: string
  /** The webhook was there before, with another secret. */
  rotated?: boolean
  onClose: () => void
}

export function SecretReady({ secret, rotated = false, onClose }: SecretReadyProps) {
  const { ready: t } = useMessages().webhooks
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
        <p className="text-sm text-ink-2">{t.verify}</p>
        {rotated && <p className="text-sm text-ink-2">{t.overlap}</p>}
      </div>
    </Dialog>
  )
}
