/** All that a role allows and does not allow. */
import { Check, Minus } from 'lucide-react'

import type { Role } from '~/api/types'
import { PERMISSION_GROUPS } from '~/components/permissions'
import { useMessages } from '~/i18n'
import { Button } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Dialog } from '~/ui/lib/Dialog'
import { Notice } from '~/ui/lib/Notice'

import { roleName, roleSays } from './words'

interface ShowRoleDialogProps {
  role: Role
  /** Why the person cannot change it, if that needs saying. */
  note?: string | undefined
  onClose: () => void
}

export function ShowRoleDialog({ role, note, onClose }: ShowRoleDialogProps) {
  const t = useMessages()
  const says = roleSays(t, role)
  return (
    <Dialog
      open
      onClose={onClose}
      title={t.roles.open({ role: roleName(t, role) })}
      {...(says ? { description: says } : {})}
      footer={<Button onClick={onClose}>{t.common.close}</Button>}
      wide
    >
      <div className="flex flex-col gap-4">
        {note && <Notice>{note}</Notice>}
        {PERMISSION_GROUPS.map(({ group, permissions }) => (
          <section key={group} aria-label={t.permissionGroups[group]}>
            <h3 className="mb-1 text-sm font-semibold">{t.permissionGroups[group]}</h3>
            <ul className="divide-y divide-line rounded-md border border-line text-sm">
              {permissions.map((permission) => {
                const yes = role.permissions.includes(permission)
                const { name, says: about } = t.permissions[permission]
                const Icon = yes ? Check : Minus
                return (
                  <li key={permission} className="flex items-start gap-3 px-3 py-1.5">
                    <div className="min-w-0 flex-1">
                      <p className={classes('font-medium', !yes && 'text-ink-2')}>{name}</p>
                      <p className={yes ? 'text-ink-2' : 'text-ink-3'}>{about}</p>
                    </div>
                    <span
                      className={classes(
                        'flex shrink-0 items-center gap-1.5',
                        yes ? 'text-ok-text' : 'text-ink-3',
                      )}
                    >
                      <Icon aria-hidden size={14} />
                      {yes ? t.roles.yes : t.roles.no}
                    </span>
                  </li>
                )
              })}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
