/** What several handlers ask before they change anything, answered as the server does. */
import { may } from '~/api/can'
import type { Permission } from '~/api/types'

import type { MockDb } from '../db'
import { MockProblem } from '../problem'

const forbidden = (permission: Permission) =>
  new MockProblem(403, 'forbidden', `None of your roles allows this here (“${permission}”).`)

/** For one organization. */
export function requireAt(db: MockDb, permission: Permission, organizationId: string): void {
  if (!db.me || !may(db.me, permission, organizationId)) throw forbidden(permission)
}

/** For the whole server. */
export function requireForServer(db: MockDb, permission: Permission): void {
  if (!db.me?.server_permissions.includes(permission)) throw forbidden(permission)
}

/** Nobody gives or takes away what they may not do themselves, for the whole server. */
export function requireAll(db: MockDb, permissions: readonly Permission[]): void {
  const missing = permissions.filter((one) => !db.me?.server_permissions.includes(one))
  if (missing.length === 0) return
  const detail = `Nobody gives or takes away what they may not do themselves, and you may not: ${missing.join(', ')}. Ask somebody who may.`
  throw new MockProblem(403, 'forbidden', detail)
}

/** The change is about the state that somebody saw. */
export function requireSeen(what: { etag: string | null }, headers: Headers): void {
  if (what.etag !== headers.get('If-Match')) {
    throw new MockProblem(412, 'version_mismatch', 'It was changed in the meantime.')
  }
}

export const nextVersion = ({ etag }: { etag: string | null }): string =>
  `"${Number((etag ?? '"0"').slice(1, -1)) + 1}"`

const NAME_MAX = 80

const wrong = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

/** The name as it is kept: one line, without white space around it, and not one of `taken`. */
export function checkedName(name: string, taken: readonly string[] = []): string {
  const kept = name.trim()
  if (!kept) throw wrong('name', 'required', 'Please fill this in.')
  if (kept.length > NAME_MAX) throw wrong('name', 'too_long', `At most ${NAME_MAX} characters.`)
  if (/\p{C}/u.test(kept)) throw wrong('name', 'malformed', 'A name is one line of text.')
  if (taken.some((other) => other.toLowerCase() === kept.toLowerCase()))
    throw wrong('name', 'taken', 'Another one is called that.')
  return kept
}
