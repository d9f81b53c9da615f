/**
 * What travels on the data channels, checked and in the words of `desktop/types.ts`. Wire types end here.
 *
 * Every number and text from the agent is only a claim: what is out of range throws `PipeViolation`; a state that is
 * merely new is read as "unknown".
 */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type {
  CursorImage,
  CursorPosition,
  DesktopLayout,
  DesktopSurface,
  InputAction,
  PointerButton,
  Quality,
  ScreenCondition,
  ScreenState,
} from '../desktop/types'
import {
  type InputEventSchema,
  InputToAgentSchema,
  InputToViewerSchema,
  PointerButton_Button,
} from './__generated__/farol/input_pb'
import {
  type CursorShape,
  type Frame,
  type Layout,
  ScreenCondition as WireCondition,
  ScreenSettings_Quality,
  ScreenSettings_Scaling,
  ScreenToAgentSchema,
  ScreenToViewerSchema,
  type Surface,
  Surface_Instead,
} from './__generated__/farol/screen_pb'
import { Channel } from './__generated__/farol/pipe_pb'
import { type ClipboardContent, parseClipboard } from './clipboard'
import { type CompanyNews, parseCompany } from './company'
import {
  CURSOR_MAX,
  type DataChannel,
  DESKTOP_MAX,
  DETAIL_MAX,
  MONITOR_NAME_MAX,
  MONITORS_MAX,
} from './limits'
import { wholeDesktop } from '../desktop/geometry'
import { PipeViolation } from './violation'

/** Instants of a frame's life on the machine, microseconds of the agent's clock. */
export interface AgentTimes {
  readonly damaged: number
  readonly captured: number
  readonly encoded: number
  readonly queued: number
}

/** One encoded picture. */
export interface EncodedFrame {
  readonly id: number
  readonly generation: number
  readonly data: Uint8Array<ArrayBuffer>
  readonly times: AgentTimes
  /** The last input event that was applied before this picture; 0 for none. */
  readonly lastInputId: number
  /** Bit exact everywhere after this frame. */
  readonly exact: boolean
}

export type ScreenMessage =
  | { kind: 'layout'; layout: DesktopLayout }
  | { kind: 'frame'; frame: EncodedFrame }
  /** `image` is null for a shape that was sent before under this id. */
  | { kind: 'cursor'; id: number; image: CursorImage | null }
  | { kind: 'pointer'; position: CursorPosition }
  | { kind: 'state'; state: ScreenState }

export type InputNotice =
  | { kind: 'refused'; code: string; detail: string }
  | { kind: 'locks'; capsLock: boolean; numLock: boolean }

/** A message of a data channel. */
export type Content =
  | { channel: Channel.SCREEN; message: ScreenMessage }
  | { channel: Channel.INPUT; message: InputNotice }
  | { channel: Channel.CLIPBOARD; message: ClipboardContent }
  | { channel: Channel.COMPANY; message: CompanyNews }

/** Reads what arrived on a data channel. */
export function parseContent(channel: DataChannel, bytes: Uint8Array): Content {
  if (channel === Channel.SCREEN) return { channel, message: parseScreen(bytes) }
  if (channel === Channel.INPUT) return { channel, message: parseInputNotice(bytes) }
  if (channel === Channel.COMPANY) return { channel, message: parseCompany(bytes) }
  return { channel, message: parseClipboard(bytes) }
}

/** Reads a message of the screen channel. Frame data is a view into `bytes`. */
function parseScreen(bytes: Uint8Array): ScreenMessage {
  const { message } = fromBinary(ScreenToViewerSchema, bytes)
  switch (message.case) {
    case 'layout':
      return { kind: 'layout', layout: layoutOf(message.value) }
    case 'frame':
      return { kind: 'frame', frame: frameOf(message.value) }
    case 'cursorShape':
      return { kind: 'cursor', id: message.value.id, image: cursorOf(message.value) }
    case 'cursorPosition': {
      const { x, y, visible } = message.value
      return { kind: 'pointer', position: { x, y, visible } }
    }
    case 'state': {
      const { condition, detail } = message.value
      return {
        kind: 'state',
        state: { condition: CONDITIONS[condition] ?? 'unknown', detail: line(detail) },
      }
    }
    case undefined:
      throw new PipeViolation('malformed', 'empty screen message')
  }
}

