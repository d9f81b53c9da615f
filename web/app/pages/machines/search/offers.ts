/** What is offered where somebody writes a search, and which of it the keyboard is at. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { machineSearchQuery } from '~/api/machine-search'
import type { MachineSearch, SearchOffer } from '~/api/types'

import { replaced } from './places'
import type { Writing } from './writing'

/**
 * Whether offers are wanted: `typed` by writing, which opens nothing where a new word may begin (every field could), or `asked` for by
 * key, which does.
 */
type Wanted = 'no' | 'typed' | 'asked'

export interface Offers {
  /** Those that are shown; none while the list is closed. */
  shown: readonly SearchOffer[]
  /** The one the keyboard is at; -1 for none. */
  active: number
  /** To the next one, or the one before; around the ends. */
  step: (by: 1 | -1) => void
  take: (offer: SearchOffer) => void
  want: (wanted: Wanted) => void
}

const nothing: MachineSearch['completion'] = { at: 0, length: 0, offers: [] }

export function useOffers({ written, settled, write }: Writing): Offers {
  const [wanted, setWanted] = useState<Wanted>('no')
  const [active, setActive] = useState(-1)
  const current = written.text === settled.text && written.caret === settled.caret
  const { data } = useQuery({
    ...machineSearchQuery(settled.text, settled.caret),
    enabled: wanted !== 'no' && current,
  })
  // Of another place, or of nobody's: a server that does not answer leaves people to write alone.
  const { offers, ...place } = (current ? data?.completion : undefined) ?? nothing
  const everyField = place.length === 0 && offers[0]?.kind === 'field'
  const shown = wanted === 'no' || (wanted === 'typed' && everyField) ? [] : offers

  const want = (next: Wanted) => {
    setWanted(next)
    setActive(-1)
  }
  return {
    shown,
    active: shown.length > 0 ? active : -1,
    step: (by) => {
      const last = shown.length - 1
      const next = active + by
      setActive(next < 0 ? last : next > last ? 0 : next)
    },
    take: (offer) => {
      write(replaced(written.text, place, offer.text))
      // After a field comes its value; after a value people write on as they like.
      want(offer.kind === 'field' ? 'typed' : 'no')
    },
    want,
  }
}
