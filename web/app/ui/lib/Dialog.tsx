/** Modal dialogs. `Dialog` for forms and facts, `ConfirmDialog` where something is about to be lost. */
import { X } from 'lucide-react'
import { AlertDialog as RadixAlert, Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

import { useMessages } from '~/i18n'

import { Button, IconButton } from './Button'
import { classes } from './classes'

const scrim = 'fixed inset-0 z-40 bg-scrim'
const panel =
  'animate-appear fixed inset-x-0 top-[12vh] z-40 mx-auto flex max-h-[80vh] w-[calc(100vw-32px)] flex-col rounded-lg border border-line bg-raised text-ink shadow-float outline-none'

/** Focus begins in the form; where there is none on the dialog itself, not on the button that closes it. */
function focusFirstField(event: Event): void {
  const content = event.currentTarget
  if (!(content instanceof HTMLElement)) return
  event.preventDefault()
  const field = content.querySelector<HTMLElement>('input, select, textarea')
  ;(field ?? content).focus()
}

interface DialogProps {
  open: boolean
  onClose: () => void
  title: string
  /** One sentence under the title. */
  description?: string
  children: ReactNode
  /** Buttons, right-aligned under the content. */
  footer?: ReactNode
  wide?: boolean
}

export function Dialog({ open, onClose, title, description, children, footer, wide }: DialogProps) {
  const t = useMessages()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={scrim} />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          className={classes(panel, wide ? 'max-w-[640px]' : 'max-w-[480px]')}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header className="flex items-start gap-4 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-sm text-ink-2">
                  {description}
                </Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton
                label={t.common.close}
                icon={<X size={16} />}
                size="sm"
                className="-mr-1"
              />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface ConfirmDialogProps {
  open: boolean
  onClose: () => void
  title: string
  /** What will be lost, said before it happens. */
  children: ReactNode
  /** The verb of the action, never "OK". */
  action: string
  onConfirm: () => void
  pending?: boolean
  /** What has to be said or known first is missing. */
  disabled?: boolean
  look?: 'danger' | 'primary'
}

/** Asks before something is done that cannot be undone; focus starts on Cancel. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const t = useMessages()
  const { open, onClose, title, children, action, onConfirm, pending, disabled } = props
  const { look = 'danger' } = props
  return (
    <RadixAlert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={scrim} />
        <RadixAlert.Content className={classes(panel, 'max-w-[440px]')}>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-4 pb-5">
            <RadixAlert.Title className="text-lg font-semibold">{title}</RadixAlert.Title>
            <RadixAlert.Description asChild>
              <div className="mt-2 space-y-2 text-sm text-ink-2">{children}</div>
            </RadixAlert.Description>
          </div>
          <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
            <RadixAlert.Cancel asChild>
              <Button>{t.common.cancel}</Button>
            </RadixAlert.Cancel>
            <Button
              look={look}
              onClick={onConfirm}
              pending={pending ?? false}
              disabled={disabled ?? false}
              className="max-w-full"
            >
              <span className="truncate">{action}</span>
            </Button>
          </footer>
        </RadixAlert.Content>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  )
}
