/** The search box of a list: `/` jumps to it, Escape empties it, the arrow down goes to the first row. */
import { Search, X } from 'lucide-react'
import { useRef, type KeyboardEvent } from 'react'

import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'
import { controlClass } from '~/ui/lib/Field'
import { Kbd } from '~/ui/lib/Kbd'

import { useShortcut, useSingleKeys } from './shortcuts'

interface SearchBoxProps {
  label: string
  placeholder: string
  value: string
  onChange: (value: string) => void
  /** Called on the arrow down. */
  onLeave?: () => void
}

export function SearchBox({ label, placeholder, value, onChange, onLeave }: SearchBoxProps) {
  const t = useMessages()
  const input = useRef<HTMLInputElement>(null)
  const [singleKeys] = useSingleKeys()
  useShortcut('/', () => input.current?.focus())

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (value) onChange('')
      else input.current?.blur()
    } else if (event.key === 'ArrowDown' && onLeave) {
      event.preventDefault()
      onLeave()
    }
  }

  return (
    <div className="relative w-full sm:w-72">
      <Search
        aria-hidden
        size={14}
        className="pointer-events-none absolute top-2.25 left-2.5 text-ink-3"
      />
      <input
        ref={input}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoComplete="off"
        className={classes(controlClass, 'peer pr-8 pl-8')}
      />
      {value ? (
        <button
          type="button"
          aria-label={t.common.clearSearch}
          onClick={() => {
            onChange('')
            input.current?.focus()
          }}
          className="absolute inset-y-1 right-1 flex w-6 items-center justify-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink"
        >
          <X aria-hidden size={14} />
        </button>
      ) : (
        singleKeys && (
          <span aria-hidden className="absolute top-1.5 right-1.5 peer-focus:hidden max-sm:hidden">
            <Kbd>/</Kbd>
          </span>
        )
      )}
    </div>
  )
}
