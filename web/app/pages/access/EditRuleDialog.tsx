/** Changes what a rule says. If somebody else was faster, says so before anything of theirs is replaced. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { changeAccessRule } from '~/api/actions'
import { asProblem } from '~/api/problem'
import { accessRulesQuery } from '~/api/queries'
import type { AccessRule } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'
import { useToast } from '~/ui/lib/Toast'

import { changeOf, sayingOf } from './form'
import { SayingFields } from './SayingFields'
import { ruleName } from './words'

interface EditRuleDialogProps {
  rule: AccessRule
  onClose: () => void
}

export function EditRuleDialog({ rule, onClose }: EditRuleDialogProps) {
  const t = useMessages()
  const words = t.access.form
  const toast = useToast()
  const queryClient = useQueryClient()
  const [saying, setSaying] = useState(() => sayingOf(rule))
  // The state that the person decides about, even when newer data arrives behind the dialog.
  const [seen, setSeen] = useState(rule)

  const change = useMutation({
    mutationFn: () => changeAccessRule(seen, changeOf(saying)),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.access.changed })
      onClose()
    },
    onError: async (problem) => {
      if (asProblem(problem).code !== 'version_mismatch') return
      const rules = await queryClient.query({ ...accessRulesQuery, staleTime: 0 })
      setSeen(rules.find(({ id }) => id === rule.id) ?? seen)
    },
  })
  const problem = change.error ? asProblem(change.error) : null
  const conflict = problem?.code === 'version_mismatch'

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!change.isPending) change.mutate()
  }
  const footer = (
    <>
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button look="primary" type="submit" form="edit-rule" pending={change.isPending}>
        {t.common.save}
      </Button>
    </>
  )
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.editTitle}
      description={words.editIntro({ rule: ruleName(t.access, rule) })}
      footer={footer}
      wide
    >
      <form id="edit-rule" onSubmit={submit} className="flex flex-col gap-4">
        {conflict && (
          <Notice tone="warn" title={words.conflict.title}>
            {words.conflict.body}
          </Notice>
        )}
        {problem && !conflict && <ProblemNotice error={problem} />}
        <SayingFields saying={saying} onChange={setSaying} />
      </form>
    </Dialog>
  )
}
