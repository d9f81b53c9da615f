/** The bar above every page: the remote sessions of this tab, the state of live data, search, account. */
import { Keyboard, Menu as MenuIcon, Search } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import type { LiveUpdates } from '~/api/events'
import { printed } from '~/components/shortcuts'
import { useMessages } from '~/i18n'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Tooltip } from '~/ui/lib/Tooltip'

import { AccountMenu } from './AccountMenu'
import { SessionTabs } from './SessionTabs'

const dots = { connecting: 'bg-idle', live: 'bg-ok', lost: 'bg-warn animate-pulse' }

/** Whether what is on the page is up to date. Quiet while it is. */
function LiveIndicator({ live }: { live: LiveUpdates }) {
  const t = useMessages()
  const state = useSyncExternalStore(live.subscribe, live.getSnapshot)
  return (
    // Around the button: what stands inside one is only its name, and would not be announced when it changes.
    <span role="status">
      <Tooltip text={t.shell.liveHint[state]}>
        {/* Focusable, so that the explanation is within reach of the keyboard. */}
        <button
          type="button"
          className={classes(
            'flex h-7 items-center gap-1.5 rounded-md px-2 text-xs',
            state === 'lost' ? 'bg-warn-soft font-semibold text-warn-text' : 'text-ink-3',
          )}
        >
          <span aria-hidden className={classes('size-1.5 rounded-full', dots[state])} />
          <span className={state === 'lost' ? undefined : 'max-lg:sr-only'}>
            {t.shell.live[state]}
          </span>
        </button>
      </Tooltip>
    </span>
  )
}

interface TopBarProps {
  live: LiveUpdates
  onPalette: () => void
  onHelp: () => void
  onMenu: () => void
}

export function TopBar({ live, onPalette, onHelp, onMenu }: TopBarProps) {
  const t = useMessages()
  return (
    <header className="col-start-2 flex h-10 min-w-0 items-center gap-1 border-b border-line bg-surface pr-2 pl-2 max-md:col-span-2 max-md:col-start-1">
      <IconButton
        label={t.shell.openMenu}
        icon={<MenuIcon aria-hidden size={17} />}
        onClick={onMenu}
        className="md:hidden"
      />
      <SessionTabs />
      <div className="ml-auto flex shrink-0 items-center gap-1">
        <LiveIndicator live={live} />
        <button
          type="button"
          onClick={onPalette}
          className="flex h-7 items-center gap-2 rounded-md border border-line bg-canvas px-2 text-xs text-ink-3 hover:border-line-strong hover:text-ink"
        >
          <Search aria-hidden size={13} />
          {/* The key hint is a part of the name: in narrow windows it is all that can be seen and said of it. */}
          <span className="max-lg:sr-only">{t.shell.palette.placeholder}</span>{' '}
          <kbd className="font-sans max-sm:hidden">{printed('mod+k')[0]}</kbd>
        </button>
        <IconButton
          label={t.shell.shortcuts}
          shortcut="?"
          size="sm"
          icon={<Keyboard aria-hidden size={16} />}
          onClick={onHelp}
          className="max-md:hidden"
        />
        <AccountMenu onHelp={onHelp} />
      </div>
    </header>
  )
}
