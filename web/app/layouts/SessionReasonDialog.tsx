/** Asks why a session is opened, where a role asks for that (see `api/session-reason.ts`). */
import { useEffect, useSyncExternalStore } from 'react'

import { sessionReason } from '~/api/session-reason'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useMessages } from '~/i18n'

/** The longest reason of a session that the server takes, in characters. */
const REASON_MAX = 300

export function SessionReasonDialog() {
  const { why: t } = useMessages().sessions
  const asked = useSyncExternalStore(sessionReason.subscribe, sessionReason.getSnapshot)
  // Nobody is left to ask when the shell goes.
  useEffect(() => () => sessionReason.giveUp(), [])
  if (!asked) return null
  return (
    <ReasonDialog
      title={t.title}
      label={t.label}
      hint={t.hint}
      action={t.action}
      look="primary"
      required
      most={REASON_MAX}
      onConfirm={(reason) => sessionReason.settle(reason)}
      pending={false}
      error={asked.problem}
      onClose={() => sessionReason.settle(null)}
    >
      {asked.machineName && <p className="font-semibold">{asked.machineName}</p>}
      <p>{t.body}</p>
    </ReasonDialog>
  )
}
