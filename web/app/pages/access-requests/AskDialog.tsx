/** Asks for more on a machine, for a while. */
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { askForAccess } from '~/api/actions'
import { isAboutMachines } from '~/api/can'
import { asProblem } from '~/api/problem'
import { effectivePermissionsQuery, meQuery } from '~/api/queries'
import type { Permission } from '~/api/types'
import { ChosenMachine } from '~/components/ChosenMachine'
import { PermissionBoxes } from '~/components/PermissionBoxes'
import { useFieldError } from '~/components/problem-text'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useFormat, useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { SelectField, TextField } from '~/ui/lib/Field'
import { useToast } from '~/ui/lib/Toast'

import { blankForm, isReady, LIVES, REASON_MAX, whyNot, wishesOf } from './form'

interface AskDialogProps {
  /** On which; chosen in the dialog when left out. */
  machine?: { id: string; name: string }
  /** What was refused, to begin with. */
  wanted?: readonly Permission[]
  onClose: () => void
}

/** What the person may do there now. */
function useOwn(machineId: string | undefined) {
  const { data: me } = useSuspenseQuery(meQuery)
  return useQuery({
    ...effectivePermissionsQuery(me.account.id, { machine: machineId ?? '' }),
    enabled: machineId !== undefined,
  })
}

export function AskDialog({ machine: given, wanted, onClose }: AskDialogProps) {
  const messages = useMessages()
  const t = messages.accessRequests.asking
  const format = useFormat()
  const toast = useToast()
  const fieldError = useFieldError()
  const [machine, setMachine] = useState(given ?? null)
  const [form, setForm] = useState(() => blankForm(wanted))
  const own = useOwn(machine?.id)
  const ask = useMutation({
    mutationFn: (id: string) => askForAccess(wishesOf(own.data, form, id)),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.asked, body: t.askedBody })
      onClose()
    },
  })
  const problem = ask.error ? asProblem(ask.error) : null
  const ready = machine !== null && isReady(own.data, form)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (ready && !ask.isPending) ask.mutate(machine.id)
  }
  const footer = (
    <>
      <Button onClick={onClose}>{messages.common.cancel}</Button>
      <Button
        look="primary"
        type="submit"
        form="ask-for-access"
        pending={ask.isPending}
        disabled={!ready}
      >
        {t.submit}
      </Button>
    </>
  )
  const wrong = fieldError(problem, 'permissions')
  return (
    <Dialog
      open
      onClose={onClose}
      title={given ? t.titleFor({ machine: given.name }) : t.title}
      description={t.intro}
      footer={footer}
      wide
    >
      <form id="ask-for-access" onSubmit={submit} className="flex flex-col gap-4">
        {problem && !problem.fields.length && <ProblemNotice error={problem} />}
        {!given && (
          <ChosenMachine
            machine={machine}
            error={fieldError(problem, 'machine_id')}
            onChoose={setMachine}
          />
        )}
        <TextField
          label={t.reason}
          hint={t.reasonHint}
          error={fieldError(problem, 'reason')}
          value={form.reason}
          maxLength={REASON_MAX}
          autoComplete="off"
          required
          onChange={(event) => setForm({ ...form, reason: event.target.value })}
        />
        <SelectField
          label={t.life}
          error={fieldError(problem, 'duration_seconds')}
          value={form.life}
          onChange={(event) => setForm({ ...form, life: event.target.value })}
          options={LIVES.map((seconds) => ({
            value: String(seconds),
            label: format.duration(seconds),
          }))}
        />
        <section aria-label={t.permissions} className="flex flex-col gap-3">
          <h3 className="text-sm font-semibold">{t.permissions}</h3>
          {wrong && <p className="text-sm text-danger-text">{wrong}</p>}
          {own.isError && <ProblemNotice error={own.error} onRetry={() => void own.refetch()} />}
          <PermissionBoxes
            of={isAboutMachines}
            value={form.permissions}
            whyNot={(permission) => {
              const why = whyNot(own.data, permission)
              return why && t[why]
            }}
            onChange={(permissions) => setForm({ ...form, permissions })}
          />
        </section>
      </form>
    </Dialog>
  )
}
