/** The roles of one account in a row: each with its place, its limits, and whether it counts now. */
import { assignmentState } from '~/api/can'
import type { RoleAssignment } from '~/api/types'
import { useI18n } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'

import { conditionsText, roleAt } from './assignment-words'
import { useNow } from './clock'

const tones: Record<RoleAssignment['state'], Tone> = {
  active: 'ok',
  outside_hours: 'warn',
  ended: 'neutral',
}

/** That it does not count now; nothing where it does. */
export function StateBadge({ given }: { given: RoleAssignment }) {
  const { messages: t } = useI18n()
  const state = assignmentState(given, useNow())
  return state === 'active' ? null : (
    <Badge tone={tones[state]}>{t.assignments.states[state]}</Badge>
  )
}

export function AssignmentBadges({ roles }: { roles: readonly RoleAssignment[] }) {
  const i18n = useI18n()
  return (
    <ul className="flex flex-wrap gap-1 empty:hidden">
      {roles.map((given) => {
        const limits = conditionsText(i18n, given.conditions)
        return (
          <li key={given.id} className="flex max-w-full min-w-0 flex-wrap items-center gap-x-1">
            <Badge tone={given.place.kind === 'server' ? 'beam' : 'neutral'}>
              <span className="truncate">{roleAt(i18n.messages, given)}</span>
            </Badge>
            <StateBadge given={given} />
            {limits && <span className="text-xs text-ink-3">{limits}</span>}
          </li>
        )
      })}
    </ul>
  )
}
