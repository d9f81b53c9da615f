/** Access rules as words: names for what they are about, and the line that says what they mean for a machine. Pure. */
import type { AccessRule, AccessRight, MachineAccess, RightAccess } from '~/api/types'
import type { Messages } from '~/i18n'

type Access = Messages['access']

export const roleName = (
  t: Access,
  { role, role_name: name }: Pick<AccessRule, 'role' | 'role_name'>,
): string => (role ? (builtInRole(t, role) ?? name ?? role) : t.anyRole)

/** The name of a role that every server has, in the reader's language; nothing for one that somebody made. */
const builtInRole = (t: Access, role: string): string | undefined =>
  Object.entries(t.roles).find(([key]) => key === role)?.[1]

export const rightName = (t: Access, right: AccessRule['right']): string =>
  right ? t.rights[right] : t.anyRight

/** A rule by what it is about, which no other rule is. */
export const ruleName = (
  t: Access,
  rule: Pick<AccessRule, 'scope_name' | 'role' | 'role_name' | 'right'>,
): string =>
  t.about({
    scope: rule.scope_name,
    role: roleName(t, rule),
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

/**
 * What holds for each of `wanted`, in the order in which people read them; what is the same for several is said once. Rules say
 * nothing about what the person's roles do not allow.
 */
export function partsOf(
  t: Access,
  access: Pick<MachineAccess, 'rights'>,
  wanted: readonly AccessRight[],
  permitted: readonly AccessRight[] = wanted,
): LinePart[] {
  const parts: LinePart[] = []
  for (const one of access.rights.filter(({ right }) => wanted.includes(right))) {
    const rights = t.rights[one.right]
    const [says, source] = permitted.includes(one.right)
      ? [saysOf(t, one), sourceOf(t, one)]
      : [t.line.says.never, t.line.roles]
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
