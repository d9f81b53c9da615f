/** Chooses one of an organization's machines, by searching. */
import type { Machine } from '~/api/types'
import { Dialog } from '~/ui/lib/Dialog'

import { MachineSearch } from './MachineSearch'

interface MachinePickerProps {
  title: string
  description?: string
  /** Whose machines; those of another cannot be the same. */
  organizationId: string
  /** Not to be chosen. */
  without?: readonly string[]
  onChoose: (machine: Machine) => void
  onClose: () => void
}

export const MachinePicker = ({ title, description, onClose, ...search }: MachinePickerProps) => (
  <Dialog open onClose={onClose} title={title} {...(description ? { description } : {})}>
    <MachineSearch {...search} />
  </Dialog>
)
