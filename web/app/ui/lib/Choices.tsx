/** One of a few, each explained in a sentence: radio buttons in a frame of their own. */
import { useId } from 'react'

interface ChoicesProps<Value extends string> {
  label: string
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: string; says: string }[]
}

export function Choices<Value extends string>({
  label,
  value,
  onChange,
  options,
}: ChoicesProps<Value>) {
  const id = useId()
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-sm font-semibold">{label}</legend>
      <div className="divide-y divide-line rounded-md border border-line">
        {options.map((option) => (
          <div
            key={option.value}
            className="flex gap-2.5 px-3 py-2 first:rounded-t-md last:rounded-b-md has-checked:bg-beam-soft"
          >
            <input
              type="radio"
              id={`${id}-${option.value}`}
              name={id}
              value={option.value}
              checked={option.value === value}
              aria-describedby={`${id}-${option.value}-says`}
              onChange={() => onChange(option.value)}
              className="mt-1 size-3.5 shrink-0 accent-control"
            />
            <div className="min-w-0">
              <label htmlFor={`${id}-${option.value}`} className="text-sm font-medium">
                {option.label}
              </label>
              <p id={`${id}-${option.value}-says`} className="text-sm text-ink-2">
                {option.says}
              </p>
            </div>
          </div>
        ))}
      </div>
    </fieldset>
  )
}
