/** Says that a machine stands at another site. If somebody else was faster, shows where they put it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeMachine } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { machineQuery, sitesQuery } from '~/api/queries'
import type { Machine } from '~/api/types'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField } from '~/ui/lib/Field'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

export function MoveDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const t = useMessages()
  const words = t.machines.move
  const toast = useToast()
  const queryClient = useQueryClient()
  const fieldError = useFieldError()
  const query = useQuery(sitesQuery)
  const sites = query.data?.filter((site) => site.organization_id === machine.organization_id)
  const [siteId, setSiteId] = useState(machine.site_id)
  // The state that the person has seen and decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(machine)
  const nameOf = (id: string) => sites?.find((site) => site.id === id)?.name ?? t.common.unknown

  const move = useMutation({
    mutationFn: () => changeMachine(seen, { site_id: siteId }),
    onSuccess: (moved) => {
      queryClient.setQueryData(machineQuery(machine.id).queryKey, moved)
      toast({ tone: 'ok', title: words.moved({ name: moved.name, site: nameOf(moved.site_id) }) })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      setSeen(await queryClient.query({ ...machineQuery(machine.id), staleTime: 0 }))
    },
  })
  const problem = move.error ? asProblem(move.error) : null
  const conflict = problem?.code === 'version_mismatch'
  const elsewhere = sites !== undefined && siteId !== seen.site_id

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (elsewhere && !move.isPending) move.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="move"
        pending={move.isPending}
        disabled={!elsewhere}
      >
        {words.action}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.title({ name: machine.name })}
      description={words.intro}
      footer={footer}
    >
      <form id="move" onSubmit={submit} className="flex flex-col gap-3">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body({ site: nameOf(seen.site_id) })}
          </Notice>
        )}
        {problem && !conflict && !problem.fields.length && <ProblemNotice error={problem} />}
        {query.isError && !sites && (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        )}
        {sites?.length === 1 && <Notice>{words.onlyOne}</Notice>}
        <SelectField
          label={words.site}
          error={fieldError(problem, 'site_id')}
          disabled={!sites}
          value={sites ? siteId : ''}
          onChange={(event) => setSiteId(event.target.value)}
          options={
            sites?.map(({ id, name }) => ({ value: id, label: name })) ?? [
              { value: '', label: t.common.loading },
            ]
          }
        />
      </form>
    </Dialog>
  )
}
