/** Renames a machine. If somebody else was faster, shows their name and lets the technician decide again. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeMachine } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { machineQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { TextField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

/** The longest name that the server takes. */
const NAME_MAX = 80

export function RenameDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages()
  const toast = useToast()
  const queryClient = useQueryClient()
  const fieldError = useFieldError()
  const [name, setName] = useState(machine.name)
  // The state that the technician has seen and decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(machine)

  const rename = useMutation({
    mutationFn: () => changeMachine(seen, { name: name.trim() }),
    onSuccess: (renamed) => {
      queryClient.setQueryData(machineQuery(machine.id).queryKey, renamed)
      toast({ tone: 'ok', title: t.machines.renamed({ name: renamed.name }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      setSeen(await queryClient.query({ ...machineQuery(machine.id), staleTime: 0 }))
    },
  })
  const problem = rename.error ? asProblem(rename.error) : null
  const conflict = problem?.code === 'version_mismatch'

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() && !rename.isPending) rename.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="rename"
        pending={rename.isPending}
        disabled={!name.trim()}
      >
        {t.common.save}
      </Button>
    </>
  )
  return (
    <Dialog open onClose={onClose} title={t.machines.renameTitle} footer={footer}>
      <form id="rename" onSubmit={submit} className="flex flex-col gap-3">
        {conflict && (
          <Notice tone="warn" title={t.machines.conflict.title}>
            {t.machines.conflict.body({ name: seen.name })}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        <TextField
          label={t.machines.name}
          hint={t.machines.nameHint({ hostname: machine.hostname })}
          error={fieldError(problem, 'name')}
          value={name}
          maxLength={NAME_MAX}
          autoComplete="off"
          required
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  )
}
