/**
 * Limits of what is read and written here, each with its reason. Those of packets, channels and silence are the module's
 * (`crates/protocol/src/limits.rs`); the agent checks the same figures for what it takes.
 */
import { Channel } from './__generated__/farol/pipe_pb'

/** Longest close text that is passed on to a person, characters. */
export const CLOSE_TEXT_MAX = 256

/** Most text and most HTML of one copied thing, bytes of UTF-8: the agent refuses more. */
export const CLIPBOARD_TEXT_MAX = 1024 * 1024
export const CLIPBOARD_HTML_MAX = 1024 * 1024

/** Most bytes of a copied PNG, and most pixels that it may say it has: a full screen of photographs. */
export const CLIPBOARD_PICTURE_MAX = 8 * 1024 * 1024
export const CLIPBOARD_PIXELS_MAX = 64 * 1024 * 1024

/** What is no longer than this comes with the offer, bytes. */
export const CLIPBOARD_INLINE_MAX = 16 * 1024

/** Shortest and longest piece that is fetched while more is there, bytes. */
export const CLIPBOARD_PIECE_MIN = 16 * 1024
export const CLIPBOARD_PIECE_MAX = 128 * 1024

/** How much longer than the quickest a piece may take before shorter ones are fetched, milliseconds. */
export const CLIPBOARD_DELAY_MAX_MS = 25

/** Widest and highest desktop, pixels; the X protocol's own limit. */
export const DESKTOP_MAX = 32_767

/** Most monitors in a layout, a wall of eight by four. */
export const MONITORS_MAX = 32

/** Most bytes of UTF-8 of a monitor's name. */
export const MONITOR_NAME_MAX = 64

/** Widest and highest cursor picture, pixels; four times the usual 64. */
export const CURSOR_MAX = 256

/** Cursor shapes that are remembered by id: a desktop theme has about a hundred. */
export const CURSORS_KEPT = 256

/** Longest detail or name that is passed on to a person, characters. */
export const DETAIL_MAX = 512

/** Most people in a roster: eight viewers, and who sits at the machine. */
export const PEOPLE_MAX = 16

/** Most bytes of UTF-8 of a person's name. */
export const NAME_MAX = 256

/** Most bytes of UTF-8 of what somebody says at once: a long paragraph. */
export const SAID_MAX = 2 * 1024

/** Input events in one message, so that it stays below its cap whatever the events are. */
export const INPUT_BATCH_MAX = 64

/** Channels that carry what people see and do; control is always open and not for callers. */
export type DataChannel = Channel.SCREEN | Channel.INPUT | Channel.CLIPBOARD | Channel.COMPANY

/** The data channels, most urgent first: what hands do goes before what eyes see. */
export const DATA_CHANNELS: readonly DataChannel[] = [
  Channel.INPUT,
  Channel.COMPANY,
  Channel.CLIPBOARD,
  Channel.SCREEN,
]
