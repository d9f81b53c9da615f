/**
 * The keyboard as a state machine: browser key events in, desktop key actions out. No DOM here, so every quirk below is a
 * row in a test; `capture.ts` feeds it.
 *
 * Text that is composed (dead keys, input methods) is not this file's: such keys are left to the browser, and what comes
 * out of the composition travels as text.
 */
import type { InputAction, Modifiers } from './types'

/** What of a KeyboardEvent is looked at. */
export interface KeyInput {
  readonly code: string
  readonly key: string
  readonly keyCode: number
  readonly isComposing: boolean
  readonly repeat: boolean
  /** Milliseconds, of the event. */
  readonly timeStamp: number
  readonly modifiers: Modifiers
}

/** Where the browser runs; the quirks of key events belong to the system below it. */
export type KeyboardSystem = 'mac' | 'windows' | 'other'

/** What to do about one event. */
export interface KeyOutcome {
  readonly actions: readonly InputAction[]
  /** The browser must not act on it. */
  readonly prevent: boolean
  /** The chord that hands the keyboard back to the console was pressed. */
  readonly escape: boolean
  /** The chord that captures the pointer, or lets it go, was pressed. */
  readonly capture?: boolean
}

/**
 * Control+Alt+Shift+M moves the focus to the toolbar: with those for the next monitor (`pages/viewer/monitor-key.ts`) and for the
 * caught pointer the only chords that the machine never gets.
 */
export const ESCAPE_CODE = 'KeyM'

/** Control+Alt+Shift+P captures the pointer for programs that want its movement and not its place; again, it lets go. */
export const CAPTURE_CODE = 'KeyP'

/** On Windows AltGr is a ControlLeft and an AltRight in the same instant; a person needs longer than this between two keys. */
export const ALT_GRAPH_MS = 50

/** The browser's own keyCode for "an input method handles this". */
const KEYCODE_COMPOSING = 229

/** KeyboardEvent.key values that belong to a composition. */
const COMPOSING_KEYS = new Set(['Dead', 'Process', 'Compose', 'Unidentified'])

/** Keys of Japanese and Korean keyboards that Windows reports pressed and never let go. */
const NEVER_RELEASED = new Set([
  'Zenkaku',
  'Hankaku',
  'ZenkakuHankaku',
  'Romaji',
  'KanaMode',
  'Eisu',
  'Alphanumeric',
  'Hiragana',
  'Katakana',
  'HiraganaKatakana',
  'HangulMode',
  'HanjaMode',
])

const MODIFIER_CODES = new Set([
  'ShiftLeft',
  'ShiftRight',
  'ControlLeft',
  'ControlRight',
  'AltLeft',
  'AltRight',
  'MetaLeft',
  'MetaRight',
])

/** Touch keyboards give no code; for these keys the code has the same name. */
const CODE_IS_KEY = new Set([
  'Backspace',
  'Tab',
  'Enter',
  'Escape',
  'Delete',
  'Insert',
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
])

/** Longest code or key name that the platform specification knows is 20. */
const NAME_MAX = 32

const PASS: KeyOutcome = { actions: [], prevent: false, escape: false }

export class Keyboard {
  /** Codes that are down on the machine, and the key each was pressed as. */
  #down = new Map<string, string>()
  /** A ControlLeft on Windows that may turn out to be half of an AltGr. */
  #heldControl: KeyInput | null = null
  readonly #system: KeyboardSystem

  constructor(system: KeyboardSystem) {
    this.#system = system
  }

  /** When `timeout` is due, milliseconds on the events' clock. */
  get deadline(): number | null {
    return this.#heldControl === null ? null : this.#heldControl.timeStamp + ALT_GRAPH_MS
  }

