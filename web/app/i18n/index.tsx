/**
 * Languages of the console.
 *
 * Messages are typed dictionaries: `en/` defines the shape, `pt-br/` must match it or the type check fails. A message
 * is a string, or a function where it has holes. In a component: `const t = useMessages()`, then `t.machines.title`.
 * To add one, write it in both languages in the file of its domain.
 */
import { createContext, use, useEffect, useMemo, type ReactNode } from 'react'

import { usePreference } from '~/preferences'

import { en, type Messages } from './en'
import { formatOf, type Format } from './format'
import { ptBr } from './pt-br'

export type { Messages }

/** The languages, named in themselves. */
export const locales = { en: 'English', 'pt-BR': 'Português (Brasil)' } as const
export type Locale = keyof typeof locales

const dictionaries: Record<Locale, Messages> = { en, 'pt-BR': ptBr }

/** The messages of one language, whoever reads: for texts that are sent to somebody else. */
export const messagesOf = (locale: Locale): Messages => dictionaries[locale]

/** The nearest language that the console speaks; `null` when the tag names none of them. */
export function localeOf(tag: string | null | undefined): Locale | null {
  const primary = tag?.toLowerCase().split(/[-_]/)[0]
  if (primary === 'pt') return 'pt-BR'
  return primary === 'en' ? 'en' : null
}

function browserLocale(): Locale {
  for (const tag of navigator.languages) {
    const locale = localeOf(tag)
    if (locale) return locale
  }
  return 'en'
}

interface I18n {
  locale: Locale
  setLocale: (locale: Locale) => void
  messages: Messages
  format: Format
}

const I18nContext = createContext<I18n | null>(null)

export function I18nProvider({ children }: { children: ReactNode }) {
  const [stored, setLocale] = usePreference('locale')
  const locale = localeOf(stored) ?? browserLocale()
  const value = useMemo(
    () => ({ locale, setLocale, messages: dictionaries[locale], format: formatOf(locale) }),
    [locale, setLocale],
  )
  useEffect(() => {
    document.documentElement.lang = locale
  }, [locale])
  return <I18nContext value={value}>{children}</I18nContext>
}

export function useI18n(): I18n {
  const i18n = use(I18nContext)
  if (!i18n) throw new Error('useI18n needs an I18nProvider above it')
  return i18n
}

/** The messages in the reader's language. */
export const useMessages = (): Messages => useI18n().messages

/** Dates, durations and sizes in the reader's language. */
export const useFormat = (): Format => useI18n().format
