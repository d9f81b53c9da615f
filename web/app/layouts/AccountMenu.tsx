/** Who is signed in, language and theme, keyboard help, the way out. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Keyboard, Link2, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'

import { openOrganizations } from '~/api/can'
import { meQuery } from '~/api/queries'
import { locales, useI18n } from '~/i18n'
import { themes, useTheme, type Theme } from '~/theme'
import { Menu, MenuItem, MenuLabel, MenuLine, MenuRadio } from '~/ui/lib/Menu'

import { useSignOut } from './sign-out'
import { useLanguageChoice } from './use-language-choice'

const themeIcons: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon }

/** First letters of the first and the last name. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase()
}

export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { messages: t, locale } = useI18n()
  const { data: me } = useSuspenseQuery(meQuery)
  const [theme, setTheme] = useTheme()
  const chooseLanguage = useLanguageChoice()
  const signOut = useSignOut()
  const navigate = useNavigate()

  const trigger = (
    <button
      type="button"
      className="ml-1 flex size-7 items-center justify-center rounded-full bg-nav text-xs font-semibold text-nav-ink ring-1 ring-nav-line hover:bg-nav-hover"
    >
      {/* Read aloud too: who speaks to the computer says what can be seen. */}
      <span>{initials(me.account.name)}</span>{' '}
      <span className="sr-only">{`${t.shell.account}: ${me.account.name}`}</span>
    </button>
  )
  return (
    <Menu trigger={trigger}>
      <div className="max-w-64 px-2 pt-1.5 pb-1 text-sm">
        <p className="truncate font-semibold">{me.account.name}</p>
        <p className="truncate text-ink-3">{me.account.email}</p>
        <p className="truncate text-ink-3">
          {openOrganizations(me)
            .map(({ name }) => name)
            .join(', ')}
        </p>
      </div>
      <MenuItem
        icon={<UserRound aria-hidden size={15} />}
        onSelect={() => void navigate({ to: '/account' })}
      >
        {t.ownAccount.menu}
      </MenuItem>
      <MenuLine />
      <MenuRadio
        label={t.shell.theme}
        value={theme}
        onChange={setTheme}
        options={themes.map((value) => {
          const Icon = themeIcons[value]
          return { value, label: t.shell.themes[value], icon: <Icon aria-hidden size={15} /> }
        })}
      />
      <MenuRadio
        label={t.shell.language}
        value={locale}
        onChange={chooseLanguage}
        options={Object.entries(locales).map(([value, label]) => ({ value, label }))}
      />
      <MenuLine />
      <MenuItem icon={<Keyboard aria-hidden size={15} />} shortcut="?" onSelect={onHelp}>
        {t.shell.shortcuts}
      </MenuItem>
      <MenuItem
        icon={<Link2 aria-hidden size={15} />}
        onSelect={() => void navigate({ to: '/connections' })}
      >
        {t.signOn.connections.menu}
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden size={15} />} onSelect={signOut}>
        {t.shell.signOut}
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t.shell.server({ version: me.server_version })}</MenuLabel>
    </Menu>
  )
}