/** Reads a message of the input channel. */
function parseInputNotice(bytes: Uint8Array): InputNotice {
  const { message } = fromBinary(InputToViewerSchema, bytes)
  if (message.case === 'refused')
    return { kind: 'refused', code: line(message.value.code), detail: line(message.value.detail) }
  if (message.case === 'locks')
    return { kind: 'locks', capsLock: message.value.capsLock, numLock: message.value.numLock }
  throw new PipeViolation('malformed', 'empty input message')
}

/** One input message. Each action has its number, counted from 1 in each pipe. */
export function inputMessage(events: readonly { id: number; action: InputAction }[]): Uint8Array {
  const message = create(InputToAgentSchema, {
    events: events.map(({ id, action }) => ({ id, event: inputEvent(action) })),
  })
  return toBinary(InputToAgentSchema, message)
}

/** What the viewer wants of the screen channel. */
export interface ScreenWishes {
  readonly paused: boolean
  readonly quality: Quality
  /** The one monitor to show; `null` for all. */
  readonly monitor: string | null
  /** Where the picture is shown, pixels of this display; zero when that is not known. */
  readonly view: { readonly width: number; readonly height: number }
  /** Whether pictures may come smaller on a slow link: not where they are to be seen pixel for pixel. */
  readonly mayShrink: boolean
}

/** `vp9`: this viewer decodes it. */
export function settingsMessage(wishes: ScreenWishes, vp9: boolean): Uint8Array {
  const { paused, quality, monitor, view, mayShrink } = wishes
  const value = {
    paused,
    quality: QUALITIES[quality],
    vp9,
    monitor: monitor ?? '',
    viewWidth: unsigned32(view.width),
    viewHeight: unsigned32(view.height),
    scaling: mayShrink ? ScreenSettings_Scaling.AUTO : ScreenSettings_Scaling.NEVER,
  }
  return toBinary(
    ScreenToAgentSchema,
    create(ScreenToAgentSchema, { message: { case: 'settings', value } }),
  )
}

/** `decode` and `draw` in microseconds. */
export function ackMessage(id: number, decode: number, draw: number): Uint8Array {
  const value = { id, decodeUs: unsigned32(decode), drawUs: unsigned32(draw) }
  return toBinary(
    ScreenToAgentSchema,
    create(ScreenToAgentSchema, { message: { case: 'ack', value } }),
  )
}

export function refreshMessage(): Uint8Array {
  return toBinary(
    ScreenToAgentSchema,
    create(ScreenToAgentSchema, { message: { case: 'refresh', value: {} } }),
  )
}

const CONDITIONS: Readonly<Record<number, ScreenCondition | undefined>> = {
  [WireCondition.UNSPECIFIED]: 'unknown',
  [WireCondition.OK]: 'ok',
  [WireCondition.NO_DISPLAY]: 'no_display',
  [WireCondition.ACCESS_DENIED]: 'access_denied',
  [WireCondition.LOCKED]: 'locked',
  [WireCondition.BLANK]: 'blank',
  [WireCondition.LOST]: 'lost',
  [WireCondition.UNSUPPORTED]: 'unsupported',
  [WireCondition.LOG_ON]: 'log_on',
}

const QUALITIES: Record<Quality, ScreenSettings_Quality> = {
  auto: ScreenSettings_Quality.AUTO,
  lossless: ScreenSettings_Quality.LOSSLESS,
  low_bandwidth: ScreenSettings_Quality.LOW_BANDWIDTH,
}

const BUTTONS: Record<PointerButton, PointerButton_Button> = {
  left: PointerButton_Button.LEFT,
  middle: PointerButton_Button.MIDDLE,
  right: PointerButton_Button.RIGHT,
  back: PointerButton_Button.BACK,
  forward: PointerButton_Button.FORWARD,
}

type WireEvent = NonNullable<MessageInitShape<typeof InputEventSchema>['event']>

