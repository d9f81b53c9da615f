import { describe, expect, it } from 'vitest'

import description from '../../../../docs/openapi.json'
import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'

import { mayBeKnown, suggested } from './rules'

/** The codes that the server's description names. */
const told = description.components.schemas.QuarantineEntry.properties.reason.description
const codes = [...told.matchAll(/`(\w+)`/g)].map(([, code]) => code ?? '')

const omit = (table: object, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(table).filter(([key]) => !keys.includes(key))) as Record<
    string,
    { why: string }
  >

describe('the reasons of quarantine', () => {
  it('are explained in both languages, every one that the server has', () => {
    expect(codes).toHaveLength(13)
    for (const dictionary of [en, ptBr]) {
      expect(Object.keys(dictionary.quarantine.reasons).sort()).toEqual(codes.toSorted())
    }
  })

  it('speak of neither keys nor tokens where a helpdesk’s agent asks', () => {
    const others = Object.keys(en.quarantine.reasonsOfHelpdesk)
    expect(Object.keys(ptBr.quarantine.reasonsOfHelpdesk)).toEqual(others)
    for (const dictionary of [en, ptBr]) {
      const { reasons, reasonsOfHelpdesk } = dictionary.quarantine
      // These are never had behind that door.
      const agentsOnly = ['copy', 'copy_alive', 'merged_both_alive', 'reinstalled']
      for (const { why } of Object.values({ ...omit(reasons, agentsOnly), ...reasonsOfHelpdesk })) {
        expect(why).not.toMatch(/key|token|chave/i)
      }
    }
  })

  it('suggest what is usually right, and nothing for a code of a newer server', () => {
    expect(suggested({ reason: 'copy' })).toBe('new')
    expect(suggested({ reason: 'reinstalled' })).toBe('machine')
    expect(suggested({ reason: 'sandbox' })).toBe('refuse')
    expect(suggested({ reason: 'ambiguous' })).toBe('none')
    expect(suggested({ reason: 'toString' })).toBe('none')
  })

  it('warn before a known machine gets a second record, not before copies get their own', () => {
    expect(codes.filter((reason) => mayBeKnown({ reason }))).toEqual([
      'hardware_doubtful',
      'former_key',
      'uid_blocked',
      'reinstalled',
      'ambiguous',
    ])
  })
})
