/** Access rules as words: names for what they are about, and the line that says what they mean for a machine. Pure. */
import type { AccessRule, AccessRight, MachineAccess, RightAccess } from '~/api/types'
import type { Messages } from '~/i18n'

type Access = Messages['access']

export const roleName = (t: Access, role: AccessRule['role']): string =>
  role ? t.roles[role] : t.anyRole

export const rightName = (t: Access, right: AccessRule['right']): string =>
  right ? t.rights[right] : t.anyRight

/** A rule by what it is about, which no other rule is. */
export const ruleName = (
  t: Access,
  rule: Pick<AccessRule, 'scope_name' | 'role' | 'right'>,
): string =>
  t.about({
    scope: rule.scope_name,
    role: roleName(t, rule.role),
    right: rightName(t, rule.right),
  })

const saysOf = (t: Access, { mode, on_silence }: RightAccess): string =>
  mode === 'ask_if_logged_on' && on_silence === 'allow'
    ? t.line.allowedBySilence
    : t.line.says[mode]

const sourceOf = (t: Access, { source }: RightAccess): string =>
  t.line.source[source.kind]({ name: source.name ?? '' })

export interface LinePart {
  rights: string
  says: string
  source: string
}

/** What holds for each of `wanted`, in the order in which people read them; what is the same for several is said once. */
export function partsOf(
  t: Access,
  access: Pick<MachineAccess, 'rights'>,
  wanted: readonly AccessRight[],
): LinePart[] {
  const parts: LinePart[] = []
  for (const one of access.rights.filter(({ right }) => wanted.includes(right))) {
    const [rights, says, source] = [t.rights[one.right], saysOf(t, one), sourceOf(t, one)]
    const same = parts.find((part) => part.says === says && part.source === source)
    if (same) same.rights = `${same.rights}, ${rights}`
    else parts.push({ rights, says, source })
  }
  return parts
}

/** “View: no question (no rule) · Control: asks the person (rule for site Recife)” */
export const lineOf = (
  t: Access,
  access: Pick<MachineAccess, 'rights'>,
  wanted: readonly AccessRight[],
): string =>
  partsOf(t, access, wanted)
    .map((part) => t.line.part(part))
    .join(' · ')

/** Rights that the console can ask for on a machine whose agent has these capabilities. */
export function rightsToShow(capabilities: readonly string[]): AccessRight[] {
  const always: AccessRight[] = ['view', 'control']
  const others = (['clipboard', 'files', 'terminal'] as const).filter((right) =>
    capabilities.includes(right),
  )
  return [...always, ...others]
}
