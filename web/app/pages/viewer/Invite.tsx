/** Inviting one more person into this technician's own session, and what became of those who were invited. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useEffect, useId, useRef, useState, type SubmitEvent } from 'react'

import { inviteGuest } from '~/api/actions'
import { invitationsQuery } from '~/api/queries'
import type { Right } from '~/api/types'
import { Invitations } from '~/components/Invitations'
import { ProblemNotice } from '~/components/ProblemNotice'
import { GUEST_PAGE } from '~/fragment'
import { useMessages } from '~/i18n'
import type { SessionView } from '~/session'
import { Button } from '~/ui/lib/Button'
import { Choices } from '~/ui/lib/Choices'
import { CopyButton } from '~/ui/lib/CopyButton'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField, TextField } from '~/ui/lib/Field'

/** How long a link may work, in minutes. */
const LIVES = [15, 60, 480]
const LIFE_DEFAULT = 60

const RIGHTS = { view: ['view'], control: ['view', 'control'] } satisfies Record<string, Right[]>

/** The button, and the dialog that it opens. */
export function Invite({ view }: { view: SessionView }) {
  const t = useMessages().invitations
  const hint = useId()
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  useEffect(() => {
    // The panel under the dialog goes on where one left it.
    if (wasOpen.current && !open) button.current?.focus()
    wasOpen.current = open
  }, [open])
  const { session, guest, phase } = view
  if (guest || session === null) return null
  const rests = phase !== 'live'
  return (
    <div className="mt-3 border-t border-line pt-3">
      <Button
        ref={button}
        size="sm"
        aria-disabled={rests}
        aria-describedby={rests ? hint : undefined}
        onClick={() => !rests && setOpen(true)}
      >
        <UserPlus aria-hidden size={13} />
        {t.invite}
      </Button>
      {rests && (
        <p id={hint} className="mt-1 text-ink-3">
          {t.notNow}
        </p>
      )}
      {open && (
        <InviteDialog
          key={session.id}
          sessionId={session.id}
          control={view.rights.includes('control')}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  )
}

interface InviteDialogProps {
  sessionId: string
  /** The session may control the machine, so a guest may get that, too. */
  control: boolean
  onClose: () => void
}

function InviteDialog({ sessionId, control, onClose }: InviteDialogProps) {
  const t = useMessages().invitations.dialog
  const [link, setLink] = useState<string | null>(null)
  return (
    <Dialog open wide onClose={onClose} title={t.title} description={t.intro}>
      <div className="flex flex-col gap-5">
        {link === null ? (
          <NewInvitation
            sessionId={sessionId}
            control={control}
            onCreated={(secret) => setLink(`${location.origin}${GUEST_PAGE}#${secret}`)}
          />
        ) : (
          <Created link={link} onAnother={() => setLink(null)} />
        )}
        <Known sessionId={sessionId} />
      </div>
    </Dialog>
  )
}

interface NewInvitationProps extends Omit<InviteDialogProps, 'onClose'> {
  onCreated: (secret: string) => void
}

function NewInvitation({ sessionId, control, onCreated }: NewInvitationProps) {
  const t = useMessages().invitations.dialog
  const [may, setMay] = useState<keyof typeof RIGHTS>('view')
  const [minutes, setMinutes] = useState(LIFE_DEFAULT)
  // What was chosen may have been taken back at the machine meanwhile.
  const rights = control ? RIGHTS[may] : RIGHTS.view
  const create = useMutation({
    mutationFn: () => inviteGuest(sessionId, { rights, minutes }),
    onSuccess: ({ secret }) => onCreated(secret),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    // In the page's tree, though not on the page, this form stands in others.
    event.stopPropagation()
    if (!create.isPending) create.mutate()
  }
  const life = (count: number) =>
    count < 60 ? t.minutes({ count }) : t.hours({ count: count / 60 })
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {create.error && <ProblemNotice error={create.error} />}
      {control ? (
        <Choices
          label={t.may}
          value={may}
          onChange={setMay}
          options={(['view', 'control'] as const).map((value) => ({ value, ...t[value] }))}
        />
      ) : (
        <p className="text-sm text-ink-2">{t.noControl}</p>
      )}
      <SelectField
        label={t.lasts}
        options={LIVES.map((value) => ({ value: String(value), label: life(value) }))}
        value={String(minutes)}
        onChange={(event) => setMinutes(Number(event.target.value))}
      />
      <div className="flex justify-end">
        <Button look="primary" type="submit" pending={create.isPending}>
          {t.create}
        </Button>
      </div>
    </form>
  )
}

function Created({ link, onAnother }: { link: string; onAnother: () => void }) {
  const t = useMessages().invitations.dialog
  return (
    <section className="flex flex-col gap-3 rounded-lg border border-line bg-sunken p-4">
      <TextField
        label={t.link}
        hint={`${t.once} ${t.shownOnce}`}
        readOnly
        // What was made is at hand, by keyboard and for screen readers, too.
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the button that was just pressed is gone
        autoFocus
        onFocus={(event) => event.target.select()}
        value={link}
        className="font-mono text-xs"
      />
      <div className="flex flex-wrap gap-2">
        <CopyButton text={link} label={t.copy} labelled />
        <Button look="quiet" onClick={onAnother}>
          {t.another}
        </Button>
      </div>
    </section>
  )
}

/** Who was invited so far. */
function Known({ sessionId }: { sessionId: string }) {
  const t = useMessages().invitations
  const title = useId()
  const { data, error, refetch } = useQuery(invitationsQuery(sessionId))
  return (
    <section aria-labelledby={title}>
      <h3 id={title} className="mb-1 text-sm font-semibold">
        {t.title}
      </h3>
      {data ? (
        data.length > 0 ? (
          <Invitations invitations={data} mayRevoke />
        ) : (
          <p className="text-sm text-ink-3">{t.none}</p>
        )
      ) : error ? (
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      ) : (
        <p role="status" className="text-sm text-ink-3">
          {t.loading}
        </p>
      )}
    </section>
  )
}
