/**
 * The sentence that says why somebody waits. A code of a newer server stands for itself. A helpdesk's agent has no key and needs
 * no token, so some reasons are told in other words for it.
 */
import type { QuarantineEntry } from '~/api/types'
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

type Asked = Pick<QuarantineEntry, 'reason' | 'door'>

/** Why, the usual cause and what to do; nothing for a code of a newer server. */
export function useReason({ reason, door }: Asked) {
  const t = useMessages().quarantine
  const ofHelpdesk = door === 'helpdesk' ? byCode(t.reasonsOfHelpdesk, reason) : undefined
  return ofHelpdesk ?? byCode(t.reasons, reason)
}

export function Why({ entry }: { entry: Asked }) {
  return <>{useReason(entry)?.why ?? entry.reason}</>
}
