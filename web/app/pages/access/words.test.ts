// @vitest-environment node
import { describe, expect, it } from 'vitest'

import type { RightAccess } from '~/api/types'
import { en } from '~/i18n/en'
import { ptBr } from '~/i18n/pt-br'

import { blankForm, changeOf, scopeOf, wishesOf } from './form'
import { lineOf, rightsToShow, ruleName } from './words'

const site = { kind: 'site' as const, rule_id: '1', name: 'Recife' }
const right = (name: RightAccess['right'], more: Partial<RightAccess>): RightAccess => ({
  right: name,
  mode: 'unattended',
  on_silence: null,
  source: { kind: 'built_in', rule_id: null, name: null },
  ...more,
})

describe('the line before connecting', () => {
  const access = {
    rights: [
      right('view', {}),
      right('control', { mode: 'ask', on_silence: 'refuse', source: site }),
      right('clipboard', {}),
      right('terminal', { mode: 'never', source: { ...site, kind: 'machine' } }),
    ],
  }

  it('says what happens and why, the same once, in both languages', () => {
    expect(lineOf(en.access, access, ['view', 'control', 'clipboard'])).toBe(
      'View, Clipboard: no question (no rule) · Control: asks the person (rule for site Recife)',
    )
    expect(lineOf(ptBr.access, access, ['control', 'terminal'])).toBe(
      'Controlar: pergunta à pessoa (regra do local Recife) · Terminal: não permitido (regra desta máquina)',
    )
  })

  it('tells a silence that allows from one that refuses', () => {
    const says = (on_silence: 'allow' | 'refuse') =>
      lineOf(en.access, { rights: [right('view', { mode: 'ask_if_logged_on', on_silence })] }, [
        'view',
      ])
    expect(says('refuse')).toBe('View: asks whoever is logged on (no rule)')
    expect(says('allow')).toBe('View: asks whoever is logged on, silence allows (no rule)')
  })

  it('speaks of what the machine’s agent can do', () => {
    expect(rightsToShow(['screen', 'input'])).toEqual(['view', 'control'])
    expect(rightsToShow(['screen', 'terminal', 'clipboard'])).toEqual([
      'view',
      'control',
      'clipboard',
      'terminal',
    ])
  })
})

describe('the form of a rule', () => {
  const form = blankForm('org')

  it('names no machines before they are chosen', () => {
    expect(scopeOf({ ...form, kind: 'site' })).toBeNull()
    expect(scopeOf({ ...form, kind: 'machine' })).toBeNull()
    expect(scopeOf({ ...form, kind: 'tag', tag: ' lab ' })).toEqual({ kind: 'tag', tag: 'lab' })
  })

  it('sends what silence means only where it means something', () => {
    const saying = { mode: 'ask' as const, onSilence: 'allow' as const }
    expect(changeOf(saying)).toEqual({ mode: 'ask' })
    expect(wishesOf({ ...form, ...saying }, { kind: 'organization' })).toEqual({
      organization_id: 'org',
      scope: { kind: 'organization' },
      mode: 'ask',
    })
    const asked = { ...saying, mode: 'ask_if_logged_on' as const }
    expect(changeOf(asked)).toEqual({ mode: 'ask_if_logged_on', on_silence: 'allow' })
  })

  it('is called by what it is about', () => {
    const rule = { scope_name: 'Recife', role: null, role_name: null, right: 'files' as const }
    expect(ruleName(en.access, rule)).toBe('Recife · Every role · Files')
  })
})
