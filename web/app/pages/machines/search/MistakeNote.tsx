/** What is wrong with a search, where, and what could stand there instead; read aloud when it changes. */
import { CircleAlert } from 'lucide-react'

import type { SearchMistake } from '~/api/types'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { Button } from '~/ui/lib/Button'

import { around, parted, replaced, type Written } from './places'

interface MistakeNoteProps {
  id: string
  q: string
  mistake: SearchMistake | null
  /** Called with the search that has the suggestion in it. */
  onUse: (written: Written) => void
}

function Explained({ id, q, mistake, onUse }: MistakeNoteProps & { mistake: SearchMistake }) {
  const { machineSearch: t } = useMessages()
  const [, wrong] = parted(q, mistake)
  const [before, shown, after] = around(q, mistake)
  const sentence = byCode(t.mistakes, mistake.code)?.({ written: wrong }) ?? mistake.detail
  const { suggestion } = mistake
  return (
    <div className="mt-1.5 text-sm">
      <p className="overflow-x-auto font-mono text-xs whitespace-pre text-ink-2">
        {before}
        <mark className="rounded-xs bg-danger-soft text-danger-text underline decoration-wavy underline-offset-2">
          {shown || '…'}
        </mark>
        {after}
      </p>
      <p id={id} className="mt-1 flex items-start gap-1.5 text-danger-text">
        <CircleAlert aria-hidden size={14} className="mt-[3px] shrink-0" />
        {sentence}
      </p>
      {suggestion !== null && (
        <Button
          size="sm"
          className="mt-1.5 max-w-full"
          onClick={() => onUse(replaced(q, mistake, suggestion))}
        >
          <span className="truncate">{t.use({ suggestion })}</span>
        </Button>
      )}
    </div>
  )
}

export const MistakeNote = ({ mistake, ...rest }: MistakeNoteProps) => (
  // There before it says anything, or it would not be read aloud.
  <div role="status">{mistake && <Explained mistake={mistake} {...rest} />}</div>
)
