/**
 * E-mail. Special values: a test fails as the host says, `starttls_missing.example` and so on; the host `wrong` is refused. Inside the
 * mock nothing is ever sent by itself.
 */
import type { Mail, MailFailureCode, NewMailSettings } from '~/api/types'

import type { MockDb } from '../db'
import { noServerMail } from '../mail-data'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { nextVersion, requireForServer, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/mail'
  | 'GET /api/server-mail'
  | 'PUT /api/server-mail'
  | 'DELETE /api/server-mail'
  | 'POST /api/server-mail/test'
  | 'GET /api/server-mail/outbox'
  | 'DELETE /api/server-mail/outbox/{id}'
  | 'POST /api/server-mail/outbox/{id}/retry'

const wrong = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

const notSetUp = () => new MockProblem(409, 'mail_not_set_up', 'No mail server has been set up.')

/** As the server judges them: the stored password goes nowhere else. */
function check(db: MockDb, settings: NewMailSettings): void {
  if (!settings.host) throw wrong('host', 'required', 'Please fill this in.')
  if (settings.host === 'wrong') throw wrong('host', 'invalid', 'This is not the name of a server.')
  if (settings.port === 0) throw wrong('port', 'not_allowed', 'Mail servers listen elsewhere.')
  const kept = db.serverMail.settings
  const same = kept && kept.host === settings.host && kept.user === settings.user
  if (settings.user && !settings.password && !same) {
    throw wrong('password', 'required', 'Type the password.')
  }
}

const CODES: readonly MailFailureCode[] = [
  'starttls_missing',
  'certificate_refused',
  'sign_in_refused',
  'unreachable',
]

export function mailHandlers(db: MockDb): Handlers<Names> {
  const find = (id: string): Mail => {
    const mail = db.mails.find((one) => one.id === id)
    if (!mail) throw notFound('e-mail')
    return mail
  }
  const owned = () => requireForServer(db, 'server.manage')
  const changed = () => db.publish('mail', 'audit')
  return {
    'GET /api/mail': () => ({ set_up: db.serverMail.settings !== null }),
    'GET /api/server-mail': () => {
      owned()
      return db.serverMail
    },
    'PUT /api/server-mail': ({ body, headers }) => {
      owned()
      requireSeen(db.serverMail, headers)
      check(db, body)
      const { password: _password, ...rest } = body
      db.serverMail = {
        settings: {
          ...rest,
          user: rest.user ?? null,
          ca_pem: rest.ca_pem ?? null,
          changed_at: new Date().toISOString(),
        },
        etag: nextVersion(db.serverMail),
      }
      changed()
      return db.serverMail
    },
    'DELETE /api/server-mail': ({ headers }) => {
      owned()
      requireSeen(db.serverMail, headers)
      db.serverMail = noServerMail()
      changed()
      return null
    },
    'POST /api/server-mail/test': ({ body }) => {
      owned()
      if (body.settings) check(db, body.settings)
      const host = body.settings?.host ?? db.serverMail.settings?.host
      if (!host) throw notSetUp()
      const code = CODES.find((one) => host.startsWith(one))
      const detail = `The mail server ${host} gave the mock’s answer for ${code}.`
      return {
        to: db.me?.account.email ?? '',
        failure: code ? { code, detail } : null,
      }
    },
    'GET /api/server-mail/outbox': ({ query }) => {
      owned()
      const state = query.get('state')
      return page(
        db,
        db.mails.filter((mail) => !state || mail.state === state),
        query,
      )
    },
    'DELETE /api/server-mail/outbox/{id}': ({ id }) => {
      owned()
      const mail = find(id)
      if (!mail.can_cancel) throw new MockProblem(409, 'conflict', 'It came to its end.')
      Object.assign(mail, {
        state: 'canceled',
        next_attempt_at: null,
        can_retry: false,
        can_cancel: false,
      })
      changed()
      return null
    },
    'POST /api/server-mail/outbox/{id}/retry': ({ id }) => {
      owned()
      const mail = find(id)
      if (!mail.can_retry) throw new MockProblem(409, 'conflict', 'It came to its end.')
      mail.state = 'waiting'
      mail.next_attempt_at = new Date().toISOString()
      changed()
      return mail
    },
  }
}
