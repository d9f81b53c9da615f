/** An on/off setting that takes effect at once. */
import { Switch as Radix } from 'radix-ui'
import { useId } from 'react'

interface SwitchProps {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}

export function Switch({ label, checked, onChange, disabled }: SwitchProps) {
  const id = useId()
  return (
    <div className="flex min-h-6 items-center gap-2">
      <Radix.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        className="h-4 w-7 shrink-0 rounded-full bg-line-strong p-0.5 transition-colors data-[state=checked]:bg-ok"
      >
        <Radix.Thumb className="block size-3 rounded-full bg-white transition-transform data-[state=checked]:translate-x-3" />
      </Radix.Root>
      <label htmlFor={id} className="text-sm">
        {label}
      </label>
    </div>
  )
}