function inputEvent(action: InputAction): WireEvent {
  switch (action.kind) {
    case 'move':
      return { case: 'pointerMove', value: { x: action.x, y: action.y } }
    case 'moveBy':
      return { case: 'pointerMoveBy', value: { dx: action.dx, dy: action.dy } }
    case 'button': {
      const { down, x, y } = action
      return { case: 'pointerButton', value: { button: BUTTONS[action.button], down, x, y } }
    }
    case 'wheel': {
      const { dx, dy, x, y } = action
      return { case: 'wheel', value: { dx, dy, x, y } }
    }
    case 'key': {
      const { code, key, down, repeat, modifiers } = action
      return { case: 'key', value: { code, key, down, repeat, modifiers } }
    }
    case 'text':
      return { case: 'text', value: { text: action.text } }
    case 'chord':
      return { case: 'chord', value: { codes: [...action.codes] } }
    case 'release':
      return { case: 'releaseAll', value: {} }
  }
}

function layoutOf({ generation, width, height, monitors, surface }: Layout): DesktopLayout {
  if (width === 0 || height === 0 || width > DESKTOP_MAX || height > DESKTOP_MAX)
    throw new PipeViolation('malformed', `desktop of ${width} by ${height} pixels`)
  if (monitors.length > MONITORS_MAX)
    throw new PipeViolation('too_big', `${monitors.length} monitors`)
  return {
    generation,
    width,
    height,
    surface:
      surface === undefined ? wholeDesktop(width, height) : surfaceOf(surface, width, height),
    monitors: monitors.map((monitor) => ({
      name: monitorName(monitor.name),
      x: monitor.x,
      y: monitor.y,
      width: monitor.width,
      height: monitor.height,
      primary: monitor.primary,
    })),
  }
}

const INSTEAD: Readonly<Record<number, DesktopSurface['instead'] | undefined>> = {
  [Surface_Instead.MONITOR_GONE]: 'monitor_gone',
  [Surface_Instead.TOO_LARGE]: 'too_large',
}

/** Inside of the desktop and not empty, and no picture larger than what it shows. */
function surfaceOf(surface: Surface, across: number, down: number): DesktopSurface {
  const { x, y, width, height } = surface
  const picture = {
    width: surface.pictureWidth || width,
    height: surface.pictureHeight || height,
  }
  const inside = width > 0 && height > 0 && x + width <= across && y + height <= down
  if (!inside || picture.width > width || picture.height > height)
    throw new PipeViolation('malformed', `surface of ${width} by ${height} pixels`)
  return {
    ...{ x, y, width, height, picture },
    monitor: surface.monitor === '' ? null : monitorName(surface.monitor),
    instead: INSTEAD[surface.instead] ?? 'nothing',
  }
}

function monitorName(name: string): string {
  if (new TextEncoder().encode(name).length > MONITOR_NAME_MAX)
    throw new PipeViolation('too_big', 'monitor name')
  return line(name)
}

function frameOf({ id, generation, data, times, lastInputId, exact }: Frame): EncodedFrame {
  if (times === undefined) throw new PipeViolation('malformed', 'frame without times')
  return {
    id,
    generation,
    // Received bytes are never shared memory; the generated types cannot say so.
    data: data as Uint8Array<ArrayBuffer>,
    times: {
      damaged: Number(times.damagedUs),
      captured: Number(times.capturedUs),
      encoded: Number(times.encodedUs),
      queued: Number(times.queuedUs),
    },
    lastInputId,
    exact,
  }
}

function cursorOf({ width, height, hotX, hotY, rgba }: CursorShape): CursorImage | null {
  if (rgba.length === 0 && (width === 0 || height === 0))
    return { width: 0, height: 0, hotX: 0, hotY: 0, rgba }
  if (width > CURSOR_MAX || height > CURSOR_MAX)
    throw new PipeViolation('too_big', `cursor of ${width} by ${height} pixels`)
  if (rgba.length === 0) return null
  if (rgba.length !== width * height * 4)
    throw new PipeViolation('malformed', 'cursor of another size than it says')
  // A copy: the view would keep the whole received message alive for as long as the shape is known.
  return { width, height, hotX, hotY, rgba: rgba.slice() }
}

/** One line of text for a person: capped, without control characters. */
function line(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are exactly what is taken out
  return text.slice(0, DETAIL_MAX).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

function unsigned32(value: number): number {
  return Math.max(0, Math.min(0xffff_ffff, Math.round(value)))
}
