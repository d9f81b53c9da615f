/** Invitations, and what guests call with the key of their session. Special secrets: `watch`, `control`, `busy`. */
import type { MockDb } from '../db'
import { accept, invitationsOf, invite, lookAt, revoke, sessionOfGuest } from '../guest-data'
import { endSession, resumeSession } from '../live-sessions'
import type { Handlers } from '../types'

type Names =
  | 'GET /api/sessions/{id}/invitations'
  | 'POST /api/sessions/{id}/invitations'
  | 'DELETE /api/sessions/{id}/invitations/{invitation}'
  | 'POST /api/guest/look'
  | 'POST /api/guest/sessions'
  | 'GET /api/guest/session'
  | 'POST /api/guest/session/resume'
  | 'DELETE /api/guest/session'

export function guestHandlers(db: MockDb): Handlers<Names> {
  return {
    'GET /api/sessions/{id}/invitations': ({ id }) => ({
      items: invitationsOf(db, id),
      next_cursor: null,
    }),
    'POST /api/sessions/{id}/invitations': ({ id, body }) =>
      invite(db, id, body.rights, body.minutes ?? 60),
    'DELETE /api/sessions/{id}/invitations/{invitation}': ({ id, params }) => {
      revoke(db, id, params['invitation'] ?? '')
      return null
    },
    'POST /api/guest/look': ({ body }) => lookAt(db, body.secret),
    'POST /api/guest/sessions': ({ body }) => accept(db, body.secret, body.name),
    'GET /api/guest/session': ({ headers }) => sessionOfGuest(db, headers),
    'POST /api/guest/session/resume': ({ headers }) =>
      resumeSession(db, sessionOfGuest(db, headers).id),
    'DELETE /api/guest/session': ({ headers }) => {
      const { id, state, technician } = sessionOfGuest(db, headers)
      const by = { kind: 'guest', name: technician.name }
      if (state !== 'ended') endSession(db, id, { reason: 'technician_ended', by, detail: null })
      return null
    },
  }
}
