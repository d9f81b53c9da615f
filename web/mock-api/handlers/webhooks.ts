/**
 * Webhooks. Special values: the receiver `down.example` takes no test, an address inside (`10.…`) is not allowed, the expression
 * `nonsense` is not understood, and a webhook that is renamed to `conflict` was changed by somebody else first. Inside the mock nothing is
 * ever sent by itself.
 */
import { may } from '~/api/can'
import type { Webhook, WebhookDeliveryDetail } from '~/api/types'
import { en } from '~/i18n/en'

import { type MockDb, ownerMe } from '../db'
import { MockProblem, notFound } from '../problem'
import type { Handlers } from '../types'
import { blankWebhook } from '../webhook-data'
import { checkedName, nextVersion, requireSeen } from './checks'
import { page } from './pages'

type Names =
  | 'GET /api/webhook-event-types'
  | 'GET /api/webhooks'
  | 'POST /api/webhooks'
  | 'GET /api/webhooks/{id}'
  | 'PATCH /api/webhooks/{id}'
  | 'DELETE /api/webhooks/{id}'
  | 'POST /api/webhooks/{id}/rotate'
  | 'POST /api/webhooks/{id}/test'
  | 'GET /api/webhooks/{id}/deliveries'
  | 'GET /api/webhooks/{id}/deliveries/{delivery}'
  | 'POST /api/webhooks/{id}/deliveries/{delivery}/replay'
  | 'POST /api/webhooks/{id}/replay'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwXk2o8hN4cZ0='

const invalid = (field: string, code: string, detail: string) =>
  new MockProblem(422, 'validation_failed', 'Some fields are wrong.', {
    fields: [{ field, code, detail }],
  })

type Settings = Pick<Webhook, 'name' | 'url' | 'event_types' | 'expression' | 'enabled'>

/** As the server judges them. */
function checked(wanted: Settings): Settings {
  const url = wanted.url.trim()
  if (!url.startsWith('https://')) throw invalid('url', 'invalid', 'It starts with https://.')
  if (url.startsWith('https://10.')) throw invalid('url', 'not_allowed', 'It is not public.')
  if (wanted.event_types.length === 0)
    throw invalid('event_types', 'required', 'Choose at least one event.')
  const expression = wanted.expression?.trim() ?? ''
  if (expression === 'nonsense')
    throw invalid(
      'expression',
      'not_understood',
      '“nonsense” is no condition; write field:value, as in type:session.*.',
    )
  return { ...wanted, name: checkedName(wanted.name), url, expression: expression || null }
}

const now = () => new Date().toISOString()

export function webhookHandlers(db: MockDb): Handlers<Names> {
  const managed = () => {
    if (!may(db.me ?? ownerMe, 'webhook.manage'))
      throw new MockProblem(403, 'forbidden', 'None of your roles allows this here.')
  }
  const find = (id: string): Webhook => {
    managed()
    const webhook = db.webhooks.find((one) => one.id === id)
    if (!webhook) throw notFound('webhook')
    return webhook
  }
  const deliveriesOf = (id: string) => db.deliveries[find(id).id] ?? []
  const delivery = (params: Readonly<Record<string, string>>): WebhookDeliveryDetail => {
    const found = deliveriesOf(params['id'] ?? '').find(
      (one) => one.delivery.id === params['delivery'],
    )
    if (!found) throw notFound('event of this webhook')
    return found
  }
  const changed = () => db.publish('webhooks', 'audit')
  const change = (webhook: Webhook, to: Partial<Webhook>) => {
    Object.assign(webhook, to, { etag: nextVersion(webhook) })
    changed()
  }
  const replay = (webhook: Webhook, detail: WebhookDeliveryDetail) => {
    if (!webhook.enabled) throw new MockProblem(409, 'conflict', 'This webhook is disabled.')
    if (detail.delivery.state === 'dead') webhook.dead -= 1
    webhook.waiting += 1
    Object.assign(detail.delivery, {
      state: 'waiting',
      next_attempt_at: now(),
      finished_at: null,
      can_replay: false,
    })
    changed()
  }
  return {
    'GET /api/webhook-event-types': () => {
      managed()
      return { items: [...Object.keys(en.audit.actions), 'machine.online', 'machine.offline'] }
    },
    'GET /api/webhooks': ({ query }) => {
      managed()
      return page(db, db.webhooks, query)
    },
    'POST /api/webhooks': ({ body }) => {
      managed()
      const settings = checked({
        name: body.name,
        url: body.url,
        event_types: body.event_types,
        expression: body.expression ?? null,
        enabled: body.enabled ?? true,
      })
      const webhook: Webhook = {
        ...blankWebhook(db.nextId(), (db.me ?? ownerMe).account.name),
        ...(body.organization_id ? { organization_id: body.organization_id } : {}),
        ...settings,
      }
      db.webhooks.push(webhook)
      changed()
      return { webhook, secret: SECRET }
    },
    'GET /api/webhooks/{id}': ({ id }) => {
      if (db.scenario === 'failing')
        throw new MockProblem(500, 'internal', 'The server has failed.')
      return find(id)
    },
    'PATCH /api/webhooks/{id}': ({ id, body, headers }) => {
      const webhook = find(id)
      if (body.name === 'conflict' && webhook.etag === headers.get('If-Match'))
        change(webhook, { name: 'Somebody’s choice' })
      requireSeen(webhook, headers)
      const settings = checked({
        name: body.name ?? webhook.name,
        url: body.url ?? webhook.url,
        event_types: body.event_types ?? webhook.event_types,
        expression: body.expression ?? webhook.expression,
        enabled: body.enabled ?? webhook.enabled,
      })
      change(webhook, {
        ...settings,
        ...(settings.enabled ? { disabled_because: null } : {}),
      })
      return webhook
    },
    'DELETE /api/webhooks/{id}': ({ id, headers }) => {
      const webhook = find(id)
      requireSeen(webhook, headers)
      db.webhooks.splice(db.webhooks.indexOf(webhook), 1)
      changed()
      return null
    },
    'POST /api/webhooks/{id}/rotate': ({ id }) => {
      const webhook = find(id)
      const until = new Date(Date.now() + 86_400_000).toISOString()
      change(webhook, { previous_secret_until: until })
      return { webhook, secret: SECRET }
    },
    'POST /api/webhooks/{id}/test': ({ id }) => {
      const down = find(id).url.startsWith('https://down.example')
      return {
        id: db.nextId(),
        duration_ms: down ? 15_000 : 84,
        status: down ? null : 204,
        failure: down
          ? { code: 'timed_out', detail: 'down.example gave no answer within 15 seconds.' }
          : null,
        answer: null,
      }
    },
    'GET /api/webhooks/{id}/deliveries': ({ id, query }) => {
      const state = query.get('state')
      const all = deliveriesOf(id).map((one) => one.delivery)
      return page(
        db,
        all.filter((one) => !state || one.state === state),
        query,
      )
    },
    'GET /api/webhooks/{id}/deliveries/{delivery}': ({ params }) => delivery(params),
    'POST /api/webhooks/{id}/deliveries/{delivery}/replay': ({ id, params }) => {
      const found = delivery(params)
      replay(find(id), found)
      return found.delivery
    },
    'POST /api/webhooks/{id}/replay': ({ id }) => {
      const webhook = find(id)
      const dead = deliveriesOf(id).filter((one) => one.delivery.state === 'dead')
      for (const one of dead) replay(webhook, one)
      return { replayed: dead.length }
    },
  }
}
