/** Drop-down menus: `Menu` with `MenuItem`, `MenuLink`, `MenuRadio` groups, `MenuLabel` and `MenuLine` inside. */
import { Check } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ComponentProps, ReactElement, ReactNode } from 'react'

import { classes } from './classes'
import { Kbd } from './Kbd'

const item =
  'flex min-h-8 cursor-pointer items-center gap-2 rounded-sm px-2 py-1 text-sm outline-none select-none data-highlighted:bg-hover data-disabled:pointer-events-none data-disabled:opacity-50'

interface MenuProps {
  trigger: ReactElement
  children: ReactNode
  align?: ComponentProps<typeof Radix.Content>['align']
  side?: ComponentProps<typeof Radix.Content>['side']
}

export function Menu({ trigger, children, align = 'end', side }: MenuProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-appear overflow-y-auto rounded-lg border border-line bg-raised p-1 text-ink shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface MenuItemProps extends ComponentProps<typeof Radix.Item> {
  icon?: ReactNode
  shortcut?: string
  danger?: boolean
}

export function MenuItem({ icon, shortcut, danger, children, className, ...rest }: MenuItemProps) {
  return (
    <Radix.Item
      {...rest}
      className={classes(
        item,
        danger && 'text-danger-text data-highlighted:bg-danger-soft',
        className,
      )}
    >
      {icon && <span className="flex w-4 justify-center text-ink-3">{icon}</span>}
      <span className="flex-1">{children}</span>
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </Radix.Item>
  )
}

interface MenuLinkProps extends ComponentProps<'a'> {
  icon?: ReactNode
}

/** An item that is a link, for what the browser itself should follow: files to save, other sites. */
export const MenuLink = ({ icon, children, ...link }: MenuLinkProps) => (
  <Radix.Item asChild className={item}>
    <a {...link}>
      {icon && <span className="flex w-4 justify-center text-ink-3">{icon}</span>}
      <span className="flex-1">{children}</span>
    </a>
  </Radix.Item>
)

interface MenuCheckProps extends ComponentProps<typeof Radix.CheckboxItem> {
  icon?: ReactNode
}

export function MenuCheck({ children, icon, ...rest }: MenuCheckProps) {
  return (
    <Radix.CheckboxItem {...rest} className={item}>
      {icon && <span className="flex w-4 justify-center text-ink-3">{icon}</span>}
      <span className="flex-1">{children}</span>
      <Radix.ItemIndicator>
        <Check size={14} aria-hidden />
      </Radix.ItemIndicator>
    </Radix.CheckboxItem>
  )
}

interface MenuRadioProps {
  label: string
  value: string
  onChange: (value: string) => void
  options: readonly { value: string; label: string; icon?: ReactNode }[]
}

/** A labelled group of which exactly one is chosen. */
export function MenuRadio({ label, value, onChange, options }: MenuRadioProps) {
  return (
    <Radix.Group>
      <MenuLabel>{label}</MenuLabel>
      <Radix.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <Radix.RadioItem
            key={option.value}
            value={option.value}
            className={item}
            // The menu stays open, so that the change can be seen and taken back.
            onSelect={(event) => event.preventDefault()}
          >
            {option.icon && (
              <span className="flex w-4 justify-center text-ink-3">{option.icon}</span>
            )}
            <span className="flex-1">{option.label}</span>
            <Radix.ItemIndicator>
              <Check size={14} aria-hidden />
            </Radix.ItemIndicator>
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </Radix.Group>
  )
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Radix.Label className="px-2 pt-2 pb-1 text-xs font-semibold text-ink-3">{children}</Radix.Label>
)

export const MenuLine = () => <Radix.Separator className="mx-1 my-1 h-px bg-line" />
