/**
 * Every limit of the pipe and the relay as a named constant, each with its reason. The Rust side holds the same figures
 * (`crates/protocol`); the shared vectors in `proto/vectors/pipe.json` fail when the two differ.
 */
import { Channel } from './__generated__/farol/pipe_pb'

/** The only version of the pipe so far. */
export const PIPE_VERSION = 1

/** Bytes of random handshake data in `PipeHello` and `PipeAccept`. */
export const HANDSHAKE_BYTES = 32

/** channel:u8, flags:u8, seq:u32 little-endian. */
export const HEADER_BYTES = 6

/** Largest fragment, so that a key never waits for more than this many bytes of a picture. */
export const FRAGMENT_MAX = 32 * 1024

/** Silence after which the other end is taken for lost, microseconds. Three times what a busy Wi-Fi roam takes. */
export const SILENCE_US = 15_000_000

/** How often a viewer that is looked at asks for the agent's clock, microseconds. */
export const PING_VISIBLE_US = 1_000_000

/** How often a hidden viewer does: often enough that neither end takes the other for lost. */
export const PING_HIDDEN_US = 5_000_000

/** Time the agent has to answer the hello, microseconds. */
export const HANDSHAKE_US = 10_000_000

/** Messages that may wait on the screen and the clipboard channel. Full means: the agent has stopped taking them. */
export const QUEUE_MESSAGES = 32

/** Bytes that may wait on the input channel. Full means: the caller merges moves and tries again. */
export const INPUT_QUEUE_BYTES = 64 * 1024

/** Most channels named in an accept; there are four. */
export const CHANNELS_MAX = 16

/** Pings that may wait for their pong; later pongs are ignored. */
export const PINGS_OUTSTANDING = 8

/** Longest close text that is passed on to a person, characters. */
export const CLOSE_TEXT_MAX = 256

/** Most text one clipboard message carries, bytes of UTF-8: the agent refuses more. */
export const CLIPBOARD_TEXT_MAX = 1024 * 1024

/** Widest and highest desktop, pixels; the X protocol's own limit. */
export const DESKTOP_MAX = 32_767

/** Most monitors in a layout; more than any desk holds. */
export const MONITORS_MAX = 16

/** Widest and highest cursor picture, pixels; four times the usual 64. */
export const CURSOR_MAX = 256

/** Cursor shapes that are remembered by id: a desktop theme has about a hundred. */
export const CURSORS_KEPT = 256

/** Longest detail or name that is passed on to a person, characters. */
export const DETAIL_MAX = 512

/** Input events in one message, so that it stays below its cap whatever the events are. */
export const INPUT_BATCH_MAX = 64

/** Largest message per channel, in each direction, bytes. */
export const MESSAGE_MAX = {
  toViewer: {
    [Channel.CONTROL]: 4 * 1024,
    // A full 4K picture that nothing compresses.
    [Channel.SCREEN]: 32 * 1024 * 1024,
    [Channel.INPUT]: 4 * 1024,
    [Channel.CLIPBOARD]: CLIPBOARD_TEXT_MAX + 64,
  },
  toAgent: {
    [Channel.CONTROL]: 4 * 1024,
    [Channel.SCREEN]: 4 * 1024,
    [Channel.INPUT]: 4 * 1024,
    [Channel.CLIPBOARD]: CLIPBOARD_TEXT_MAX + 64,
  },
} as const

/** Bytes a sender may send on a fresh channel before the first credit comes back. Control has no credit: it is never held up. */
export const WINDOW = {
  toViewer: {
    [Channel.CONTROL]: Infinity,
    [Channel.SCREEN]: 4 * 1024 * 1024,
    [Channel.INPUT]: 64 * 1024,
    [Channel.CLIPBOARD]: 256 * 1024,
  },
  toAgent: {
    [Channel.CONTROL]: Infinity,
    [Channel.SCREEN]: 64 * 1024,
    [Channel.INPUT]: 64 * 1024,
    [Channel.CLIPBOARD]: 256 * 1024,
  },
} as const

/** Channels that carry what people see and do; control is always open and not for callers. */
export type DataChannel = Channel.SCREEN | Channel.INPUT | Channel.CLIPBOARD

/** The data channels, most urgent first: what hands do goes before what eyes see. */
export const DATA_CHANNELS: readonly DataChannel[] = [
  Channel.INPUT,
  Channel.CLIPBOARD,
  Channel.SCREEN,
]
