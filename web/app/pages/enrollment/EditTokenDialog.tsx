/** Changes what a token allows. If somebody else was faster, says so and keeps what they changed elsewhere. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeEnrollmentToken } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { enrollmentTokenQuery } from '~/api/queries'
import type { EnrollmentToken } from '~/api/types'
import { useNow } from '~/components/clock'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { changeOf, formOf } from './form'
import { TokenFields, useSitesKnown } from './TokenFields'

interface EditTokenDialogProps {
  token: EnrollmentToken
  onClose: () => void
}

export function EditTokenDialog({ token, onClose }: EditTokenDialogProps) {
  const t = useMessages()
  const words = t.enrollment.form
  const format = useFormat()
  const now = useNow()
  const toast = useToast()
  const queryClient = useQueryClient()
  // What the form began with: only what differs from it is sent.
  const [before] = useState(() => formOf(token))
  const [form, setForm] = useState(before)
  const sitesKnown = useSitesKnown()
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(token)

  const change = useMutation({
    mutationFn: () => changeEnrollmentToken(seen, changeOf(form, before)),
    onSuccess: (changed) => {
      toast({ tone: 'ok', title: t.enrollment.changed({ name: changed.name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      setSeen(await queryClient.query({ ...enrollmentTokenQuery(token.id), staleTime: 0 }))
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!change.isPending && sitesKnown) change.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="edit-token"
        pending={change.isPending}
        disabled={!sitesKnown}
      >
        {t.common.save}
      </Button>
    </>
  )
  const keepExpiry = words.keepExpiry({ when: format.relative(seen.expires_at, now) })
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.editTitle({ name: token.name })}
      description={words.editIntro}
      footer={footer}
      wide
    >
      <form id="edit-token" onSubmit={submit} className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <TokenFields form={form} onChange={setForm} problem={problem} keepExpiry={keepExpiry} />
      </form>
    </Dialog>
  )
}
