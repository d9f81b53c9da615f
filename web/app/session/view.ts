/**
 * What a session looks like from the page: one immutable value per change. The session object that makes it is
 * `remote-session.ts`.
 */
import type { EndReason, Session, SessionRights } from '~/api/types'
import type { Point, ScaleMode } from '~/desktop/geometry'
import type { CursorImage, DesktopLayout, Quality, ScreenState } from '~/desktop/types'
import type { ClipboardView } from './clipboard'
import type { ConnectStage } from './messages'

export type Phase = 'connecting' | 'live' | 'reconnecting' | 'ended'

/** How a session ended, or why it never began. */
export interface SessionEnding {
  /** An end reason, a problem code of the API, or a code of the connection; the page has a sentence for each. */
  readonly code: EndReason | (string & {})
  readonly by: { readonly kind: string; readonly name: string | null } | null
  /** What the server or the agent added, in their words. */
  readonly detail: string
  readonly requestId: string | null
  /** This technician ended it, here. */
  readonly byMe?: boolean
  /** It was tried again until time was up. */
  readonly gaveUp?: boolean
}

export interface SessionView {
  readonly machineId: string
  readonly machineName: string
  readonly rights: SessionRights
  readonly phase: Phase
  readonly stage: ConnectStage
  /** Attempts since the picture was lost; 0 while there is no loss. */
  readonly attempt: number
  /** Why the session is being brought back, by code. */
  readonly cause: string | null
  /** The server's record; null until it answered. */
  readonly session: Session | null
  /** Channels that the agent granted. */
  readonly canInput: boolean
  readonly canClipboard: boolean
  readonly layout: DesktopLayout | null
  readonly screen: ScreenState | null
  /** The canvas shows something, perhaps from before a loss. */
  readonly hasPicture: boolean
  readonly exact: boolean | null
  readonly cursor: CursorImage | null
  /** Where the machine's pointer is when somebody else moves it. */
  readonly shadow: Point | null
  /** The keyboard belongs to the machine. */
  readonly focused: boolean
  /** Input that the agent refuses, by code. */
  readonly refused: string | null
  readonly ending: SessionEnding | null
  /** Seconds from the first picture to the end; null without either. */
  readonly lasted: number | null
  readonly clipboard: ClipboardView
  /** Chosen by the technician; kept while pages change. */
  readonly viewOnly: boolean
  readonly scale: ScaleMode
  readonly monitor: string | null
  readonly quality: Quality
  readonly showStatistics: boolean
}

export function firstView(
  machineId: string,
  machineName: string,
  rights: SessionRights,
): SessionView {
  return {
    machineId,
    machineName,
    rights,
    phase: 'connecting',
    stage: 'asking',
    attempt: 0,
    cause: null,
    session: null,
    canInput: false,
    canClipboard: false,
    layout: null,
    screen: null,
    hasPicture: false,
    exact: null,
    cursor: null,
    shadow: null,
    focused: false,
    refused: null,
    ending: null,
    lasted: null,
    clipboard: { permission: 'prompt', offered: null, problem: null },
    viewOnly: rights === 'view',
    scale: 'fit',
    monitor: null,
    quality: 'auto',
    showStatistics: false,
  }
}
