/** Searching in what is loaded: every word must occur somewhere, without regard to case and accents. */
const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Makes the test for one query; an empty query matches everything. */
export function matcher(query: string): (...texts: (string | null | undefined)[]) => boolean {
  const words = folded(query).split(/\s+/).filter(Boolean)
  return (...texts) => {
    const haystack = folded(texts.filter(Boolean).join('\n'))
    return words.every((word) => haystack.includes(word))
  }
}
