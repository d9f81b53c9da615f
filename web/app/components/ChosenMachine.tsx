/** One machine as a field of a form: searched for, then shown by its name. */
import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'

import { machinesQuery } from '~/api/queries'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'

import { MachineSearch } from './MachineSearch'

interface ChosenMachineProps {
  /** Whose machines; everybody's when left out. */
  organizationId?: string
  machine: { id: string; name: string } | null
  error?: string | null
  onChoose: (machine: { id: string; name: string; organization_id: string } | null) => void
}

/** Found in a list of a few: the form goes on below it. */
const MOST = 4

export function ChosenMachine({ machine, onChoose, error = null, ...search }: ChosenMachineProps) {
  const { place: t } = useMessages().assignments
  const { data: machines } = useQuery(machinesQuery)
  const wrong = useId()
  if (!machine) {
    return <MachineSearch {...search} most={MOST} error={error} onChoose={onChoose} />
  }
  // What was chosen elsewhere comes without its name.
  const name = machines?.find(({ id }) => id === machine.id)?.name ?? machine.name
  return (
    <section aria-label={t.machine} className="flex flex-col gap-1">
      <p className="text-sm font-semibold">{t.machine}</p>
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 text-sm break-words">{name}</p>
        <Button
          size="sm"
          {...(error ? { 'aria-describedby': wrong, 'data-wrong': true } : {})}
          onClick={() => onChoose(null)}
        >
          {t.changeMachine}
        </Button>
      </div>
      {error && (
        <p id={wrong} className="text-sm text-danger-text">
          {error}
        </p>
      )}
    </section>
  )
}
