/**
 * The frame around every page that needs a login: navigation, top bar, command palette, the event stream.
 * It stays mounted while pages change.
 */
import { useQueryClient } from '@tanstack/react-query'
import { Outlet, useMatch, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import { LiveUpdates } from '~/api/events'
import { useShortcut } from '~/components/shortcuts'
import { useMessages } from '~/i18n'
import { usePreference } from '~/preferences'

import { CommandPalette } from './CommandPalette'
import { FactorDue } from './FactorDue'
import { Navigation, NavigationDrawer } from './Navigation'
import { SessionReasonDialog } from './SessionReasonDialog'
import { ShortcutsHelp } from './ShortcutsHelp'
import { SignOutProvider } from './sign-out'
import { StepUpDialog } from './StepUpDialog'
import { TopBar } from './TopBar'

/** The event stream lives as long as the shell: from sign-in to sign-out. */
function useLiveUpdates(): LiveUpdates {
  const queryClient = useQueryClient()
  const [live] = useState(() => new LiveUpdates(queryClient))
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  return live
}

/** Moves the focus to the new page, so that the keyboard and screen readers go on from its beginning. */
function useFocusOnNavigation(skip: boolean) {
  const main = useRef<HTMLElement>(null)
  const pathname = useRouterState({ select: (state) => state.location.pathname })
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    if (!skip) main.current?.focus({ preventScroll: true })
  }, [pathname, skip])
  return main
}

function useGoToShortcuts() {
  const navigate = useNavigate()
  useShortcut('g m', () => void navigate({ to: '/machines' }))
  useShortcut('g s', () => void navigate({ to: '/sessions' }))
  useShortcut('g u', () => void navigate({ to: '/support' }))
  useShortcut('g e', () => void navigate({ to: '/enrollment' }))
  useShortcut('g q', () => void navigate({ to: '/quarantine' }))
  useShortcut('g d', () => void navigate({ to: '/duplicates' }))
  useShortcut('g a', () => void navigate({ to: '/audit' }))
}

export function AppShell() {
  const t = useMessages()
  const live = useLiveUpdates()
  const [panel, setPanel] = useState<'palette' | 'help' | 'drawer' | null>(null)
  const [navigation, setNavigation] = usePreference('navigation')
  const onViewer =
    useMatch({ from: '/shell/machines/$id/session', shouldThrow: false }) !== undefined
  const main = useFocusOnNavigation(onViewer)
  const close = () => setPanel(null)

  useGoToShortcuts()
  useShortcut('mod+k', () => setPanel(panel === 'palette' ? null : 'palette'))
  useShortcut('?', () => setPanel('help'))

  return (
    <SignOutProvider>
      <a
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
        className="fixed top-1 left-1 z-50 -translate-y-16 rounded-md bg-primary px-3 py-2 font-semibold text-primary-ink focus:translate-y-0"
      >
        {t.shell.skip}
      </a>
      <div className="grid h-full grid-cols-[auto_minmax(0,1fr)] grid-rows-[40px_minmax(0,1fr)]">
        <Navigation
          narrow={onViewer || navigation === 'narrow'}
          fixed={onViewer}
          onToggle={() => setNavigation(navigation === 'narrow' ? 'wide' : 'narrow')}
        />
        <TopBar
          live={live}
          onPalette={() => setPanel('palette')}
          onHelp={() => setPanel('help')}
          onMenu={() => setPanel('drawer')}
        />
        <main
          ref={main}
          id="content"
          tabIndex={-1}
          className={
            onViewer
              ? 'min-h-0 min-w-0 overflow-hidden outline-none max-md:col-span-2'
              : 'relative min-h-0 min-w-0 overflow-y-auto px-4 pt-5 pb-10 outline-none max-md:col-span-2 md:px-6'
          }
        >
          {onViewer ? (
            <Outlet />
          ) : (
            <div className="mx-auto max-w-[1320px]">
              <FactorDue />
              <Outlet />
            </div>
          )}
        </main>
      </div>
      <NavigationDrawer open={panel === 'drawer'} onClose={close} />
      <CommandPalette open={panel === 'palette'} onClose={close} />
      <ShortcutsHelp open={panel === 'help'} onClose={close} />
      <StepUpDialog />
      <SessionReasonDialog />
    </SignOutProvider>
  )
}
