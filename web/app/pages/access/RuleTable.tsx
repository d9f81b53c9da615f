/** Access rules as rows, grouped by how many machines they are about, with what can be done to each. */
import { MoreHorizontal, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import type { AccessMode, AccessRule } from '~/api/types'
import { RelativeTime } from '~/components/RelativeTime'
import { bodyRow, cell, fromLg, fromMd, headCell, table, tableFrame } from '~/components/table'
import { useMessages } from '~/i18n'
import { Badge, type Tone } from '~/ui/lib/Badge'
import { IconButton } from '~/ui/lib/Button'
import { classes } from '~/ui/lib/classes'
import { Menu, MenuItem } from '~/ui/lib/Menu'

import { DeleteRuleDialog } from './DeleteRuleDialog'
import { EditRuleDialog } from './EditRuleDialog'
import { SCOPES } from './form'
import { rightName, roleName, ruleName } from './words'

type Doing = 'edit' | 'delete'

const tones: Record<AccessMode, Tone> = {
  unattended: 'neutral',
  ask: 'beam',
  ask_if_logged_on: 'beam',
  never: 'danger',
}

function Says({ rule }: { rule: AccessRule }) {
  const { access: t } = useMessages()
  const { mode, on_silence } = rule
  return (
    <span className="flex flex-wrap items-center gap-x-2" title={t.modes[mode].says}>
      <Badge tone={tones[mode]}>{t.modes[mode].label}</Badge>
      {mode === 'ask_if_logged_on' && on_silence && (
        <span className="text-xs text-ink-3">{t.silenceShort[on_silence]}</span>
      )}
    </span>
  )
}

function LastChange({ rule }: { rule: AccessRule }) {
  const { access: t } = useMessages()
  const by = rule.changed_by ?? rule.created_by
  return (
    <>
      <RelativeTime at={rule.changed_at ?? rule.created_at} />{' '}
      {by.id ? t.by({ name: by.name }) : t.byCommandLine}
    </>
  )
}

interface RuleRowProps {
  rule: AccessRule
  onDo: (what: Doing) => void
}

function RuleRow({ rule, onDo }: RuleRowProps) {
  const { access: t } = useMessages()
  const trigger = (
    <IconButton
      size="sm"
      label={t.actionsFor({ rule: ruleName(t, rule) })}
      icon={<MoreHorizontal aria-hidden size={16} />}
    />
  )
  return (
    <tr className={bodyRow}>
      <td className={cell}>
        <span className="font-semibold">{rule.scope_name}</span>
        <div className="text-xs text-ink-3 md:hidden">
          {roleName(t, rule)} · {rightName(t, rule.right)}
        </div>
      </td>
      <td className={classes(cell, fromMd)}>{roleName(t, rule)}</td>
      <td className={classes(cell, fromMd)}>{rightName(t, rule.right)}</td>
      <td className={cell}>
        <Says rule={rule} />
      </td>
      <td className={classes(cell, fromLg, 'text-ink-3')}>
        <LastChange rule={rule} />
      </td>
      <td className={classes(cell, 'w-0 text-right')}>
        <Menu trigger={trigger}>
          <MenuItem icon={<Pencil size={14} />} onSelect={() => onDo('edit')}>
            {t.edit}
          </MenuItem>
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDo('delete')}>
            {t.remove}
          </MenuItem>
        </Menu>
      </td>
    </tr>
  )
}

/** By name, then by right and role, so that rules about one place stand together. */
const inOrder = (rules: readonly AccessRule[]): AccessRule[] =>
  rules.toSorted(
    (a, b) =>
      a.scope_name.localeCompare(b.scope_name) ||
      (a.right ?? '').localeCompare(b.right ?? '') ||
      (a.role_name ?? '').localeCompare(b.role_name ?? ''),
  )

export function RuleTable({ rules }: { rules: readonly AccessRule[] }) {
  const t = useMessages()
  const { columns, groups } = t.access
  const [open, setOpen] = useState<{ id: string; what: Doing } | null>(null)
  // The newest state of the rule whose dialog is open; the dialog closes with its row.
  const rule = rules.find(({ id }) => id === open?.id)
  const close = () => setOpen(null)
  const grouped = SCOPES.map((kind) => ({
    kind,
    rules: inOrder(rules.filter(({ scope }) => scope.kind === kind)),
  })).filter((group) => group.rules.length > 0)
  return (
    <div className={tableFrame}>
      <table className={table}>
        <thead>
          <tr>
            <th className={headCell}>{columns.scope}</th>
            <th className={classes(headCell, fromMd)}>{columns.role}</th>
            <th className={classes(headCell, fromMd)}>{columns.right}</th>
            <th className={headCell}>{columns.mode}</th>
            <th className={classes(headCell, fromLg)}>{columns.changed}</th>
            <th className={headCell}>
              <span className="sr-only">{t.common.actions}</span>
            </th>
          </tr>
        </thead>
        {grouped.map((group) => (
          <tbody key={group.kind}>
            <tr className="border-t border-line bg-sunken">
              <th
                scope="rowgroup"
                colSpan={6}
                className="h-7 px-4 text-left text-xs font-semibold text-ink-2"
              >
                {groups[group.kind]}
              </th>
            </tr>
            {group.rules.map((row) => (
              <RuleRow key={row.id} rule={row} onDo={(what) => setOpen({ id: row.id, what })} />
            ))}
          </tbody>
        ))}
      </table>
      {rule && open?.what === 'edit' && <EditRuleDialog rule={rule} onClose={close} />}
      {rule && open?.what === 'delete' && <DeleteRuleDialog rule={rule} onClose={close} />}
    </div>
  )
}
