/**
 * The toolbar's menus: how the picture looks, and keys that browsers keep. Unlike the console's other menus they give the
 * focus back to the machine when they close, so that the technician types on at once.
 */
import { Keyboard, Monitor } from 'lucide-react'
import { DropdownMenu, Toolbar as RadixToolbar } from 'radix-ui'
import type { ReactNode } from 'react'

import { chords } from '~/desktop/chords'
import { useMessages } from '~/i18n'
import { mayInput, type RemoteSession, type SessionView } from '~/session'
import { MenuItem, MenuLine, MenuRadio } from '~/ui/lib/Menu'

import { BarButton } from './BarButton'

interface MenuProps {
  session: RemoteSession
  view: SessionView
  onOpenChange: (open: boolean) => void
}

const NEXT_MONITOR_KEYS = 'Ctrl + Alt + Shift + N'

/** Radio values must be text; no monitor is called this. */
const ALL = '\u0000all'

export function ViewMenu({ session, view, onOpenChange }: MenuProps) {
  const t = useMessages().viewer.toolbar
  const { layout } = view
  const monitors = layout?.monitors ?? []
  const shown = layout?.surface.monitor ?? null
  return (
    <BarMenu
      label={t.view}
      icon={<Monitor aria-hidden size={16} />}
      session={session}
      onOpenChange={onOpenChange}
    >
      <MenuRadio
        label={t.scale}
        value={view.scale}
        onChange={(scale) => session.setScale(scale === 'actual' ? 'actual' : 'fit')}
        options={[
          { value: 'fit', label: t.fit },
          { value: 'actual', label: t.actual },
        ]}
      />
      {monitors.length > 1 && (
        <>
          <MenuLine />
          <MenuRadio
            label={t.monitors}
            value={shown ?? ALL}
            onChange={(name) => session.setMonitor(name === ALL ? null : name)}
            options={[
              { value: ALL, label: t.allMonitors },
              ...monitors.map(({ name, width, height }) => ({
                value: name,
                label: t.monitor({ name, size: `${width} × ${height}` }),
              })),
            ]}
          />
          <p className="max-w-60 px-2 pb-1 text-xs text-ink-3">
            {NEXT_MONITOR_KEYS}: {t.nextMonitor}
          </p>
        </>
      )}
      <MenuLine />
      <MenuRadio
        label={t.quality}
        value={view.quality}
        onChange={(quality) => session.setQuality(qualityOf(quality))}
        options={[
          { value: 'auto', label: t.qualityAuto },
          { value: 'lossless', label: t.qualityLossless },
          { value: 'low_bandwidth', label: t.qualityLow },
        ]}
      />
    </BarMenu>
  )
}

function qualityOf(value: string): SessionView['quality'] {
  return value === 'lossless' || value === 'low_bandwidth' ? value : 'auto'
}

export function KeysMenu({ session, view, onOpenChange }: MenuProps) {
  const t = useMessages().viewer
  return (
    <BarMenu
      label={t.toolbar.keys}
      icon={<Keyboard aria-hidden size={16} />}
      disabled={!mayInput(view)}
      session={session}
      onOpenChange={onOpenChange}
    >
      {chords.map(({ id, codes }) => (
        <MenuItem key={id} onSelect={() => session.chord(codes)}>
          {t.keys[id]}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem onSelect={() => session.capturePointer()}>{t.pointer.capture}</MenuItem>
      <p className="max-w-60 px-2 py-1 text-xs text-ink-3">Ctrl + Alt + Shift + P</p>
      <MenuLine />
      <p className="max-w-60 px-2 py-1 text-xs text-ink-3">{t.keys.hint}</p>
      <p className="flex max-w-60 items-center gap-2 px-2 pb-1 text-xs text-ink-3">
        Ctrl + Alt + Shift + M: {t.keys.back}
      </p>
    </BarMenu>
  )
}

interface BarMenuProps {
  label: string
  icon: ReactNode
  disabled?: boolean
  session: RemoteSession
  onOpenChange: (open: boolean) => void
  children: ReactNode
}

function BarMenu({ label, icon, disabled, session, onOpenChange, children }: BarMenuProps) {
  return (
    <DropdownMenu.Root onOpenChange={onOpenChange}>
      <RadixToolbar.Button asChild disabled={disabled}>
        <DropdownMenu.Trigger asChild>
          <BarButton icon={icon} label={label} disabled={disabled} />
        </DropdownMenu.Trigger>
      </RadixToolbar.Button>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="center"
          sideOffset={6}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            session.focus()
          }}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-appear overflow-y-auto rounded-lg border border-line bg-raised p-1 text-ink shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
