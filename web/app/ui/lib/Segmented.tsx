/** A small set of exclusive choices shown side by side. */
import { ToggleGroup } from 'radix-ui'
import type { ReactNode } from 'react'

interface SegmentedProps<Value extends string> {
  label: string
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: string; icon?: ReactNode }[]
  /** Labels are read aloud and shown on hover only. */
  iconsOnly?: boolean
}

export function Segmented<Value extends string>({
  label,
  value,
  onChange,
  options,
  iconsOnly,
}: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      // An empty value means the chosen one was pressed again: it stays chosen.
      onValueChange={(next) => next && onChange(next as Value)}
      className="inline-flex rounded-md border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          title={iconsOnly ? option.label : undefined}
          className="inline-flex h-6 items-center gap-1.5 rounded-sm px-2 text-sm text-ink-2 hover:text-ink data-[state=on]:bg-raised data-[state=on]:font-semibold data-[state=on]:text-ink data-[state=on]:shadow-sm"
        >
          {option.icon}
          {iconsOnly ? <span className="sr-only">{option.label}</span> : option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
