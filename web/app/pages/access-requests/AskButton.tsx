/** The way from where something is refused to asking for it. */
import { Hourglass } from 'lucide-react'
import { useState } from 'react'

import type { Permission } from '~/api/types'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { AskDialog } from './AskDialog'

interface AskButtonProps {
  machine: { id: string; name: string }
  wanted?: readonly Permission[]
  look?: 'secondary' | 'quiet'
  size?: 'sm' | 'md'
}

export function AskButton({ machine, wanted, look = 'secondary', size = 'sm' }: AskButtonProps) {
  const { accessRequests: t } = useMessages()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        look={look}
        size={size}
        aria-label={t.machine.askFor({ machine: machine.name })}
        onClick={() => setOpen(true)}
      >
        <Hourglass aria-hidden size={14} />
        {t.ask}
      </Button>
      {open && (
        <AskDialog
          machine={machine}
          {...(wanted ? { wanted } : {})}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}
