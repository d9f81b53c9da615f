/** Archives an organization or a site after saying what that does, or says what is there still. */
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { archiveOrganization, archiveSite } from '~/api/actions'
import { asProblem } from '~/api/problem'
import type { Organization, Site } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

interface ArchiveDialogProps {
  what: { organization: Organization } | { site: Site }
  onClose: () => void
}

export function ArchiveDialog({ what, onClose }: ArchiveDialogProps) {
  const { organizations } = useMessages()
  const toast = useToast()
  const queryClient = useQueryClient()
  const isSite = 'site' in what
  const { name } = isSite ? what.site : what.organization
  const t = isSite ? organizations.sites.archiving : organizations.archiving
  const archive = useMutation({
    mutationFn: () => (isSite ? archiveSite(what.site) : archiveOrganization(what.organization)),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.done({ name }) })
      onClose()
    },
    onError: (problem) => {
      // Confirming again is about the newest state.
      if (asProblem(problem).code === 'version_mismatch')
        void queryClient.invalidateQueries({ queryKey: ['organizations'] })
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.title({ name })}
      action={organizations.archive}
      onConfirm={() => archive.mutate()}
      pending={archive.isPending}
    >
      <p>{t.body}</p>
      <ul className="list-disc space-y-1 pl-5">
        {t.does.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {archive.isError && <ProblemNotice error={archive.error} />}
    </ConfirmDialog>
  )
}
