/**
 * Places in a search. The server counts characters (Unicode scalar values), fields of the browser count UTF-16 units: they differ
 * after an emoji. Pure.
 */

/** A piece of a text, in characters. */
export interface Place {
  at: number
  length: number
}

/** The characters of a text, as the server counts them. */
const charactersOf = (text: string): string[] => Array.from(text)

export const lengthOf = (text: string): number => charactersOf(text).length

/** How many characters stand before this unit of the text. */
export const characterAt = (text: string, unit: number): number => lengthOf(text.slice(0, unit))

/** Where in the text this character begins, in units. */
export const unitAt = (text: string, character: number): number =>
  charactersOf(text).slice(0, character).join('').length

/** What stands before the place, in it, and behind it. */
export function parted(text: string, { at, length }: Place): [string, string, string] {
  const characters = charactersOf(text)
  return [
    characters.slice(0, at).join(''),
    characters.slice(at, at + length).join(''),
    characters.slice(at + length).join(''),
  ]
}

/** A text, and the character before which somebody writes on. */
export interface Written {
  text: string
  caret: number
}

export const atEndOf = (text: string): Written => ({ text, caret: lengthOf(text) })

/** Puts something in the place of a piece, and the caret behind it. */
export function replaced(text: string, place: Place, instead: string): Written {
  const [before, , after] = parted(text, place)
  return { text: before + instead + after, caret: place.at + lengthOf(instead) }
}

/** Of what stands around a place, no more than fits on a line. */
const AROUND = 32

/** The piece with some of what is around it; what is left out is told by an ellipsis. */
export function around(text: string, place: Place): [string, string, string] {
  const [before, within, after] = parted(text, place)
  const left = charactersOf(before)
  const right = charactersOf(after)
  return [
    left.length > AROUND ? `…${left.slice(-AROUND).join('')}` : before,
    within,
    right.length > AROUND ? `${right.slice(0, AROUND).join('')}…` : after,
  ]
}
