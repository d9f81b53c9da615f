/** Webhooks of the mock server: one that goes well, one whose receiver fails, one that is gone. */
import type { Webhook, WebhookAttempt, WebhookDeliveryDetail } from '~/api/types'

const MINUTE = 60_000
const atlantico = '0197c2a0-0000-7000-8000-000000000001'
/** An object of any fields, which the description says no more about. */
const json = (value: unknown) => value as Record<string, never>
const webhookId = (index: number) => `0197c2d0-0000-7000-8000-00000000000${index}`

export const blankWebhook = (id: string, createdBy: string): Webhook => ({
  id,
  organization_id: atlantico,
  name: '',
  url: '',
  event_types: [],
  expression: null,
  enabled: true,
  disabled_because: null,
  previous_secret_until: null,
  waiting: 0,
  dead: 0,
  failures: 0,
  last_attempt_at: null,
  resumes_at: null,
  created_at: new Date().toISOString(),
  created_by_name: createdBy,
  etag: '"1"',
})

export function someWebhooks(now: number): Webhook[] {
  const at = (minutes: number) => new Date(now + minutes * MINUTE).toISOString()
  const webhook = (index: number, name: string, more: Partial<Webhook>): Webhook => ({
    ...blankWebhook(webhookId(index), 'Marina Duarte'),
    name,
    created_at: at(-index * 9000),
    ...more,
  })
  return [
    webhook(1, 'Ticket system', {
      url: 'https://tickets.atlantico.example/hooks/farol',
      event_types: ['session.requested', 'session.ended', 'support_code.redeemed'],
      expression: 'machine:"front desk" -actor:ana*',
      last_attempt_at: at(-3),
    }),
    webhook(2, 'Monitoring', {
      url: 'https://monitoring.atlantico.example/in',
      event_types: ['machine.offline', 'machine.online'],
      waiting: 1,
      dead: 1,
      failures: 4,
      last_attempt_at: at(-1),
      resumes_at: at(1),
    }),
    webhook(3, 'Old chat', {
      url: 'https://chat.atlantico.example/T0/B0',
      event_types: ['*'],
      enabled: false,
      disabled_because: 'gone',
      last_attempt_at: at(-7000),
    }),
  ]
}

export function someDeliveries(now: number): Record<string, WebhookDeliveryDetail[]> {
  const at = (minutes: number) => new Date(now + minutes * MINUTE).toISOString()
  const attempt = (minutes: number, more: Partial<WebhookAttempt>): WebhookAttempt => ({
    at: at(minutes),
    duration_ms: 84,
    status: 204,
    failure: null,
    answer: null,
    ...more,
  })
  const said500 = {
    status: 500,
    duration_ms: 1520,
    failure: {
      code: 'not_taken',
      detail: 'The receiver says that it did not take the event (HTTP 500).',
    },
    answer: 'database is locked',
  } as const
  const detail = (
    index: number,
    type: string,
    tried: WebhookAttempt[],
    more: Partial<WebhookDeliveryDetail['delivery']>,
  ): WebhookDeliveryDetail => ({
    delivery: {
      id: `0197c2d1-0000-7000-8000-00000000000${index}`,
      event_type: type,
      state: 'delivered',
      attempts: tried.length,
      next_attempt_at: null,
      failure: tried.at(-1)?.failure ?? null,
      created_at: at(-index * 20),
      finished_at: at(-index * 20 + 1),
      can_replay: true,
      ...more,
    },
    payload: json({
      type,
      timestamp: at(-index * 20),
      data: { organization_id: atlantico, target: { kind: 'machine', name: 'Front desk' } },
    }),
    tried,
  })
  const waiting = {
    state: 'waiting',
    next_attempt_at: at(9),
    finished_at: null,
    can_replay: false,
  } as const
  return {
    [webhookId(1)]: [
      detail(1, 'session.ended', [attempt(-20, {})], {}),
      detail(2, 'session.requested', [attempt(-41, said500), attempt(-40, {})], {}),
    ],
    [webhookId(2)]: [
      detail(3, 'machine.online', [attempt(-60, said500), attempt(-59, said500)], waiting),
      detail(4, 'machine.offline', [attempt(-1600, said500), attempt(-80, said500)], {
        state: 'dead',
      }),
    ],
    [webhookId(3)]: [],
  }
}
