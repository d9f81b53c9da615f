/** Creates an enrollment token; `CreatedToken` then shows it, once. */
import { useMutation } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { createEnrollmentToken } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'

import { CreatedToken } from './CreatedToken'
import { blankForm, wishesOf } from './form'
import { TokenFields, useSitesKnown } from './TokenFields'

export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages()
  const words = t.enrollment.form
  const [form, setForm] = useState(blankForm)
  const sitesKnown = useSitesKnown()
  const create = useMutation({ mutationFn: () => createEnrollmentToken(wishesOf(form)) })
  if (create.data) {
    const { token, approval } = create.data
    return <CreatedToken token={token} approval={approval} onClose={onClose} />
  }

  const problem = create.error ? asProblem(create.error) : null
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!create.isPending && sitesKnown) create.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="create-token"
        pending={create.isPending}
        disabled={!sitesKnown}
      >
        {words.submit}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={words.title} footer={footer} wide>
      <form id="create-token" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        <TokenFields form={form} onChange={setForm} problem={problem} />
      </form>
    </Dialog>
  )
}
