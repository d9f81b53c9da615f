/** How the signed-in person's account is protected, where it is signed in, and who tried to. */
import type { Factors, Login, LoginAttempt } from '~/api/types'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

export interface MockProtection {
  factors: Factors
  /** Whether changes of it go through without a proof. */
  proven: boolean
  /** The newest use first. */
  logins: Login[]
  /** The newest first. */
  attempts: LoginAttempt[]
}

const loginId = (index: number) => `0197c2d0-0000-7000-8000-${String(index).padStart(12, '0')}`

export function someProtection(now: number): MockProtection {
  const ago = (time: number) => new Date(now - time).toISOString()
  const expires_at = ago(-30 * DAY)
  return {
    factors: {
      totp_since: null,
      passkeys: [],
      recovery_codes_left: 0,
      fresh_until: ago(-10 * MINUTE),
      passkeys_at: globalThis.location.origin,
    },
    proven: true,
    logins: [
      {
        id: loginId(1),
        current: true,
        method: 'password',
        address: '198.51.100.17',
        device: { browser: 'Firefox', system: 'Linux' },
        created_at: ago(2 * DAY),
        last_used_at: ago(MINUTE),
        expires_at,
      },
      {
        id: loginId(2),
        current: false,
        method: 'password_totp',
        address: '2001:db8:40::9',
        device: { browser: 'Safari', system: 'iPhone' },
        created_at: ago(5 * DAY),
        last_used_at: ago(3 * 60 * MINUTE),
        expires_at,
      },
      {
        id: loginId(3),
        current: false,
        method: 'link',
        address: '203.0.113.80',
        device: { browser: null, system: null },
        created_at: ago(9 * DAY),
        last_used_at: ago(DAY),
        expires_at,
      },
    ],
    attempts: [
      {
        at: ago(2 * DAY),
        succeeded: true,
        method: 'password',
        reason: null,
        address: '198.51.100.17',
        new_place: false,
      },
      {
        at: ago(2 * DAY + MINUTE),
        succeeded: false,
        method: 'password',
        reason: 'invalid_credentials',
        address: '198.51.100.17',
        new_place: false,
      },
      {
        at: ago(5 * DAY),
        succeeded: true,
        method: 'password_totp',
        reason: null,
        address: '2001:db8:40::9',
        new_place: true,
      },
      {
        at: ago(8 * DAY),
        succeeded: false,
        method: 'totp',
        reason: 'second_factor_wrong',
        address: '203.0.113.200',
        new_place: false,
      },
    ],
  }
}

/** What a passkey is asked, as JSON. */
export const passkeyOptions = {
  challenge: 'bW9jay1jaGFsbGVuZ2U',
  rpId: 'localhost',
  userVerification: 'required',
  allowCredentials: [],
} as unknown as Record<string, never>

/** What a browser is asked to make, as JSON. */
export const newPasskeyOptions = {
  challenge: 'bW9jay1jaGFsbGVuZ2U',
  rp: { id: 'localhost', name: 'Farol' },
  user: { id: 'bWFyaW5h', name: 'marina@atlantico.example', displayName: 'Marina Duarte' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
} as unknown as Record<string, never>

/** Ten codes, each time others. */
export const recoveryCodes = (batch: number): string[] =>
  Array.from(
    { length: 10 },
    (_, index) => `k7qm-2f${String(batch).padStart(2, '0')}-x9hd-w4${index}t`,
  )
