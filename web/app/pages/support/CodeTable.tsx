/** The open support codes, without their texts, which nobody can show again. */
import { useMutation } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'

import { revokeSupportCode } from '~/api/actions'
import { canRevokeCode } from '~/api/can'
import type { Me, SupportCode } from '~/api/types'
import { useProblemToast } from '~/components/ProblemNotice'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { ConfirmDialog } from '~/ui/lib/Dialog'
import { useToast } from '~/ui/lib/Toast'

function RevokeDialog({ code, onClose }: { code: SupportCode; onClose: () => void }) {
  const { codes: t } = useMessages().support
  const toast = useToast()
  const onError = useProblemToast()
  const revoke = useMutation({
    mutationFn: () => revokeSupportCode(code.id),
    onSuccess: () => toast({ tone: 'ok', title: t.revoked }),
    onError,
    onSettled: onClose,
  })
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={t.revokeTitle({ name: code.note || t.noNote })}
      action={t.revoke}
      onConfirm={() => revoke.mutate()}
      pending={revoke.isPending}
    >
      {t.revokeBody}
    </ConfirmDialog>
  )
}

export function CodeTable({ codes, me }: { codes: readonly SupportCode[]; me: Me }) {
  const t = useMessages()
  const words = t.support.codes
  const [revoking, setRevoking] = useState<string | null>(null)
  const open = codes.find(({ id }) => id === revoking)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{words.columns.note}</th>
            <th className={headCell}>{words.columns.who}</th>
            <th className={headCell}>{words.columns.expires}</th>
            <th className={classes(headCell, fromMd)}>{words.columns.created}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {codes.map((code) => (
            <tr key={code.id} className={bodyRow}>
              <td className={classes(cell, 'max-w-[40ch] break-words')}>
                {code.note ? (
                  <span className="font-semibold">{code.note}</span>
                ) : (
                  <span className="text-ink-3">{words.noNote}</span>
                )}
              </td>
              <td className={cell}>{code.assigned_to?.name ?? words.anyone}</td>
              <td className={cell}>
                <RelativeTime at={code.expires_at} />
              </td>
              <td className={classes(cell, fromMd, 'text-ink-3')}>
                <RelativeTime at={code.created_at} /> {words.by({ name: code.created_by.name })}
              </td>
              <td className={classes(cell, 'w-0 text-right')}>
                {canRevokeCode(code, me) && (
                  <IconButton
                    size="sm"
                    label={words.revokeLabel({ name: code.note || words.noNote })}
                    icon={<Trash2 aria-hidden size={15} />}
                    onClick={() => setRevoking(code.id)}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {open && <RevokeDialog code={open} onClose={() => setRevoking(null)} />}
    </div>
  )
}
