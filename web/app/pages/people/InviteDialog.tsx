/** Invites somebody; the link then stands in the dialog, once. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { inviteAccount } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { mailStatusQuery } from '~/api/queries'
import type { CreatedAccountInvitation, Me } from '~/api/types'
import {
  areConditionsSaid,
  type ConditionForm,
  isPlaceSaid,
  limitsOf,
  NO_CONDITIONS,
  placeOf,
  wholeOf,
} from '~/components/assignment-form'
import { conditionsText, roleAt } from '~/components/assignment-words'
import { CommandLine } from '~/components/CommandLine'
import { ConditionFields } from '~/components/ConditionFields'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useI18n, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { Switch } from '~/ui/lib/Switch'

import { placesToGive, type What } from './form'
import { useWhat, WhatFields } from './WhatFields'

interface CreatedProps {
  created: CreatedAccountInvitation
  onClose: () => void
}

/** The link, once; also when it was sent: e-mail gets lost. */
export function Created({ created, onClose }: CreatedProps) {
  const i18n = useI18n()
  const t = i18n.messages
  const words = t.people.invited
  const limits = conditionsText(i18n, created.conditions)
  const footer = (
    <Button look="primary" onClick={onClose}>
      {words.close}
    </Button>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={created.mail ? words.sentTitle : words.title}
      footer={footer}
      wide
    >
      <div className="flex flex-col gap-4">
        {created.mail && <Notice>{words.sent({ email: created.email })}</Notice>}
        <Notice tone="warn">{words.once}</Notice>
        <section>
          <h3 className="text-sm font-semibold">{words.link({ email: created.email })}</h3>
          <p className="mb-1 text-sm text-ink-3">
            {[roleAt(t, created), limits].filter(Boolean).join(' · ')}
          </p>
          <CommandLine text={created.url} copyLabel={words.copy} />
        </section>
        <p className="text-sm text-ink-2">{words.warning}</p>
      </div>
    </Dialog>
  )
}

export function InviteDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const t = useMessages()
  const words = t.people.inviting
  const fieldError = useFieldError()
  const [email, setEmail] = useState('')
  const [wantsMail, setWantsMail] = useState(true)
  const mail = useQuery(mailStatusQuery)
  const send = wantsMail && mail.data?.set_up === true
  const [chosen, setChosen] = useState<What>({
    role: '',
    place: wholeOf(placesToGive(me)[0] ?? ''),
  })
  const [limits, setLimits] = useState<ConditionForm>(NO_CONDITIONS)
  const what = useWhat(me, chosen)
  const invite = useMutation({
    mutationFn: () =>
      inviteAccount({
        email: email.trim(),
        role: what.role,
        place: placeOf(what.place),
        ...limitsOf(limits),
        send,
      }),
  })
  if (invite.data) return <Created created={invite.data} onClose={onClose} />

  const problem = invite.error ? asProblem(invite.error) : null
  const wrong = problem?.field('email')?.code === 'invalid'
  const ready = what.role !== '' && isPlaceSaid(what.place) && areConditionsSaid(limits)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!invite.isPending && ready) invite.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="invite"
        pending={invite.isPending}
        disabled={!ready}
      >
        {send ? words.submitAndSend : words.submit}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.title}
      description={words.intro}
      footer={footer}
      wide
    >
      <form id="invite" onSubmit={submit} noValidate className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={words.email}
          hint={words.emailHint}
          type="email"
          autoComplete="off"
          maxLength={254}
          required
          error={wrong ? words.wrongEmail : fieldError(problem, 'email')}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <WhatFields me={me} what={what} onChange={setChosen} problem={problem} />
        <ConditionFields form={limits} onChange={setLimits} problem={problem} />
        {mail.data?.set_up === true && (
          <Switch label={words.send} checked={wantsMail} onChange={setWantsMail} />
        )}
        {mail.data?.set_up === false && <p className="text-sm text-ink-2">{words.noMail}</p>}
      </form>
    </Dialog>
  )
}
