/** A check box that selects a row of a table, or all of them. */
import { useEffect, useRef } from 'react'

import { classes } from '~/ui/lib/classes'

import { aboveRowLink } from './table'

interface CheckProps {
  label: string
  checked: boolean
  mixed?: boolean
  onChange: (checked: boolean) => void
}

/** The label around it makes the target as large as the cell. */
export function Check({ label, checked, mixed = false, onChange }: CheckProps) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed
  }, [mixed])
  return (
    <label className={classes(aboveRowLink, '-m-1.5 flex p-1.5')}>
      <span className="sr-only">{label}</span>
      <input
        ref={box}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-control"
      />
    </label>
  )
}
