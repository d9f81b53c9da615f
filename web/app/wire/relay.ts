/**
 * The two messages that open a relay WebSocket, and what its close codes mean. What runs inside afterwards is `pipe.ts`.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { RelayHelloSchema, RelayReadySchema } from './__generated__/farol/relay_pb'

const RELAY_VERSION = 1

/** Bytes of a grant and of a key; anything else cannot be one. */
const SECRET_BYTES = 32

/** Bytes of a UUID. */
const UUID_BYTES = 16

/** A grant as the API gives it: base64url without padding. Returns `null` for text that is none. */
export function parseGrant(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = fromBase64Url(text)
  return bytes?.length === SECRET_BYTES ? bytes : null
}

/** A public key as the API gives it, like a grant. */
export const parseKey = parseGrant

/** A public key as the API takes it. */
export const keyText = (key: Uint8Array): string =>
  btoa(String.fromCharCode(...key))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** The bytes of a UUID; `null` for text that is none. */
export function parseUuid(text: string): Uint8Array | null {
  const digits = text.replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/i.test(digits)) return null
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

/** First message on the socket. The grant travels here and never in the address, so no log ever holds one. */
export function relayHello(grant: Uint8Array): Uint8Array<ArrayBuffer> {
  return toBinary(RelayHelloSchema, create(RelayHelloSchema, { version: RELAY_VERSION, grant }))
}

/** The server's answer; `null` when the bytes are none. */
export function parseRelayReady(bytes: Uint8Array): { sessionId: string } | null {
  try {
    const ready = fromBinary(RelayReadySchema, bytes)
    return ready.sessionId.length === UUID_BYTES ? { sessionId: uuidText(ready.sessionId) } : null
  } catch {
    return null
  }
}

/** Why a relay socket closed, as a code that the page has a sentence for. */
export type RelayCloseCode =
  | 'malformed'
  | 'bad_grant'
  | 'origin_refused'
  | 'session_gone'
  | 'timed_out'
  | 'already_connected'
  | 'session_ended'
  | 'peer_lost'
  | 'superseded'
  | 'too_big'
  | 'too_fast'
  | 'server_going_away'
  | 'network_lost'

/** What a viewer closes its socket with: in good order, which ends the session. */
export const CLOSE_DONE = 1000
/** The connection is given up and another one follows: the session goes on. */
export const CLOSE_LATER = 4000
/** What the agent sent is unacceptable. */
export const CLOSE_MALFORMED = 4400
/** Nothing was heard for too long. */
export const CLOSE_TIMED_OUT = 4408

const RELAY_CLOSE: Record<number, RelayCloseCode> = {
  1001: 'server_going_away',
  4400: 'malformed',
  4401: 'bad_grant',
  4403: 'origin_refused',
  4404: 'session_gone',
  4408: 'timed_out',
  4409: 'already_connected',
  4410: 'session_ended',
  4411: 'peer_lost',
  4412: 'superseded',
  4413: 'too_big',
  4429: 'too_fast',
}

/** The meaning of a WebSocket close code from the relay; everything unknown is a network that went away. */
export function relayClose(code: number): RelayCloseCode {
  return RELAY_CLOSE[code] ?? 'network_lost'
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}
