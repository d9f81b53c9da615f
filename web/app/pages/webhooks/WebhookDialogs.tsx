/** Making a webhook, changing it, giving it another secret, deleting it. Secrets are then shown by `SecretReady`, once. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeWebhook, createWebhook, deleteWebhook, rotateWebhookSecret } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { webhookQuery } from '~/api/queries'
import type { Me, Webhook } from '~/api/types'
import { ProblemNotice, useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog, Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, changeOf, formOf, isReady, wishesOf } from './form'
import { SecretReady } from './SecretReady'
import { WebhookFields } from './WebhookFields'

export function CreateWebhookDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const t = useMessages()
  const words = t.webhooks.form
  const [form, setForm] = useState(() => blankForm(me))
  const create = useMutation({ mutationFn: () => createWebhook(wishesOf(form)) })
  if (create.data) return <SecretReady secret={create.data.secret} onClose={onClose} />

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
        form="create-webhook"
        pending={create.isPending}
        disabled={!isReady(form)}
      >
        {words.submit}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={words.title} footer={footer} wide>
      <form id="create-webhook" onSubmit={submit} noValidate className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <WebhookFields form={form} onChange={setForm} me={me} problem={problem} isNew />
      </form>
    </Dialog>
  )
}

interface AboutWebhook {
  webhook: Webhook
  onClose: () => void
}

export function EditWebhookDialog({ webhook, me, onClose }: AboutWebhook & { me: Me }) {
  const t = useMessages()
  const words = t.webhooks.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => formOf(webhook))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(webhook)
  const change = useMutation({
    mutationFn: () => changeWebhook(seen, changeOf(form)),
    onSuccess: ({ name }) => {
      toast({ tone: 'ok', title: t.webhooks.changed({ name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      setSeen(await queryClient.query({ ...webhookQuery(webhook.id), staleTime: 0 }))
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
        form="edit-webhook"
        pending={change.isPending}
        disabled={!isReady(form)}
      >
        {t.common.save}
      </Button>
    </>
  )
  const title = words.editTitle({ name: webhook.name })
  return (
    <Dialog open onClose={onClose} title={title} footer={footer} wide>
      <form id="edit-webhook" onSubmit={submit} noValidate className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <WebhookFields form={form} onChange={setForm} me={me} problem={problem} isNew={false} />
      </form>
    </Dialog>
  )
}

export function RotateSecretDialog({ webhook, onClose }: AboutWebhook) {
  const { rotating: t } = useMessages().webhooks
  const onError = useProblemToast()
  const { id, name } = webhook
  const rotate = useMutation({ mutationFn: () => rotateWebhookSecret(id), onError })
  if (rotate.data) return <SecretReady secret={rotate.data.secret} rotated onClose={onClose} />
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => rotate.mutate()}
      pending={rotate.isPending}
      look="primary"
    >
      {t.body}
    </ConfirmDialog>
  )
}

interface DeleteWebhookDialogProps extends AboutWebhook {
  /** It is gone. */
  onDone?: () => void
}

export function DeleteWebhookDialog({ webhook, onClose, onDone }: DeleteWebhookDialogProps) {
  const { deleting: t } = useMessages().webhooks
  const toast = useToast()
  const onError = useProblemToast()
  const { name } = webhook
  const remove = useMutation({
    mutationFn: () => deleteWebhook(webhook),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.done({ name }) })
      onDone?.()
    },
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={t.action}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      {t.body}
    </ConfirmDialog>
  )
}
