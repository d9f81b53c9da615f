/** Removes the records that are selected, after asking. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'

import { removeSessions } from '~/api/actions'
import type { Session } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

interface RemoveBarProps {
  sessions: readonly Session[]
  onClear: () => void
}

export function RemoveBar({ sessions, onClear }: RemoveBarProps) {
  const t = useMessages().sessions
  const toast = useToast()
  const onError = useProblemToast()
  const queryClient = useQueryClient()
  /** Those that the dialog speaks of, whatever happens to the list behind it. */
  const [asked, setAsked] = useState<readonly string[] | null>(null)
  const remove = useMutation({
    mutationFn: (ids: readonly string[]) => removeSessions(ids),
    onSuccess: (_, ids) => {
      toast({ tone: 'ok', title: t.removed({ count: ids.length }) })
      onClear()
      return queryClient.invalidateQueries({ queryKey: ['sessions'] })
    },
    onError,
    onSettled: () => setAsked(null),
  })
  if (sessions.length === 0 && asked === null) return null
  return (
    <div className="mb-3 flex min-h-10 flex-wrap items-center gap-2 rounded-lg border border-line bg-surface px-3 py-1.5">
      <span role="status" className="mr-2 text-sm font-semibold">
        {t.selected({ count: sessions.length })}
      </span>
      <Button size="sm" look="dangerQuiet" onClick={() => setAsked(sessions.map(({ id }) => id))}>
        <Trash2 aria-hidden size={13} />
        {t.remove}
      </Button>
      <Button size="sm" look="quiet" className="ml-auto" onClick={onClear}>
        {t.clearSelection}
      </Button>
      {asked && (
        <ConfirmDialog
          open
          onClose={() => setAsked(null)}
          title={t.removeTitle({ count: asked.length })}
          action={t.remove}
          pending={remove.isPending}
          onConfirm={() => remove.mutate(asked)}
        >
          {t.removeBody}
        </ConfirmDialog>
      )}
    </div>
  )
}
