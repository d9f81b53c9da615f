/** Making an API token, changing one, and giving one another secret. Secrets are then shown by `TokenReady`, once. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeApiToken, createApiToken, revokeApiToken, rotateApiToken } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { apiTokensQuery } from '~/api/queries'
import type { ApiToken, Me } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { SelectField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, changeOf, DAY, formOf, isReady, LIVES, OVERLAPS, wishesOf } from './form'
import { TokenFields } from './TokenFields'
import { TokenReady } from './TokenReady'

interface CreateTokenDialogProps {
  me: Me
  /** The service account that it is for; the reader's own when left out. */
  of?: { id: string; name: string }
  onClose: () => void
}

export function CreateTokenDialog({ me, of, onClose }: CreateTokenDialogProps) {
  const t = useMessages()
  const words = t.apiTokens.form
  const [form, setForm] = useState(blankForm)
  const create = useMutation({ mutationFn: () => createApiToken(wishesOf(form, of?.id ?? null)) })
  if (create.data) return <TokenReady secret={create.data.secret} onClose={onClose} />

  const problem = create.error ? asProblem(create.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending && isReady(form)) create.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="create-api-token"
        pending={create.isPending}
        disabled={!isReady(form)}
      >
        {words.submit}
      </Button>
    </>
  )
  const title = of ? words.titleFor({ name: of.name }) : words.title
  return (
    <Dialog open onClose={onClose} title={title} footer={footer} wide>
      <form id="create-api-token" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TokenFields form={form} onChange={setForm} me={me} problem={problem} isNew />
      </form>
    </Dialog>
  )
}

interface AboutToken {
  token: ApiToken
  onClose: () => void
}

export function EditTokenDialog({ token, me, onClose }: AboutToken & { me: Me }) {
  const t = useMessages()
  const words = t.apiTokens.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(token))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(token)
  const change = useMutation({
    mutationFn: () => changeApiToken(seen, changeOf(form)),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: t.apiTokens.changed({ name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      const whose = token.account_id === me.account.id ? 'own' : 'managed'
      const tokens = await queryClient.query({ ...apiTokensQuery(whose), staleTime: 0 })
      setSeen(tokens.find(({ id }) => id === token.id) ?? seen)
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!change.isPending && isReady(form)) change.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="edit-api-token"
        pending={change.isPending}
        disabled={!isReady(form)}
      >
        {t.common.save}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.editTitle({ name: token.name })}
      description={words.editIntro}
      footer={footer}
      wide
    >
      <form id="edit-api-token" onSubmit={submit} className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <TokenFields form={form} onChange={setForm} me={me} problem={problem} isNew={false} />
      </form>
    </Dialog>
  )
}

export function RotateTokenDialog({ token, onClose }: AboutToken) {
  const t = useMessages()
  const words = t.apiTokens.rotating
  const format = useFormat()
  const fieldError = useFieldError()
  const [overlap, setOverlap] = useState(String(DAY))
  const [days, setDays] = useState('')
  const rotate = useMutation({
    mutationFn: () =>
      rotateApiToken(token.id, {
        overlap_seconds: Number(overlap),
        ...(days ? { expires_in_seconds: Number(days) * DAY } : {}),
      }),
  })
  if (rotate.data) return <TokenReady secret={rotate.data.secret} rotated onClose={onClose} />

  const problem = rotate.error ? asProblem(rotate.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!rotate.isPending) rotate.mutate()
  }
  const lasts = (seconds: number): string => {
    if (seconds === 0) return words.none
    return seconds < DAY
      ? words.hours({ count: seconds / 3600 })
      : words.days({ count: seconds / DAY })
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="primary" type="submit" form="rotate-api-token" pending={rotate.isPending}>
        {words.submit}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.title({ name: token.name })}
      description={words.intro}
      footer={footer}
    >
      <form id="rotate-api-token" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <SelectField
          label={words.overlap}
          error={fieldError(problem, 'overlap_seconds')}
          value={overlap}
          onChange={(event) => setOverlap(event.target.value)}
          options={OVERLAPS.map((seconds) => ({ value: String(seconds), label: lasts(seconds) }))}
        />
        <SelectField
          label={words.expires}
          error={fieldError(problem, 'expires_in_seconds')}
          value={days}
          onChange={(event) => setDays(event.target.value)}
          options={[
            { value: '', label: words.keep({ when: format.dateTime(token.expires_at) }) },
            ...LIVES.map((count) => ({ value: String(count), label: words.in({ count }) })),
          ]}
        />
      </form>
    </Dialog>
  )
}

export function RevokeTokenDialog({ token, onClose }: AboutToken) {
  const { revoking: t } = useMessages().apiTokens
  const toast = useToast()
  const onError = useProblemToast()
  const { id, name } = token
  const revoke = useMutation({
    mutationFn: () => revokeApiToken(id),
    onSuccess: () => toast({ tone: 'ok', title: t.done({ name }) }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => revoke.mutate()}
      pending={revoke.isPending}
    >
      {t.body}
    </ConfirmDialog>
  )
}
