/** Copies a text and says so. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

import { useMessages } from '~/i18n'

import { Button, IconButton } from './Button'

interface CopyButtonProps {
  text: string
  /** What is copied, read aloud: "Copy the request id". */
  label: string
  /** Shows the label instead of the icon alone. */
  labelled?: boolean
}

const SHOWN_MS = 2000

export function CopyButton({ text, label, labelled }: CopyButtonProps) {
  const t = useMessages()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])

  const icon = copied ? (
    <Check aria-hidden size={14} className="text-ok-text" />
  ) : (
    <Copy aria-hidden size={14} />
  )
  const copy = () => {
    // Refused outside a secure context; the text stays selectable beside the button.
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    )
  }
  const announced = copied ? t.common.copied : label
  return labelled ? (
    <Button onClick={copy}>
      {icon}
      {announced}
    </Button>
  ) : (
    <IconButton label={announced} icon={icon} size="sm" onClick={copy} />
  )
}
