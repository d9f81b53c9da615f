/** What can be decided about an installation, each with what it does. */
import { Ban, CirclePlus, Replace } from 'lucide-react'
import { useState, type ReactNode } from 'react'

import { becomesNewByItself, canApproveAs } from '~/api/can'
import type { Machine, QuarantineEntry } from '~/api/types'
import { MachinePicker } from '~/components/MachinePicker'
import { ReasonDialog } from '~/components/ReasonDialog'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'

import { useApproveNew, useRefuse } from './decide'
import { becomesThat, blockedBeside, mayBeKnown, suggested } from './rules'

const Choice = ({ button, children }: { button: ReactNode; children: ReactNode }) => (
  <div className="flex flex-col items-start gap-1.5 border-t border-line px-4 py-3 first:border-t-0">
    {button}
    <p className="text-sm text-ink-2">{children}</p>
  </div>
)

/** Asks once more where a new machine may be a known one. */
function ConfirmNew({ entry, onClose }: { entry: QuarantineEntry; onClose: () => void }) {
  const t = useMessages().quarantine.asNew
  const approve = useApproveNew(entry)
  const blocked = blockedBeside(entry)
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.confirmTitle({ name: entry.hostname })}
      action={t.action}
      look={blocked ? 'danger' : 'primary'}
      pending={approve.isPending}
      onConfirm={() => approve.mutate(undefined, { onSettled: onClose })}
    >
      {mayBeKnown(entry) && <p>{t.mayBeKnown}</p>}
      {blocked && <p className="text-danger-text">{t.besideBlocked({ machine: blocked.name })}</p>}
    </ConfirmDialog>
  )
}

interface DecidePanelProps {
  entry: QuarantineEntry
  /** The machine is to be confirmed. */
  onMachine: (machine: Machine) => void
}

export function DecidePanel({ entry, onMachine }: DecidePanelProps) {
  const t = useMessages().quarantine
  const [dialog, setDialog] = useState<'new' | 'choose' | 'refuse' | null>(null)
  const approve = useApproveNew(entry)
  const refuse = useRefuse(entry)
  const suggestion = suggested(entry)
  const { holds_key_of: owner } = entry
  const doubtful = mayBeKnown(entry) || blockedBeside(entry) !== undefined
  const close = () => setDialog(null)
  return (
    <section aria-labelledby="decide">
      <h2 id="decide" className="mb-2 font-semibold">
        {t.decide}
      </h2>
      <div className="rounded-lg border border-line bg-surface">
        <Choice
          button={
            <Button
              look={suggestion === 'new' ? 'primary' : 'secondary'}
              pending={approve.isPending}
              onClick={doubtful ? () => setDialog('new') : () => approve.mutate()}
            >
              <CirclePlus aria-hidden size={15} />
              {t.asNew.action}
            </Button>
          }
        >
          {becomesNewByItself(entry) ? t.asNew.saysCopy : t.asNew.says}
        </Choice>
        {owner && canApproveAs(entry, owner.machine) && (
          <Choice
            button={
              <Button className="max-w-full" onClick={() => onMachine(owner.machine)}>
                <Replace aria-hidden size={15} className="shrink-0" />
                <span className="truncate">
                  {t.asMachine.action({ machine: owner.machine.name })}
                </span>
              </Button>
            }
          >
            {becomesThat(t, entry)} {t.asMachine.otherKey({ machine: owner.machine.name })}
          </Choice>
        )}
        {!owner && (
          <Choice
            button={
              <Button onClick={() => setDialog('choose')}>
                <Replace aria-hidden size={15} />
                {t.asMachine.choose}
              </Button>
            }
          >
            {becomesThat(t, entry)}
          </Choice>
        )}
        <Choice
          button={
            <Button
              look={suggestion === 'refuse' ? 'danger' : 'dangerQuiet'}
              // Without a frame its label stands where those of the others have theirs.
              className={suggestion === 'refuse' ? undefined : '-ml-3'}
              onClick={() => setDialog('refuse')}
            >
              <Ban aria-hidden size={15} />
              {t.refuse.action}
            </Button>
          }
        >
          {t.refuse.says}
        </Choice>
      </div>
      {dialog === 'new' && <ConfirmNew entry={entry} onClose={close} />}
      {dialog === 'choose' && (
        <MachinePicker
          title={t.asMachine.title}
          organizationId={entry.organization_id}
          onChoose={(machine) => {
            close()
            onMachine(machine)
          }}
          onClose={close}
        />
      )}
      {dialog === 'refuse' && (
        <ReasonDialog
          title={t.refuse.title({ name: entry.hostname })}
          label={t.refuse.reason}
          hint={t.refuse.reasonHint}
          action={t.refuse.action}
          onConfirm={refuse.mutate}
          pending={refuse.isPending}
          error={refuse.error}
          onClose={close}
        >
          {t.refuse.says}
        </ReasonDialog>
      )}
    </section>
  )
}
