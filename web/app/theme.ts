/** Light, dark, or what the operating system says. The stylesheet follows `data-theme` on the document. */
import { useEffect } from 'react'

import { usePreference } from './preferences'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const isTheme = (value: string | null): value is Theme => themes.includes(value as Theme)

export function useTheme(): [Theme, (theme: string) => void] {
  const [stored, set] = usePreference('theme')
  return [isTheme(stored) ? stored : 'system', set]
}

/** Keeps the document in the chosen theme; used once, at the root. */
export function useAppliedTheme(): void {
  const [theme] = useTheme()
  useEffect(() => {
    const system = globalThis.matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      const dark = theme === 'dark' || (theme === 'system' && system.matches)
      document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}
