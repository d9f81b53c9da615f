/** Recovery codes that were just made are shown once, whatever made them: the first factor, or the wish for new ones. */
import { Download, Printer } from 'lucide-react'
import { createContext, use, useState, type ReactNode } from 'react'

import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'

const NewCodesContext = createContext<(codes: readonly string[] | null) => void>(() => undefined)

/** Shows codes, if there are any. */
export const useShowCodes = () => use(NewCodesContext)

function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

interface CodesDialogProps {
  codes: readonly string[]
  email: string
  onClose: () => void
}

function CodesDialog({ codes, email, onClose }: CodesDialogProps) {
  const { recovery: t } = useMessages().ownAccount
  const head = t.fileHead({ server: globalThis.location.host, email })
  const text = codes.join('\n')
  const footer = (
    <>
      <CopyButton labelled text={text} label={t.copy} />
      <Button onClick={() => save(t.fileName, `${head}\n\n${text}\n`)}>
        <Download aria-hidden size={14} />
        {t.download}
      </Button>
      <Button onClick={() => globalThis.print()}>
        <Printer aria-hidden size={14} />
        {t.print}
      </Button>
      <Button look="primary" onClick={onClose}>
        {t.close}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={t.dialogTitle} description={t.once} footer={footer}>
      <div data-printed>
        <p className="hidden print:block">{head}</p>
        <ul
          aria-label={t.list}
          className="grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-md border border-line bg-sunken p-4 font-mono sm:grid-cols-2"
        >
          {codes.map((code) => (
            <li key={code} className="select-all">
              {code}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

interface NewCodesProviderProps {
  email: string
  /** After they were seen, or when there were none to see. */
  onSeen?: () => void
  children: ReactNode
}

export function NewCodesProvider({ email, onSeen, children }: NewCodesProviderProps) {
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const show = (next: readonly string[] | null) => {
    setCodes(next)
    if (next === null) onSeen?.()
  }
  return (
    <NewCodesContext value={show}>
      {children}
      {codes && <CodesDialog codes={codes} email={email} onClose={() => show(null)} />}
    </NewCodesContext>
  )
}
