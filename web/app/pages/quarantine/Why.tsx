/** The sentence that says why somebody waits. A code of a newer server stands for itself. */
import { useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'

export function Why({ reason }: { reason: string }) {
  const { reasons } = useMessages().quarantine
  return <>{byCode(reasons, reason)?.why ?? reason}</>
}
