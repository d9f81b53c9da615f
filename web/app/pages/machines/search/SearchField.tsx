/**
 * The box for the search language: a combobox that offers fields and values where somebody writes, and never gets in the way of
 * writing. `/` jumps to it; the arrow down goes into the list of offers where there is one, else to the first row.
 */
import { Search, X } from 'lucide-react'
import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent } from 'react'

import type { SearchMistake, SearchOffer } from '~/api/types'
import { useShortcut, useSingleKeys } from '~/components/shortcuts'
import { useMessages } from '~/i18n'
import { classes } from '~/ui/lib/classes'
import { controlClass } from '~/ui/lib/Field'
import { Kbd } from '~/ui/lib/Kbd'

import { MistakeNote } from './MistakeNote'
import { useOffers, type Offers } from './offers'
import { atEndOf, characterAt, unitAt, type Written } from './places'
import { SearchHelp } from './SearchHelp'
import type { Writing } from './writing'

interface OfferListProps {
  id: string
  offers: Offers
  optionId: (index: number) => string
}

function OfferList({ id, offers: { shown, active, take }, optionId }: OfferListProps) {
  const { machineSearch: t } = useMessages()
  const at = active < 0 ? null : optionId(active)
  useEffect(() => {
    if (at) document.getElementById(at)?.scrollIntoView({ block: 'nearest' })
  }, [at])
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t.offers}
      className="absolute top-full left-0 z-30 mt-1 max-h-80 w-full overflow-y-auto rounded-lg border border-line bg-raised p-1 text-sm shadow-float"
    >
      {shown.map((offer: SearchOffer, index) => (
        <div
          key={offer.text}
          id={optionId(index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          // Before the box could lose the focus.
          onMouseDown={(event) => {
            event.preventDefault()
            take(offer)
          }}
          className="flex min-h-8 cursor-pointer items-center gap-3 rounded-md px-2 hover:bg-hover aria-selected:bg-hover"
        >
          <span className="min-w-0 truncate font-mono">{offer.text}</span>
          <span className="ml-auto shrink-0 text-xs text-ink-3">{t.kinds[offer.kind]}</span>
        </div>
      ))}
    </div>
  )
}

const caretIn = (input: HTMLInputElement): Written => ({
  text: input.value,
  caret: characterAt(input.value, input.selectionStart ?? input.value.length),
})

interface SearchFieldProps {
  writing: Writing
  /** What was searched for, which the mistake is in. */
  q: string
  mistake: SearchMistake | null
  /** Called on the arrow down, where no offers are. */
  onLeave: () => void
}

export function SearchField({ writing, q, mistake, onLeave }: SearchFieldProps) {
  const t = useMessages()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [singleKeys] = useSingleKeys()
  const { written, write, put, begin } = writing
  const offers = useOffers(writing)
  const open = offers.shown.length > 0
  const optionId = (index: number) => `${id}-offer-${index}`
  const [listId, noteId] = [`${id}-offers`, `${id}-mistake`]
  // While something is offered that could stand there, nobody is told that it is missing.
  const wrong = open ? null : mistake
  useShortcut('/', () => input.current?.focus())

  // What is put there from elsewhere has its caret behind it.
  useLayoutEffect(() => {
    const element = input.current
    if (!element || document.activeElement !== element) return
    const at = unitAt(written.text, written.caret)
    const { selectionStart, selectionEnd } = element
    if (selectionStart === selectionEnd && selectionStart !== at) element.setSelectionRange(at, at)
  }, [written])

  const insert = (next: Written) => {
    put(next)
    offers.want('no')
    input.current?.focus()
  }
  const keys: Partial<Record<string, (event: KeyboardEvent) => boolean>> = {
    Escape: () => {
      if (open) offers.want('no')
      else if (written.text) insert(atEndOf(''))
      else input.current?.blur()
      return true
    },
    ArrowDown: ({ altKey }) => {
      if (altKey) offers.want('asked')
      else if (open) offers.step(1)
      else onLeave()
      return true
    },
    ArrowUp: () => {
      if (open) offers.step(-1)
      return open
    },
    Enter: () => {
      const offer = offers.shown[offers.active]
      if (offer) offers.take(offer)
      else insert(written)
      begin()
      return true
    },
    Tab: ({ shiftKey }) => {
      const offer = shiftKey ? undefined : offers.shown[offers.active]
      if (offer) offers.take(offer)
      return offer !== undefined
    },
  }
  return (
    <div className="w-full sm:w-96">
      <div className="flex items-center gap-1">
        <div className="relative min-w-0 grow">
          <Search
            aria-hidden
            size={14}
            className="pointer-events-none absolute top-2.25 left-2.5 text-ink-3"
          />
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={t.machines.searchLabel}
            aria-autocomplete="list"
            aria-expanded={open}
            aria-controls={listId}
            aria-activedescendant={offers.active < 0 ? undefined : optionId(offers.active)}
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? noteId : undefined}
            placeholder={t.machines.searchPlaceholder}
            value={written.text}
            onChange={(event) => {
              write(caretIn(event.target))
              offers.want('typed')
            }}
            onSelect={(event) => {
              const next = caretIn(event.currentTarget)
              if (next.text !== written.text || next.caret === written.caret) return
              write(next)
              offers.want('no')
            }}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return
              if (keys[event.key]?.(event)) event.preventDefault()
            }}
            onFocus={begin}
            onBlur={() => offers.want('no')}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="none"
            className={classes(controlClass, 'peer pr-8 pl-8')}
          />
          {written.text ? (
            <button
              type="button"
              aria-label={t.common.clearSearch}
              onClick={() => insert(atEndOf(''))}
              className="absolute inset-y-1 right-1 flex w-6 items-center justify-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink"
            >
              <X aria-hidden size={14} />
            </button>
          ) : (
            singleKeys && (
              <span
                aria-hidden
                className="absolute top-1.5 right-1.5 peer-focus:hidden max-sm:hidden"
              >
                <Kbd>/</Kbd>
              </span>
            )
          )}
          {open && <OfferList id={listId} offers={offers} optionId={optionId} />}
        </div>
        <SearchHelp onChoose={(example) => insert(atEndOf(example))} />
      </div>
      <MistakeNote id={noteId} q={q} mistake={wrong} onUse={insert} />
    </div>
  )
}
