/**
 * The vocabulary of a remote desktop: what is seen and what hands do, without a word of protocol. `wire/messages.ts`
 * turns protobuf into these and back; a recording can be played with the same types.
 */

/** The whole desktop in its own pixels. Pictures refer to one `generation` and start from black. */
export interface DesktopLayout {
  readonly generation: number
  readonly width: number
  readonly height: number
  readonly monitors: readonly DesktopMonitor[]
  /** What the pictures show. */
  readonly surface: DesktopSurface
}

/** The part of the desktop that is sent, in desktop pixels. */
export interface DesktopSurface extends Rect {
  /** Size of the pictures: that of the part, or less where the machine makes them smaller for a slow link. */
  readonly picture: { readonly width: number; readonly height: number }
  /** The monitor that this is; `null` for the whole desktop. */
  readonly monitor: string | null
  /** Why it is not what was asked for: that monitor is not there, or all together are too large. */
  readonly instead: 'nothing' | 'monitor_gone' | 'too_large'
}

export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface DesktopMonitor extends Rect {
  readonly name: string
  readonly primary: boolean
}

/** A pointer's picture; `rgba` is premultiplied, top row first, `width * height * 4` bytes. */
export interface CursorImage {
  readonly width: number
  readonly height: number
  readonly hotX: number
  readonly hotY: number
  readonly rgba: Uint8Array
}

/** Where the machine's own pointer is, desktop pixels. */
export interface CursorPosition {
  readonly x: number
  readonly y: number
  readonly visible: boolean
}

/** Why there is, or is not, a picture. */
export type ScreenCondition =
  | 'ok'
  | 'no_display'
  | 'access_denied'
  | 'locked'
  | 'log_on'
  | 'blank'
  | 'lost'
  | 'unsupported'
  | 'unknown'

export interface ScreenState {
  readonly condition: ScreenCondition
  /** What exactly, in the words of the machine; may be empty. */
  readonly detail: string
}

/** What the technician prefers when a picture does not fit through the network at once. */
export type Quality = 'auto' | 'lossless' | 'low_bandwidth'

export interface Modifiers {
  readonly shift: boolean
  readonly control: boolean
  readonly alt: boolean
  readonly meta: boolean
  readonly altGraph: boolean
  readonly capsLock: boolean
  readonly numLock: boolean
}

export type PointerButton = 'left' | 'middle' | 'right' | 'back' | 'forward'

/** One thing that hands did, in desktop pixels. */
export type InputAction =
  | { readonly kind: 'move'; readonly x: number; readonly y: number }
  /** From where the machine's pointer is. Until the next `move`, buttons and wheel count there, whatever place they name. */
  | { readonly kind: 'moveBy'; readonly dx: number; readonly dy: number }
  | {
      readonly kind: 'button'
      readonly button: PointerButton
      readonly down: boolean
      readonly x: number
      readonly y: number
    }
  /** 120 per notch; positive is right and down. */
  | {
      readonly kind: 'wheel'
      readonly dx: number
      readonly dy: number
      readonly x: number
      readonly y: number
    }
  | {
      readonly kind: 'key'
      /** KeyboardEvent.code: which key. */
      readonly code: string
      /** KeyboardEvent.key: what it means in the technician's layout. */
      readonly key: string
      readonly down: boolean
      readonly repeat: boolean
      readonly modifiers: Modifiers
    }
  /** What an input method or a dead key composed. */
  | { readonly kind: 'text'; readonly text: string }
  /** Pressed in order, released in reverse. */
  | { readonly kind: 'chord'; readonly codes: readonly string[] }
  /** Every key and button is let go. */
  | { readonly kind: 'release' }
