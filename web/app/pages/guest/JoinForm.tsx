/** Who invites to what, what a guest may do, and the name under which they come. */
import { Eye, MousePointer2 } from 'lucide-react'
import { useState, type SubmitEvent } from 'react'

import type { ApiProblem } from '~/api/problem'
import type { GuestInvitation } from '~/api/types'
import { useFieldError, useProblemText } from '~/components/problem-text'
import { RequestId } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { byCode } from '~/i18n/by-code'
import { usePreference } from '~/preferences'
import { guestVisit, type Visit } from '~/session/guest'
import { Button } from '~/ui/lib/Button'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'

/** The server's limit. */
const NAME_MAX = 64

const icons = { view: Eye, control: MousePointer2 }

/** One and the same for links that are wrong, used, revoked or too old: the server says no more. */
export function NotValid() {
  const { invitation_not_valid: t } = useMessages().codes.problem
  return (
    <Notice tone="warn" title={t.title}>
      {t.detail}
    </Notice>
  )
}

/** Why nobody was let in, in words for guests where there are any. */
function Refusal({ problem }: { problem: ApiProblem }) {
  const t = useMessages()
  const text = useProblemText()
  const own = byCode(t.guest.causes, problem.code) ?? byCode(t.viewer.causes, problem.code)
  const { title, detail } = own ?? text(problem)
  return (
    <Notice tone="danger" title={title}>
      {detail && <p>{detail}</p>}
      <RequestId id={problem.requestId} />
    </Notice>
  )
}

function MayDo({ rights }: Pick<GuestInvitation, 'rights'>) {
  const t = useMessages().guest
  const shown = (['view', 'control'] as const).filter((right) => rights.includes(right))
  return (
    <section className="rounded-lg border border-line bg-surface px-4 py-3">
      <h2 className="mb-1.5 text-sm font-semibold">{t.may}</h2>
      <ul className="space-y-1.5">
        {shown.map((right) => {
          const Icon = icons[right]
          return (
            <li key={right} className="flex gap-2.5">
              <Icon aria-hidden size={16} className="mt-1 shrink-0 text-ink-3" />
              {t[right]}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

interface JoinFormProps {
  secret: string
  invitation: GuestInvitation
  visit: Visit
}

export function JoinForm({ secret, invitation, visit }: JoinFormProps) {
  const t = useMessages().guest
  const format = useFormat()
  const fieldError = useFieldError()
  const [known, remember] = usePreference('guestName')
  const [name, setName] = useState(known ?? '')
  const [missing, setMissing] = useState(false)
  const { refusal, joining } = visit
  const { inviter, organization, machine_name: machine, rights, expires_at } = invitation

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const called = name.trim()
    setMissing(called === '')
    if (called === '' || joining) return
    remember(called)
    guestVisit.join(secret, called, invitation)
  }
  if (refusal?.code === 'invitation_not_valid') return <NotValid />
  const wrong = fieldError(refusal, 'name')
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <p className="wrap-anywhere">{t.to({ inviter, organization, machine })}</p>
      <MayDo rights={rights} />
      <p className="text-sm text-ink-2">
        {t.seen} {t.until({ time: format.dateTime(expires_at) })}
      </p>
      {refusal && !wrong && <Refusal problem={refusal} />}
      <TextField
        label={t.name}
        hint={t.nameHint}
        error={missing ? t.nameMissing : wrong}
        autoComplete="name"
        maxLength={NAME_MAX}
        required
        value={name}
        onChange={(event) => {
          setName(event.target.value)
          setMissing(false)
        }}
      />
      <Button look="primary" size="lg" type="submit" pending={joining}>
        {joining ? t.joining : t.join}
      </Button>
    </form>
  )
}
