/** Requests for access for a while: asked for, decided about, withdrawn. Their time passes as on the server. */
import { accessRequestState, isAboutMachines, may } from '~/api/can'
import type { AccessRequest, Me } from '~/api/types'

import { WAITS } from '../access-request-data'
import { type MockDb, ownerMe } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { page } from './pages'

type Names =
  | 'GET /api/access-requests'
  | 'POST /api/access-requests'
  | 'GET /api/access-requests/{id}'
  | 'POST /api/access-requests/{id}/approve'
  | 'POST /api/access-requests/{id}/refuse'
  | 'POST /api/access-requests/{id}/withdraw'

const TEXT_MAX = 500

const after = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

const invalid = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

const decided = () =>
  new MockProblem(409, 'conflict', 'This request is decided about already, or over.')

function checkText(field: string, text: string): string {
  if (text.trim().length > TEXT_MAX) throw invalid(field, 'too_long', 'At most 500 characters.')
  return text.trim()
}

export function accessRequestHandlers(db: MockDb): Handlers<Names> {
  const me = (): Me => db.me ?? ownerMe
  const isOwn = ({ account_id: id }: AccessRequest) => id === me().account.id
  const decides = (one: AccessRequest): boolean =>
    !isOwn(one) && one.permissions.every((permission) => may(me(), permission, one.organization_id))
  const seen = (one: AccessRequest): AccessRequest => {
    const state = accessRequestState(one, Date.now())
    const open = state === 'waiting' || state === 'approved'
    return {
      ...one,
      state,
      may_decide: decides(one) && state === 'waiting',
      may_withdraw: (isOwn(one) || decides(one)) && open,
    }
  }
  const find = (id: string): AccessRequest => {
    const found = db.accessRequests.find((one) => one.id === id)
    if (!found || !(isOwn(found) || decides(found))) throw notFound('access request')
    return found
  }
  const change = (one: AccessRequest, to: Partial<AccessRequest>): AccessRequest => {
    Object.assign(one, to)
    db.publish('access-requests', 'audit', 'accounts')
    return seen(one)
  }
  const decide = (id: string, state: 'approved' | 'refused', note: string): AccessRequest => {
    const found = find(id)
    if (isOwn(found))
      throw new MockProblem(403, 'forbidden', 'Nobody decides about what they ask for themselves.')
    if (!seen(found).may_decide) throw decided()
    return change(found, {
      state,
      note: checkText('note', note),
      decided_at: after(0),
      decided_by_name: me().account.name,
      expires_at: state === 'approved' ? after(found.duration_seconds) : null,
    })
  }
  return {
    'GET /api/access-requests': ({ query }) => {
      const listed = db.accessRequests.filter((one) => isOwn(one) || decides(one)).map(seen)
      const limit = new URLSearchParams({ limit: '500', cursor: query.get('cursor') ?? '0' })
      return page(db, listed, limit)
    },
    'POST /api/access-requests': ({ body }) => {
      const machine = db.machines.find(({ id }) => id === body.machine_id)
      if (!machine) throw notFound('machine')
      const reason = checkText('reason', body.reason)
      if (reason === '') throw invalid('reason', 'required', 'Say why in a few words.')
      if (body.permissions.length === 0)
        throw invalid('permissions', 'required', 'Say what you ask for.')
      if (!body.permissions.every(isAboutMachines))
        throw invalid('permissions', 'not_about_machines', 'Ask only for what is about machines.')
      const { id, name, organization_id } = machine
      const created: AccessRequest = {
        id: db.nextId(),
        organization_id,
        machine_id: id,
        machine_name: name,
        account_id: me().account.id,
        account_name: me().account.name,
        permissions: body.permissions,
        reason,
        duration_seconds: body.duration_seconds,
        state: 'waiting',
        created_at: after(0),
        lapses_at: after(WAITS / 1000),
        decided_at: null,
        decided_by_name: null,
        note: '',
        expires_at: null,
        ended_at: null,
        ended_by_name: null,
        may_decide: false,
        may_withdraw: true,
      }
      db.accessRequests.unshift(created)
      return change(created, {})
    },
    'GET /api/access-requests/{id}': ({ id }) => seen(find(id)),
    'POST /api/access-requests/{id}/approve': ({ id, body }) =>
      decide(id, 'approved', body.note ?? ''),
    'POST /api/access-requests/{id}/refuse': ({ id, body }) =>
      decide(id, 'refused', body.note ?? ''),
    'POST /api/access-requests/{id}/withdraw': ({ id }) => {
      const found = find(id)
      if (!seen(found).may_withdraw) throw decided()
      return change(found, {
        state: 'withdrawn',
        ended_at: after(0),
        ended_by_name: me().account.name,
      })
    },
  }
}
