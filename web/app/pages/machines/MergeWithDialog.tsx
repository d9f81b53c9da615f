/** Merges a machine with another one that is searched for. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import type { Machine } from '~/api/types'
import { MachinePicker } from '~/components/MachinePicker'
import { MergeDialog } from '~/components/MergeDialog'
import { useMessages } from '~/i18n'

export function MergeWithDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages().identity.merge
  const navigate = useNavigate()
  const [other, setOther] = useState<Machine | null>(null)
  if (!other) {
    return (
      <MachinePicker
        title={t.chooseTitle({ name: machine.name })}
        organizationId={machine.organization_id}
        without={[machine.id]}
        onChoose={setOther}
        onClose={onClose}
      />
    )
  }
  const show = ({ id }: Machine) =>
    void navigate({ to: '/machines/$id', params: { id }, search: { tab: 'identity' } })
  return <MergeDialog machines={[machine, other]} onMerged={show} onClose={onClose} />
}
