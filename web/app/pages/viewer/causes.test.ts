// @vitest-environment node
/** Whatever ends or interrupts a session has a sentence of its own, in both languages. */
import { describe, expect, it } from 'vitest'

import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'
import { type Failure, failureCode } from '~/session/reconnect'
import type { PipeEnd } from '~/wire/pipe'
import { relayClose } from '~/wire/relay'

import { causeOf, guestCauseOf } from './causes'

const RELAY_CODES = [
  1001, 1006, 4400, 4401, 4403, 4404, 4408, 4409, 4410, 4411, 4412, 4413, 4429,
].map(relayClose)

const PIPE_CODES: PipeEnd['code'][] = [
  'done',
  'version_not_supported',
  'protocol_violation',
  'timed_out',
  'shutting_down',
  'internal',
  'end_user',
]

const API_CODES = [
  'machine_offline',
  'access_never',
  'session_over',
  'capability_missing',
  'too_many_sessions',
  'not_found',
  'not_signed_in',
  'network',
  'forbidden',
  'internal',
  'storage_full',
]

const failures: Failure[] = [
  ...RELAY_CODES.map((code): Failure => ({ source: 'relay', code, reason: '' })),
  ...PIPE_CODES.map((code): Failure => ({ source: 'pipe', end: { by: 'agent', code, text: '' } })),
  { source: 'pipe', end: { by: 'nobody', code: 'timed_out', text: '' } },
  { source: 'pipe', end: { by: 'nobody', code: 'not_sealed', text: '' } },
  { source: 'viewer', code: 'decoder_failed' },
  { source: 'viewer', code: 'attempt_hung' },
  ...API_CODES.map((code): Failure => ({ source: 'api', code, status: 400 })),
]
const codes = [...new Set([...Object.keys(en.codes.endReason), ...failures.map(failureCode)])]

describe('causes', () => {
  it.each(codes)('%s is named', (code) => {
    for (const messages of [en, ptBr]) {
      const { title } = causeOf(messages, code)
      expect(title).not.toBe('')
      expect(title).not.toContain(code)
    }
    expect(causeOf(en, code).title).not.toBe(causeOf(ptBr, code).title)
  })

  it.each([...codes, 'host_left', 'invitation_revoked'])(
    'gives guests nothing to do that they cannot: %s',
    (code) => {
      const [english, portuguese] = [guestCauseOf(en, code), guestCauseOf(ptBr, code)]
      expect(english.title).not.toContain(code)
      expect(english.title).not.toBe(portuguese.title)
      for (const { title, detail } of [english, portuguese])
        expect(`${title} ${detail}`).not.toMatch(
          /connect again|sign in|access rule|your login|conecte de novo|regra de acesso|seu login/i,
        )
    },
  )

  it('has something to say about what nobody thought of', () => {
    expect(causeOf(en, 'new_code').title).toContain('new_code')
  })

  it('says of every state of the screen what can be done', () => {
    for (const messages of [en, ptBr])
      for (const [condition, { title, detail }] of Object.entries(messages.viewer.screen).filter(
        (entry): entry is [string, { title: string; detail: string }] =>
          typeof entry[1] !== 'function',
      )) {
        expect(title, condition).not.toBe('')
        if (condition !== 'ok') expect(detail, condition).not.toBe('')
      }
  })
})
