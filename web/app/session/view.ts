/**
 * What a session looks like from the page: one immutable value per change. The session object that makes it is
 * `remote-session.ts`.
 */
import type { Access, EndReason, Right, Session } from '~/api/types'
import type { PointerState } from '~/desktop/capture'
import type { Point, ScaleMode } from '~/desktop/geometry'
import type { CursorImage, DesktopLayout, Quality, ScreenState } from '~/desktop/types'
import { type ClipboardView, NO_CLIPBOARD } from './clipboard'
import { type CompanyView, drives, NO_COMPANY } from './company'
import type { ConnectStage } from './messages'
import type { WaitsFor } from './reconnect'

export type Phase = 'connecting' | 'waiting' | 'keyChanged' | 'live' | 'interrupted' | 'ended'

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

/** A session without a connection, on its way back. */
export interface Interruption {
  readonly waitsFor: WaitsFor
  /** Why the last attempt failed, by code. */
  readonly cause: string
  /** Since when, milliseconds since the epoch. */
  readonly since: number
}

/** The machine's key as people compare it. */
export interface KnownKey {
  readonly words: string
  /** When this browser saw it first; RFC 3339. */
  readonly since: string
  /** This session is the first one here with this machine. */
  readonly first: boolean
  /** Whether this browser will know it again. */
  readonly lasting: boolean
}

/** The machine came with another key than the one this browser knows. */
export interface KeyChange {
  readonly words: string
  readonly wordsBefore: string
  /** Since when the one before was known; RFC 3339. */
  readonly since: string
}

/** Rights that changed while the session ran. */
export interface RightsChange {
  readonly kind: 'granted' | 'refused' | 'taken_back'
  readonly rights: readonly Right[]
}

/** `name`: the monitor that is spoken of; `null` for all. */
export interface MonitorNotice {
  /** It is shown now, it is not there and all are shown, or all are too large and it is shown. */
  readonly kind: 'shown' | 'gone' | 'too_large'
  readonly name: string | null
}

export interface SessionView {
  readonly machineId: string
  readonly machineName: string
  /** Whoever looks on was invited, and has no account: one session, and nothing of the console around it. */
  readonly guest: boolean
  /** What the technician chose when connecting. */
  readonly access: Access
  /** The rights that the technician's roles allow; null while nobody knows, and for guests. */
  readonly permitted: readonly Right[] | null
  /** What may be done now. */
  readonly rights: readonly Right[]
  /** What waits for the person at the machine. */
  readonly rightsAsked: readonly Right[]
  /** Told until it is dismissed. */
  readonly rightsChange: RightsChange | null
  readonly phase: Phase
  readonly stage: ConnectStage
  /** Since when somebody at the machine is asked, milliseconds since the epoch. */
  readonly askedSince: number | null
  readonly interruption: Interruption | null
  /** What hands did meanwhile and waits to be sent. */
  readonly heldInput: number
  /** Null until the machine's key is known. */
  readonly key: KnownKey | null
  readonly keyChange: KeyChange | null
  /** The server's record; null until it answered. */
  readonly session: Session | null
  /** Channels that the agent granted; kept while the session is interrupted. */
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
  /** Whether the pointer is caught for a program that wants only its movement. */
  readonly pointer: PointerState
  /** Input that the agent refuses, by code. */
  readonly refused: string | null
  readonly ending: SessionEnding | null
  /** Seconds from the first picture to the end; null without either. */
  readonly lasted: number | null
  readonly clipboard: ClipboardView
  readonly company: CompanyView
  /** Chosen by the technician; kept while pages change. */
  readonly viewOnly: boolean
  readonly scale: ScaleMode
  /** The monitor that was chosen, whether it is there or not; `null` for all. */
  readonly monitor: string | null
  /** What became of the choice; told for a moment. */
  readonly monitorNotice: MonitorNotice | null
  readonly quality: Quality
  readonly showStatistics: boolean
}

export function firstView(
  machineId: string,
  machineName: string,
  access: Access,
  guest = false,
): SessionView {
  return {
    machineId,
    machineName,
    guest,
    access,
    permitted: null,
    rights: [],
    rightsAsked: [],
    rightsChange: null,
    phase: 'connecting',
    stage: 'asking',
    askedSince: null,
    interruption: null,
    heldInput: 0,
    key: null,
    keyChange: null,
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
    pointer: 'free',
    refused: null,
    ending: null,
    lasted: null,
    clipboard: NO_CLIPBOARD,
    company: NO_COMPANY,
    viewOnly: access === 'view',
    scale: 'fit',
    monitor: null,
    monitorNotice: null,
    quality: 'auto',
    showStatistics: false,
  }
}

/** What to say about a new layout: a choice that was followed or could not be. */
export function monitorNotice(
  before: DesktopLayout | null,
  { surface }: DesktopLayout,
  chosen: string | null,
): MonitorNotice | null {
  const same =
    before?.surface.monitor === surface.monitor && before.surface.instead === surface.instead
  if (same) return null
  if (surface.instead === 'monitor_gone') return { kind: 'gone', name: chosen }
  if (surface.instead === 'too_large') return { kind: 'too_large', name: surface.monitor }
  return before === null ? null : { kind: 'shown', name: surface.monitor }
}

/** What hands do reaches the machine. */
export function mayInput({ canInput, viewOnly, company }: SessionView): boolean {
  return canInput && !viewOnly && drives(company)
}

/** What changed between two states of a running session; null when no right did. */
export function rightsChange(before: Session, now: Session): RightsChange | null {
  const taken = before.rights.filter((right) => !now.rights.includes(right))
  if (taken.length > 0) return { kind: 'taken_back', rights: taken }
  const settled = before.rights_asked.filter((right) => !now.rights_asked.includes(right))
  const granted = settled.filter((right) => now.rights.includes(right))
  if (granted.length > 0) return { kind: 'granted', rights: granted }
  return settled.length > 0 ? { kind: 'refused', rights: settled } : null
}
