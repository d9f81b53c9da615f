/** With which identity providers one of the people is connected. */
import type { Me, Person } from '~/api/types'
import { Identities } from '~/components/Identities'
import { useMessages } from '~/i18n'
import { Dialog } from '~/ui/lib/Dialog'

interface IdentitiesDialogProps {
  person: Person
  me: Me
  onClose: () => void
}

export function IdentitiesDialog({ person, me, onClose }: IdentitiesDialogProps) {
  const { connections: t } = useMessages().signOn
  const own = person.id === me.account.id
  return (
    <Dialog open onClose={onClose} title={t.titleOf({ name: person.name })} wide>
      <Identities account={person.id} mayDisconnect={own || person.may_manage} />
    </Dialog>
  )
}
