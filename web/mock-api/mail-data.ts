/** E-mail of the mock server: a mail server that is set up, and one mail in each state. */
import type { Mail, ServerMail } from '~/api/types'

const MINUTE = 60_000

export const someServerMail = (now: number): ServerMail => ({
  settings: {
    host: 'smtp.atlantico.example',
    port: 587,
    security: 'starttls',
    user: 'farol',
    from_address: 'farol@atlantico.example',
    from_name: 'Farol',
    ca_pem: null,
    changed_at: new Date(now - 4000 * MINUTE).toISOString(),
  },
  etag: '"1"',
})

export const noServerMail = (): ServerMail => ({ settings: null, etag: '"0"' })

export function someMails(now: number): Mail[] {
  const at = (minutes: number) => new Date(now + minutes * MINUTE).toISOString()
  const mail = (number: number, to: string, more: Partial<Mail>): Mail => ({
    id: `0197c2c0-0000-7000-8000-00000000000${number}`,
    to,
    template: 'invitation',
    subject: 'Marina Duarte invites you to Atlântico Suporte on Farol',
    state: 'sent',
    attempts: 1,
    next_attempt_at: null,
    failure: null,
    created_at: at(-number * 30),
    finished_at: at(-number * 30 + 1),
    can_retry: false,
    can_cancel: false,
    ...more,
  })
  return [
    mail(1, 'joana@atlantico.example', {
      state: 'waiting',
      next_attempt_at: at(9),
      attempts: 2,
      finished_at: null,
      failure: {
        code: 'recipient_refused',
        detail:
          'The mail server smtp.atlantico.example:587 takes nothing for joana@atlantico.example. It says: 451 4.7.1 come back later',
      },
      can_retry: true,
      can_cancel: true,
    }),
    mail(2, 'nobody@atlantico.example', {
      state: 'failed',
      failure: {
        code: 'recipient_refused',
        detail:
          'The mail server smtp.atlantico.example:587 takes nothing for nobody@atlantico.example. It says: 550 5.1.1 no such mailbox',
      },
      can_retry: true,
      can_cancel: true,
    }),
    mail(3, 'ana@atlantico.example', {}),
  ]
}
