/** The frame of set-up and sign-in: the lighthouse at night beside the form, language and theme within reach. */
import { MonitorCog, Moon, Sun } from 'lucide-react'
import type { ReactNode } from 'react'

import { localeOf, locales, useI18n } from '~/i18n'
import { themes, useTheme, type Theme } from '~/theme'
import { Segmented } from '~/ui/lib/Segmented'

import { Lighthouse } from './Lighthouse'

const themeIcons: Record<Theme, typeof Sun> = { system: MonitorCog, light: Sun, dark: Moon }

export function SignedOutLayout({ children }: { children: ReactNode }) {
  const { messages: t, locale, setLocale } = useI18n()
  const [theme, setTheme] = useTheme()
  return (
    <div className="grid min-h-full bg-canvas max-lg:grid-rows-[auto_minmax(0,1fr)] lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <header className="relative overflow-hidden bg-nav max-lg:h-32">
        <Lighthouse />
        <p className="absolute top-6 left-7 text-xl font-bold tracking-tight text-nav-ink">Farol</p>
      </header>
      <div className="flex min-w-0 flex-col px-6 py-6">
        <section aria-label={t.shell.preferences} className="flex flex-wrap justify-end gap-2">
          <Segmented
            label={t.shell.language}
            value={locale}
            onChange={(tag) => setLocale(localeOf(tag) ?? 'en')}
            options={Object.entries(locales).map(([value, label]) => ({ value, label }))}
          />
          <Segmented
            label={t.shell.theme}
            value={theme}
            onChange={setTheme}
            options={themes.map((value) => {
              const Icon = themeIcons[value]
              return { value, label: t.shell.themes[value], icon: <Icon aria-hidden size={14} /> }
            })}
            iconsOnly
          />
        </section>
        <main className="mx-auto flex w-full max-w-[400px] flex-1 flex-col py-8 lg:justify-center">
          {children}
        </main>
      </div>
    </div>
  )
}
