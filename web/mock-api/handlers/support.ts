/**
 * Support codes, the queue, and the public page. Special values: the code `000-000-000` was asked for too often, `111-00Z-0ZB`
 * is of an organization that has placed no agent, and every other right one but `K7Q-F2M-9X4` is unknown; a note `taken` is
 * refused, and whoever noted `too late` was taken by somebody else a moment ago.
 */
import type { SupportCode } from '~/api/types'
import { symbolsOf } from '~/support-code'

import { type MockDb, organization, owner } from '../db'
import { MockProblem, notFound } from '../problem'
import { someAgents, theo } from '../support-data'
import type { Handlers } from '../types'

type Names =
  | 'GET /api/support-codes'
  | 'POST /api/support-codes'
  | 'DELETE /api/support-codes/{id}'
  | 'GET /api/support-queue'
  | 'DELETE /api/support-queue/{id}'
  | 'POST /api/support-queue/{id}/take'
  | 'POST /api/support-queue/{id}/release'
  | 'POST /api/join/look'

const KNOWN = 'K7Q-F2M-9X4'
const after = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

export function supportHandlers(db: MockDb): Handlers<Names> {
  const failing = () => {
    if (db.scenario === 'failing') throw new MockProblem(500, 'internal', 'Something went wrong.')
  }
  const find = (id: string) => {
    const person = db.queue.find((candidate) => candidate.id === id)
    if (!person) throw notFound('waiting person')
    return person
  }
  return {
    'GET /api/support-codes': () => {
      failing()
      return { items: db.supportCodes, next_cursor: null }
    },
    'POST /api/support-codes': ({ body }) => {
      if (body.note === 'taken') {
        const fields = [{ field: 'note', code: 'malformed', detail: 'A note is one line of text.' }]
        throw new MockProblem(422, 'validation_failed', 'Some fields are wrong.', { fields })
      }
      const kept: SupportCode = {
        id: db.nextId(),
        organization_id: organization.id,
        note: body.note ?? '',
        created_by: owner,
        assigned_to: body.assigned_to === 'me' ? owner : null,
        created_at: after(0),
        expires_at: after(body.minutes ?? 30),
      }
      db.supportCodes.push(kept)
      db.publish('support-codes', 'audit')
      const plain = symbolsOf(KNOWN)
      return { ...kept, code: KNOWN, join_url: `https://help.atlantico.example/join#code=${plain}` }
    },
    'DELETE /api/support-codes/{id}': ({ id }) => {
      const at = db.supportCodes.findIndex((code) => code.id === id)
      if (at < 0) throw notFound('support code')
      db.supportCodes.splice(at, 1)
      db.publish('support-codes', 'audit')
      return null
    },
    'GET /api/support-queue': () => {
      failing()
      return { items: db.queue, next_cursor: null }
    },
    'DELETE /api/support-queue/{id}': ({ id }) => {
      db.queue.splice(db.queue.indexOf(find(id)), 1)
      db.publish('support-queue', 'audit')
      return null
    },
    'POST /api/support-queue/{id}/take': ({ id }) => {
      const person = find(id)
      if (person.note === 'too late') {
        person.taken_by = theo
        person.taken_at = after(0)
        db.publish('support-queue')
      }
      if (person.taken_by && person.taken_by.id !== owner.id) {
        const detail = `${person.taken_by.name} has taken this person already.`
        throw new MockProblem(409, 'taken', detail)
      }
      person.taken_by = owner
      person.taken_at = after(0)
      db.publish('support-queue', 'audit')
      return person
    },
    'POST /api/support-queue/{id}/release': ({ id }) => {
      const person = find(id)
      person.taken_by = null
      person.taken_at = null
      db.publish('support-queue', 'audit')
      return person
    },
    'POST /api/join/look': ({ body }) => {
      switch (symbolsOf(body.code)) {
        case symbolsOf(KNOWN):
          return {
            organization: organization.name,
            technician: owner.name,
            expires_at: after(22),
            downloads: someAgents,
          }
        case '11100Z0ZB':
          return {
            organization: organization.name,
            technician: null,
            expires_at: after(22),
            downloads: [],
          }
        case '000000000':
          throw new MockProblem(429, 'too_many_attempts', 'Too many wrong codes.', {
            retryAfter: 60,
          })
        default:
          throw new MockProblem(404, 'code_unknown', 'This support code does not work.')
      }
    },
  }
}
