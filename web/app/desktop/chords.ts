/**
 * Key combinations that a browser or the technician's own system keeps to itself, for the keys menu. Codes are physical
 * keys (KeyboardEvent.code), pressed in order and released in reverse.
 */
export interface Chord {
  /** Also the key of its name in the message dictionaries. */
  readonly id: ChordId
  readonly codes: readonly string[]
}

export type ChordId =
  | 'ctrlAltDel'
  | 'ctrlAltBackspace'
  | 'ctrlEsc'
  | 'ctrlShiftEsc'
  | 'altTab'
  | 'altShiftTab'
  | 'altF4'
  | 'meta'
  | 'metaL'
  | 'metaR'
  | 'metaD'
  | 'printScreen'
  | 'altPrintScreen'
  | 'ctrlAltF1'
  | 'ctrlAltF7'

/** In the order of the menu. */
export const chords: readonly Chord[] = [
  { id: 'ctrlAltDel', codes: ['ControlLeft', 'AltLeft', 'Delete'] },
  { id: 'ctrlAltBackspace', codes: ['ControlLeft', 'AltLeft', 'Backspace'] },
  { id: 'ctrlEsc', codes: ['ControlLeft', 'Escape'] },
  { id: 'ctrlShiftEsc', codes: ['ControlLeft', 'ShiftLeft', 'Escape'] },
  { id: 'altTab', codes: ['AltLeft', 'Tab'] },
  { id: 'altShiftTab', codes: ['AltLeft', 'ShiftLeft', 'Tab'] },
  { id: 'altF4', codes: ['AltLeft', 'F4'] },
  { id: 'meta', codes: ['MetaLeft'] },
  { id: 'metaL', codes: ['MetaLeft', 'KeyL'] },
  { id: 'metaR', codes: ['MetaLeft', 'KeyR'] },
  { id: 'metaD', codes: ['MetaLeft', 'KeyD'] },
  { id: 'printScreen', codes: ['PrintScreen'] },
  { id: 'altPrintScreen', codes: ['AltLeft', 'PrintScreen'] },
  { id: 'ctrlAltF1', codes: ['ControlLeft', 'AltLeft', 'F1'] },
  { id: 'ctrlAltF7', codes: ['ControlLeft', 'AltLeft', 'F7'] },
]
