import { renderHook } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { ApiProblem } from '~/api/problem'
import { I18nProvider, type Locale } from '~/i18n'

import { useProblemText } from './problem-text'

/** What a reader of this language is told. */
function told(locale: Locale, facts: { code: string; title?: string; detail: string }) {
  localStorage.setItem('farol.locale', locale)
  const problem = new ApiProblem({ status: 400, title: 'Title', ...facts })
  return renderHook(() => useProblemText()(problem), { wrapper: I18nProvider }).result.current
}

describe('the text of a problem', () => {
  it('has the server’s detail where that says more than the title', () => {
    const detail = 'The disk has 0 bytes left.'
    expect(told('en', { code: 'storage_full', detail }).detail).toBe(detail)
  })

  it('never says the title twice, whatever its case and punctuation', () => {
    const detail = 'E-Mail or password is wrong.'
    expect(told('en', { code: 'invalid_credentials', detail })).toEqual({
      title: 'E-mail or password is wrong',
      detail: 'Check both, and whether Caps Lock is on.',
    })
  })

  it.each(['Out of tea.', '', ' '])(
    'has no detail when there is nothing to add: “%s”',
    (detail) => {
      const facts = { code: 'of_a_newer_server', title: 'Out of tea', detail }
      expect(told('en', facts)).toEqual({ title: 'Out of tea', detail: null })
      expect(told('pt-BR', facts)).toEqual({ title: 'Out of tea', detail: null })
    },
  )

  it('prefers our own words in other languages than the server’s', () => {
    const detail = 'The disk has 0 bytes left.'
    expect(told('pt-BR', { code: 'storage_full', detail }).detail).toMatch(/^Nada se perdeu/)
  })
})
