/**
 * What the page and the worker of a session say to each other. Plain data for postMessage; the meaning of each is with
 * its receiver: `engine.ts` for the first kind, `remote-session.ts` for the second.
 */
import type {
  CursorImage,
  CursorPosition,
  DesktopLayout,
  InputAction,
  ScreenState,
} from '~/desktop/types'
import type { Patch } from '~/desktop/painter'
import type { ClipboardContent } from '~/wire/clipboard'
import type { CompanyNews, CompanyWish } from '~/wire/company'
import type { ScreenWishes } from '~/wire/messages'
import type { PipeEnd } from '~/wire/pipe'
import type { RelayCloseCode } from '~/wire/relay'
import type { Statistics } from './statistics'
import type { Measured } from './why-slow'

export type ToWorker =
  /** A patch is on the canvas since `at`, microseconds since the epoch; its buffer comes back. */
  | {
      readonly type: 'drawn'
      readonly id: number
      readonly at: number
      readonly pixels: ArrayBuffer
    }
  /** A new pipe and a new key for the next session; answered with `key` of the same number. */
  | { readonly type: 'renew'; readonly number: number }
  /** `grant` and `machineKey` as the API gave them. A running connection is dropped for this one; the pipe goes on. */
  | {
      readonly type: 'connect'
      readonly url: string
      readonly session: string
      readonly grant: string
      readonly machineKey: string
      readonly wishes: ScreenWishes
    }
  /** The connection is given up; what waits to be sent is kept for the next one. */
  | { readonly type: 'drop' }
  /** `at`: microseconds since the epoch. */
  | { readonly type: 'input'; readonly actions: readonly InputAction[]; readonly at: number }
  | { readonly type: 'clipboard'; readonly content: ClipboardContent }
  | { readonly type: 'company'; readonly wish: CompanyWish }
  | { readonly type: 'wishes'; readonly wishes: ScreenWishes }
  | { readonly type: 'statistics'; readonly wanted: boolean }
  /** Answered with `measured`. */
  | { readonly type: 'measure' }
  /** Says goodbye; nothing is kept. */
  | { readonly type: 'close' }

/** How far a connection has come, by name. */
export type ConnectStage = 'asking' | 'relay' | 'handshake' | 'picture'

/** Why a connection is over, as far as the worker can tell. */
export type Loss =
  | { readonly source: 'relay'; readonly code: RelayCloseCode; readonly reason: string }
  | { readonly source: 'pipe'; readonly end: PipeEnd }
  /** This browser cannot do its part. */
  | { readonly source: 'viewer'; readonly code: 'decoder_failed' }

export type FromWorker =
  /** The viewer's public key for the next session, base64url; its secret half never leaves the worker. */
  | { readonly type: 'key'; readonly number: number; readonly key: string }
  | { readonly type: 'stage'; readonly stage: ConnectStage }
  /** Both ends understand each other. `resumed`: what was under way before a loss goes on. */
  | {
      readonly type: 'opened'
      readonly input: boolean
      readonly clipboard: boolean
      readonly resumed: boolean
    }
  /** Rights came or went while the session runs. */
  | { readonly type: 'channels'; readonly input: boolean; readonly clipboard: boolean }
  /** Actions that wait for the connection to come back. */
  | { readonly type: 'held'; readonly count: number }
  /** A new desktop, or another part or size of it: the canvas has its size, and the first picture covers all of it. */
  | { readonly type: 'layout'; readonly layout: DesktopLayout }
  /** To be drawn and answered with `drawn`. */
  | { readonly type: 'paint'; readonly id: number; readonly patch: Patch }
  /** The first picture of a connection is drawn. */
  | { readonly type: 'picture' }
  | { readonly type: 'exact'; readonly exact: boolean }
  | { readonly type: 'cursor'; readonly image: CursorImage }
  | { readonly type: 'pointer'; readonly position: CursorPosition }
  | { readonly type: 'screen'; readonly state: ScreenState }
  | { readonly type: 'clipboard'; readonly content: ClipboardContent }
  | { readonly type: 'company'; readonly news: CompanyNews }
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'statistics'; readonly statistics: Statistics }
  /** The last minutes, frame by frame. */
  | { readonly type: 'measured'; readonly measured: Measured }
  | { readonly type: 'lost'; readonly loss: Loss }
