/** Access rules of every scope, and what they mean for a machine: the same words as the server's, read as simply as they allow. */
import type { AccessMode, AccessRule, Machine, MachineAccess, RightAccess } from '~/api/types'

const DAY = 24 * 60 * 60_000
const organizationId = '0197c2a0-0000-7000-8000-000000000001'
const lisbon = '0197c2a0-0000-7000-8000-000000000003'
const marina = { id: '0197c2a0-0000-7000-8000-00000000000a', name: 'Marina Duarte' }
const commandLine = { id: null, name: 'command line' }

const RIGHTS = ['view', 'control', 'clipboard', 'files', 'terminal'] as const
const NARROWEST_FIRST = ['machine', 'tag', 'site', 'organization'] as const
const STRICTEST_FIRST: readonly AccessMode[] = ['never', 'ask', 'ask_if_logged_on', 'unattended']

export function someAccessRules(machines: readonly Machine[], now: number): AccessRule[] {
  const at = (days: number) => new Date(now - days * DAY).toISOString()
  const rule = (index: number, about: Partial<AccessRule>): AccessRule => ({
    id: `0197c2a9-4c10-7b3e-9f21-${String(index).padStart(12, '0')}`,
    organization_id: organizationId,
    scope: { kind: 'organization' },
    scope_name: 'Atlântico Suporte',
    role: null,
    role_name: null,
    right: null,
    mode: 'ask_if_logged_on',
    on_silence: 'allow',
    created_at: at(90 - index),
    created_by: marina,
    changed_at: null,
    changed_by: null,
    etag: '"1"',
    ...about,
  })
  const payroll = machines.find(({ name }) => name === 'Payroll')
  return [
    rule(1, { created_by: commandLine }),
    rule(2, { right: 'terminal', mode: 'never', on_silence: null }),
    rule(3, {
      scope: { kind: 'site', site_id: lisbon },
      scope_name: 'Lisbon',
      right: 'control',
      mode: 'ask',
      on_silence: 'refuse',
    }),
    rule(4, {
      scope: { kind: 'tag', tag: 'leased' },
      scope_name: 'leased',
      mode: 'unattended',
      on_silence: null,
      changed_at: at(3),
      changed_by: { id: '0197c2a0-0000-7000-8000-00000000000b', name: 'Theo Lindqvist' },
      etag: '"2"',
    }),
    ...(payroll
      ? [
          rule(5, {
            scope: { kind: 'machine', machine_id: payroll.id },
            scope_name: payroll.name,
            role: 'technician',
            role_name: 'technician',
            right: 'files',
            mode: 'never',
            on_silence: null,
          }),
          rule(6, {
            scope: { kind: 'machine', machine_id: payroll.id },
            scope_name: payroll.name,
            right: 'control',
            mode: 'ask',
            on_silence: 'refuse',
          }),
        ]
      : []),
  ]
}

function holds({ scope }: AccessRule, machine: Machine): boolean {
  switch (scope.kind) {
    case 'organization':
      return true
    case 'site':
      return scope.site_id === machine.site_id
    case 'tag':
      return machine.labels.tags.includes(scope.tag)
    case 'machine':
      return scope.machine_id === machine.id
  }
}

const exactness = ({ role, right }: AccessRule): number => (right ? 2 : 0) + (role ? 1 : 0)

function decide(
  rules: readonly AccessRule[],
  machine: Machine,
  roles: readonly string[],
  right: RightAccess['right'],
): RightAccess {
  const about = rules.filter(
    (rule) =>
      holds(rule, machine) &&
      (!rule.role || roles.includes(rule.role)) &&
      (!rule.right || rule.right === right),
  )
  for (const kind of NARROWEST_FIRST) {
    const here = about.filter(({ scope }) => scope.kind === kind)
    const places = new Set(here.map(({ scope_name }) => scope_name))
    const exact = [...places].flatMap((place) =>
      here
        .filter(({ scope_name }) => scope_name === place)
        .toSorted((a, b) => exactness(b) - exactness(a))
        .slice(0, 1),
    )
    const [counts] = exact.toSorted(
      (a, b) => STRICTEST_FIRST.indexOf(a.mode) - STRICTEST_FIRST.indexOf(b.mode),
    )
    if (counts) {
      const { mode, on_silence, id, scope_name } = counts
      return { right, mode, on_silence, source: { kind, rule_id: id, name: scope_name } }
    }
  }
  const source = { kind: 'built_in' as const, rule_id: null, name: null }
  return { right, mode: 'unattended', on_silence: null, source }
}

export const accessOf = (
  rules: readonly AccessRule[],
  machine: Machine,
  roles: readonly string[],
): MachineAccess => ({
  machine_id: machine.id,
  roles: [...roles],
  rights: RIGHTS.map((right) => decide(rules, machine, roles, right)),
})
