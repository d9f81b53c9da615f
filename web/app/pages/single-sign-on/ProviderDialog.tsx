/** Makes an identity provider, or changes one. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import {
  changeIdentityProvider,
  createIdentityProvider,
  type IdentityProvider,
  identityProvidersQuery,
} from '~/api/identity-providers'
import { asProblem } from '~/api/problem'
import type { Me } from '~/api/types'
import { useFocusWrong } from '~/components/focus-wrong'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, changeOf, formOf, isReady, type ProviderForm, wishesOf } from './form'
import { ProviderFields } from './ProviderFields'

interface ProviderDialogProps {
  me: Me
  /** The provider to change; null makes a new one. */
  provider: IdentityProvider | null
  onClose: () => void
  /** A new one was made: the next step is at the provider. */
  onMade?: (provider: IdentityProvider) => void
}

export function ProviderDialog({ me, provider, onClose, onMade }: ProviderDialogProps) {
  const t = useMessages()
  const words = t.signOn.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [form, setForm] = useState(() => (provider ? formOf(provider) : blankForm))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(provider)
  const save = useMutation({
    mutationFn: (wanted: ProviderForm) =>
      seen
        ? changeIdentityProvider(seen, changeOf(wanted))
        : createIdentityProvider(wishesOf(wanted)),
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: identityProvidersQuery.queryKey })
      const said = seen ? t.signOn.changed : t.signOn.created
      toast({ tone: 'ok', title: said({ provider: saved.name }) })
      onClose()
      if (!seen) onMade?.(saved)
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      const all = await queryClient.query({ ...identityProvidersQuery, staleTime: 0 })
      setSeen(all.find(({ id }) => id === seen?.id) ?? seen)
    },
  })
  const problem = save.error ? asProblem(save.error) : null
  const conflict = problem?.code === 'version_mismatch'
  const formElement = useFocusWrong(problem)
  const ready = isReady(form)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (ready && !save.isPending) save.mutate(form)
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="identity-provider"
        pending={save.isPending}
        disabled={!ready}
      >
        {provider ? t.common.save : words.createAction}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={provider ? words.editTitle({ provider: provider.name }) : words.createTitle}
      footer={footer}
      wide
    >
      <form
        ref={formElement}
        id="identity-provider"
        onSubmit={submit}
        className="flex flex-col gap-4"
      >
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <ProviderFields
          form={form}
          onChange={setForm}
          problem={problem}
          sent={save.variables}
          me={me}
          provider={provider}
        />
      </form>
    </Dialog>
  )
}