  /** A held ControlLeft was just that. */
  timeout(): readonly InputAction[] {
    const held = this.#heldControl
    this.#heldControl = null
    return held === null ? [] : [this.#press(held, held.code)]
  }

  keyDown(event: KeyInput): KeyOutcome {
    if (isOurs(event, ESCAPE_CODE)) return { actions: this.release(), prevent: true, escape: true }
    if (isOurs(event, CAPTURE_CODE))
      return { actions: this.release(), prevent: true, escape: false, capture: !event.repeat }
    const actions = [...this.#settleControl(event)]
    if (belongsToComposition(event)) return { actions, prevent: false, escape: false }
    const code = codeOf(event)
    if (code === null) return textInstead(event, actions)
    if (
      this.#system === 'windows' &&
      code === 'ControlLeft' &&
      !this.#down.has(code) &&
      !event.repeat
    ) {
      this.#heldControl = event
      return { actions, prevent: true, escape: false }
    }
    if (isPhrase(event.key)) actions.push({ kind: 'text', text: event.key })
    else if (this.#comesWithoutRelease(event, code)) actions.push(...this.#tap(event, code))
    else actions.push(this.#press(event, code))
    return { actions, prevent: true, escape: false }
  }

  keyUp(event: KeyInput): KeyOutcome {
    const actions: InputAction[] = []
    const code = codeOf(event)
    if (code === null) return PASS
    if (this.#heldControl !== null) actions.push(...this.timeout())
    if (this.#down.has(code)) {
      actions.push(this.#letGo(event, code))
    } else if (code === 'PrintScreen' || (this.#system === 'mac' && code === 'CapsLock')) {
      // Windows keeps the press of PrintScreen to itself; macOS reports Caps Lock off as a release.
      actions.push(...this.#tap(event, code))
    }
    actions.push(...this.#releasedAlong(event, code))
    return { actions, prevent: true, escape: false }
  }

  /** Focus, window or connection went: everything is let go. */
  release(): readonly InputAction[] {
    this.#heldControl = null
    this.#down.clear()
    return [{ kind: 'release' }]
  }

  #press(event: KeyInput, code: string): InputAction {
    this.#down.set(code, event.key)
    return keyAction(event, code, event.key, true)
  }

  #letGo(event: KeyInput, code: string): InputAction {
    const key = this.#down.get(code) ?? event.key
    this.#down.delete(code)
    return keyAction(event, code, key, false)
  }

  #tap(event: KeyInput, code: string): InputAction[] {
    return [keyAction(event, code, event.key, true), keyAction(event, code, event.key, false)]
  }

  /** Decides about a ControlLeft that waits: dropped when this is the AltRight of the same stroke, sent otherwise. */
  #settleControl(event: KeyInput): readonly InputAction[] {
    const held = this.#heldControl
    if (held === null) return []
    const altGraph = event.code === 'AltRight' && event.timeStamp - held.timeStamp <= ALT_GRAPH_MS
    if (!altGraph) return this.timeout()
    this.#heldControl = null
    return []
  }

  #comesWithoutRelease(event: KeyInput, code: string): boolean {
    if (NEVER_RELEASED.has(event.key) || NEVER_RELEASED.has(code)) return true
    if (this.#system !== 'mac') return false
    // macOS swallows the release of every key that was pressed while Command was held.
    return code === 'CapsLock' || (event.modifiers.meta && !MODIFIER_CODES.has(code))
  }

  /** Releases that the system does not report but that happened with this one. */
  #releasedAlong(event: KeyInput, code: string): InputAction[] {
    if (this.#system === 'mac' && code.startsWith('Meta')) {
      const others = [...this.#down.keys()].filter((other) => !MODIFIER_CODES.has(other))
      return others.map((other) => this.#letGo(event, other))
    }
    // Windows reports only the last release when both Shift keys were down.
    const twin = code === 'ShiftLeft' ? 'ShiftRight' : code === 'ShiftRight' ? 'ShiftLeft' : null
    return this.#system === 'windows' && twin !== null && this.#down.has(twin)
      ? [this.#letGo(event, twin)]
      : []
  }
}

/** Whether this press pastes in nearly every program: the clipboard must be there before the key is. */
export function isPaste(event: KeyInput): boolean {
  const { control, meta, shift, alt } = event.modifiers
  if (event.code === 'Insert') return shift && !control && !alt
  return (control || meta) && !alt && (event.key === 'v' || event.key === 'V')
}

/** The modifiers of an event; AltGr hides the Control and Alt that Windows makes it of. */
export function modifiersOf(event: { getModifierState(name: string): boolean }): Modifiers {
  const altGraph = event.getModifierState('AltGraph')
  return {
    shift: event.getModifierState('Shift'),
    control: !altGraph && event.getModifierState('Control'),
    alt: !altGraph && event.getModifierState('Alt'),
    meta: event.getModifierState('Meta'),
    altGraph,
    capsLock: event.getModifierState('CapsLock'),
    numLock: event.getModifierState('NumLock'),
  }
}

/** The system below a browser, from navigator.userAgent. */
export function keyboardSystem(userAgent: string): KeyboardSystem {
  if (/mac os|macintosh|iphone|ipad/i.test(userAgent)) return 'mac'
  return /windows/i.test(userAgent) ? 'windows' : 'other'
}

function keyAction(event: KeyInput, code: string, pressed: string, down: boolean): InputAction {
  // Old versions of macOS report control characters as meaning; the code says enough then.
  // eslint-disable-next-line no-control-regex -- these are exactly what is looked for
  const key = /[\u0000-\u001f\u007f]/.test(pressed) ? '' : pressed
  return { kind: 'key', code, key, down, repeat: down && event.repeat, modifiers: event.modifiers }
}

/** One of the chords that the machine never gets. */
function isOurs({ code, modifiers }: KeyInput, ours: string): boolean {
  return code === ours && modifiers.control && modifiers.alt && modifiers.shift
}

function belongsToComposition(event: KeyInput): boolean {
  return event.isComposing || event.keyCode === KEYCODE_COMPOSING || COMPOSING_KEYS.has(event.key)
}

function codeOf({ code, key }: KeyInput): string | null {
  if (!/^[A-Za-z0-9_-]*$/.test(code) || code.length > NAME_MAX) return null
  if (code !== '' && code !== 'Unidentified') return code
  return CODE_IS_KEY.has(key) ? key : null
}

/** Named keys are ASCII words; anything else of more than one character is text, such as an accent that did not combine. */
function isPhrase(key: string): boolean {
  return Array.from(key).length > 1 && (key.length > NAME_MAX || !/^[A-Z][A-Za-z0-9]*$/.test(key))
}

/** A key without a code still means its character, unless it is part of a shortcut. */
function textInstead(event: KeyInput, actions: readonly InputAction[]): KeyOutcome {
  const { control, alt, meta } = event.modifiers
  const printable = Array.from(event.key).length === 1 && !control && !alt && !meta
  if (!printable) return { actions, prevent: false, escape: false }
  return { actions: [...actions, { kind: 'text', text: event.key }], prevent: true, escape: false }
}
