/** How to search, by examples: each can be tried. */
import { CircleQuestionMark } from 'lucide-react'

import { useMessages } from '~/i18n'
import { IconButton } from '~/ui/lib/Button'
import { Popover, PopoverClose } from '~/ui/lib/Popover'

export function SearchHelp({ onChoose }: { onChoose: (example: string) => void }) {
  const { help: t } = useMessages().machineSearch
  const trigger = (
    <IconButton label={t.button} icon={<CircleQuestionMark aria-hidden size={16} />} />
  )
  return (
    <Popover trigger={trigger} label={t.title} align="start">
      <div className="flex max-w-100 flex-col gap-2">
        <h2 className="font-semibold">{t.title}</h2>
        <p className="text-ink-2">{t.intro}</p>
        <ul className="flex flex-col">
          {t.examples.map(({ q, finds }) => (
            <li key={q}>
              <PopoverClose asChild>
                <button
                  type="button"
                  onClick={() => onChoose(q)}
                  className="flex w-full flex-wrap items-baseline gap-x-3 rounded-md px-1.5 py-1 text-left hover:bg-hover"
                >
                  <code className="font-mono text-xs font-semibold">{q}</code>{' '}
                  <span className="text-ink-2">{finds}</span>
                </button>
              </PopoverClose>
            </li>
          ))}
        </ul>
        <p className="text-ink-3">{t.more}</p>
      </div>
    </Popover>
  )
}
