/** Deletes a site, or says what stands there still. */
import { useMutation } from '@tanstack/react-query'

import { deleteSite } from '~/api/actions'
import type { Site } from '~/api/types'
import { ProblemNotice } from '~/components/ProblemNotice'
import { useMessages } from '~/i18n'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

export function DeleteSiteDialog({ site, onClose }: { site: Site; onClose: () => void }) {
  const { sites: t } = useMessages().organizations
  const toast = useToast()
  const { name } = site
  const remove = useMutation({
    mutationFn: () => deleteSite(site),
    onSuccess: () => {
      toast({ tone: 'ok', title: t.removed({ name }) })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.removeTitle({ name })}
      action={t.remove}
      onConfirm={() => remove.mutate()}
      pending={remove.isPending}
    >
      <p>{t.removeBody}</p>
      {remove.isError && <ProblemNotice error={remove.error} />}
    </ConfirmDialog>
  )
}
